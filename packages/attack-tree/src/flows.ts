import {
  attackClassName,
  attackClassNames,
  dropDuplicates,
  dropInfinite,
  dropMissing,
  encodeLabels,
  identifierColumns,
  type Labels,
  listSome,
  MlsecError,
  resolveColumn,
  stratifiedSplit,
  type Table,
  takeLabels,
} from "@mlsec/preprocess";

/** What to leave out. */
export interface CleaningOptions {
  /** Labels whose rows are left out, in the file's spelling or ours. */
  readonly excludeLabels?: readonly string[] | undefined;
  /**
   * What becomes of rows whose label is none of the fourteen classes in any spelling, such as Heartbleed: `"refuse"` is an
   * error that lists them, `"exclude"` leaves the rows out, `"keep"` makes each such label a class of its own. The report
   * counts them. Default "refuse".
   */
  readonly otherLabels?: "refuse" | "exclude" | "keep" | undefined;
  /** Columns to drop besides the identifiers that CIC-IDS2017 files are known to have. */
  readonly dropColumns?: readonly string[] | undefined;
}

/** What cleaning took away, in the order in which it was done. */
export interface AttackCleaning {
  readonly rowsRead: number;
  readonly droppedColumns: readonly string[];
  /** Rows of the excluded labels, and of other labels where those were excluded too. */
  readonly excludedRows: number;
  /** Rows by label of those that are none of the fourteen classes and were excluded or kept by `otherLabels`. */
  readonly otherLabels: Readonly<Record<string, number>>;
  readonly missingRows: number;
  readonly infiniteRows: number;
  readonly duplicateRows: number;
  readonly rowsKept: number;
  /** Feature columns before selection. */
  readonly featureColumns: number;
}

/** Flows with their classes. */
export interface Flows {
  readonly features: Table;
  readonly labels: Labels;
}

/** Flows after cleaning. */
export interface CleanFlows extends Flows {
  readonly cleaning: AttackCleaning;
}

/**
 * Drops identifiers and unwanted columns, excluded labels, rows with missing or infinite cells, and duplicates, in this
 * order.
 *
 * @throws MlsecError `missing-column`, `unknown-class`, `wrong-type`, `no-rows`, `no-features`, `invalid-option`.
 */
export function cleanFlows(
  table: Table,
  labelColumn: string,
  { excludeLabels = [], otherLabels = "refuse", dropColumns = [] }: CleaningOptions,
): CleanFlows {
  for (const name of dropColumns) resolveColumn(table.names, name);
  const dropped = [
    ...new Set([...identifierColumns(table.names), ...dropColumns.map((name) => resolveColumn(table.names, name))]),
  ];
  if (dropped.includes(labelColumn)) {
    throw new MlsecError(
      "invalid-option",
      `The label column ${JSON.stringify(labelColumn)} is among the columns to drop.`,
      { column: labelColumn },
    );
  }
  const { kept, others } = withClassNames(table.drop(dropped), labelColumn, excludeLabels, otherLabels);
  const missing = dropMissing(kept);
  const infinite = dropInfinite(missing.table);
  const unique = dropDuplicates(infinite.table);
  if (unique.table.rows === 0)
    throw new MlsecError("no-rows", "Cleaning left no rows: every row was excluded or has missing or infinite cells.");
  const features = unique.table.drop([labelColumn]);
  requireNumeric(features);
  return {
    features,
    labels: encodeLabels(unique.table.texts(labelColumn)),
    cleaning: {
      rowsRead: table.rows,
      droppedColumns: dropped,
      excludedRows: table.rows - kept.rows,
      otherLabels: others,
      missingRows: missing.droppedRows,
      infiniteRows: infinite.droppedRows,
      duplicateRows: unique.droppedRows,
      rowsKept: unique.table.rows,
      featureColumns: features.names.length,
    },
  };
}

/** The rows that are not excluded, their labels in this project's spelling. Rows without a label count as missing later. */
function withClassNames(
  table: Table,
  labelColumn: string,
  excludeLabels: readonly string[],
  otherLabels: "refuse" | "exclude" | "keep",
): { kept: Table; others: Record<string, number> } {
  const labels = table.texts(labelColumn);
  const excluded = new Set(excludeLabels);
  const present = [...new Set(labels)].filter((name) => name !== null);
  const tolerated = present.filter((name) => !excluded.has(name) && !excluded.has(attackClassName(name) ?? ""));
  const others = tolerated.filter((name) => attackClassName(name) === null);
  const nameOf =
    otherLabels === "refuse"
      ? attackClassNames(tolerated)
      : attackClassNames(tolerated.filter((name) => !others.includes(name)));
  if (otherLabels === "keep") for (const name of others) nameOf.set(name, name.trim());
  const rows = labels.flatMap((name, row) => (name === null || nameOf.has(name) ? [row] : []));
  const dictionary = [...new Set(nameOf.values())];
  const codes = Int32Array.from(rows, (row) => dictionary.indexOf(nameOf.get(labels[row] ?? "") ?? ""));
  return {
    kept: table.take(Int32Array.from(rows)).with(labelColumn, { kind: "text", codes, dictionary }),
    others: Object.fromEntries(others.map((name) => [name, labels.filter((label) => label === name).length])),
  };
}

function requireNumeric(features: Table): void {
  const texts = [...features].filter(([, column]) => column.kind === "text").map(([name]) => name);
  if (texts.length > 0) {
    throw new MlsecError(
      "wrong-type",
      `The attack classifier reads numbers, but ${listSome(texts)} ${texts.length === 1 ? "holds" : "hold"} text. Drop or correct ${texts.length === 1 ? "it" : "them"}.`,
      {
        columns: texts,
      },
    );
  }
  if (features.names.length === 0)
    throw new MlsecError("no-features", "There are no feature columns besides the label.");
}

/** Who trains and who measures. */
export interface Division {
  readonly train: Flows;
  readonly test: Flows;
  readonly split: string;
}

/** A stratified split. @throws MlsecError `class-too-small`. */
export function divide({ features, labels }: Flows, testSize: number, seed: number): Division {
  const [trainRows, testRows] = stratifiedSplit(labels, [1 - testSize, testSize], seed) as [Int32Array, Int32Array];
  const part = (rows: Int32Array): Flows => ({ features: features.take(rows), labels: takeLabels(labels, rows) });
  return {
    train: part(trainRows),
    test: part(testRows),
    split: `stratified ${Math.round((1 - testSize) * 100)}/${Math.round(testSize * 100)}, seed ${seed}`,
  };
}

/** All rows of both tables, the test table's labels in the training table's classes. @throws MlsecError `unknown-class`. */
export function withTestTable(train: Flows, test: Flows): Division {
  const names = Array.from(test.labels.codes, (code) => test.labels.classes[code]!);
  return {
    train,
    test: { features: test.features, labels: encodeLabels(names, train.labels.classes) },
    split: "all rows of the training files / all rows of the test file",
  };
}
