import {
  detectNormalLabel,
  dropInfinite,
  dropMissing,
  encodeLabels,
  type Labels,
  listSome,
  MlsecError,
  resolveColumn,
  stratifiedSplit,
  type Table,
  takeLabels,
} from "@mlsec/preprocess";

/** The classes of the threat detector in code order. */
export const THREAT_CLASSES: readonly [string, string] = ["Normal", "Attack"];

/** Connections with their class, 0 = normal and 1 = attack. */
export interface Connections {
  readonly features: Table;
  readonly labels: Labels;
  /** The label that each row came with, such as the type of its attack. */
  readonly types: readonly string[];
}

/** Some of the rows. */
export function takeConnections({ features, labels, types }: Connections, rows: Int32Array): Connections {
  return {
    features: features.take(rows),
    labels: takeLabels(labels, rows),
    types: Array.from(rows, (row) => types[row]!),
  };
}

/** The rows without missing and infinite cells, and how many were dropped. @throws MlsecError `no-rows`. */
export function cleanRows(table: Table): { table: Table; dropped: number } {
  const finite = dropInfinite(dropMissing(table).table);
  if (finite.table.rows === 0)
    throw new MlsecError("no-rows", "Every row has missing or infinite cells: there is nothing to train on.");
  return { table: finite.table, dropped: table.rows - finite.table.rows };
}

/** The label value that means normal: the given one, which must occur, or the detected one. @throws MlsecError `normal-label`. */
export function normalLabelOf(table: Table, labelColumn: string, given: string | undefined): string {
  const values = [...new Set(table.texts(labelColumn) as string[])];
  if (given !== undefined) {
    if (values.includes(given)) return given;
    throw new MlsecError(
      "normal-label",
      `No row has the normal label ${JSON.stringify(given)}. Column ${JSON.stringify(labelColumn)} holds ${listSome(values)}.`,
      {
        got: given,
        values,
      },
    );
  }
  const detected = detectNormalLabel(values);
  if (detected !== null) return detected;
  throw new MlsecError(
    "normal-label",
    `Which value of ${JSON.stringify(labelColumn)} means normal? It holds ${listSome(values)}. Name the normal label.`,
    { values },
  );
}

/** Features and classes of a labelled table. @throws MlsecError `single-class`. */
export function connections(table: Table, labelColumn: string, normalLabel: string): Connections {
  const types = table.texts(labelColumn) as string[];
  const names = types.map((value) => THREAT_CLASSES[value === normalLabel ? 0 : 1]);
  const labels = encodeLabels(names, THREAT_CLASSES);
  if (!labels.codes.includes(0) || !labels.codes.includes(1)) {
    throw new MlsecError(
      "single-class",
      `Every row is ${labels.codes[0] === 0 ? "normal" : "an attack"}; a detector needs both.`,
    );
  }
  return { features: table.drop([labelColumn]), labels, types };
}

/** The same for a test table, whose label column may be spelled with other outer spaces. */
export function testConnections(
  table: Table,
  label: string,
  dropped: readonly string[],
  normalLabel: string,
): Connections & { dropped: number } {
  const labelColumn = resolveColumn(table.names, label);
  const clean = cleanRows(table.drop(dropped));
  return { ...connections(clean.table, labelColumn, normalLabel), dropped: clean.dropped };
}

/** Who trains, who is held back to stop and to choose by, and who measures. */
export interface Division {
  readonly train: Connections;
  /** Null with folds, each of which holds back rows of its own. */
  readonly validation: Connections | null;
  readonly test: Connections;
  readonly split: string;
}

/**
 * Splits 60/20/20, or 80/20 where the test rows are given, stratified by class. With folds the validation rows are training
 * rows.
 */
export function divide(
  all: Connections,
  testOnly: Connections | null,
  { seed, folds }: { readonly seed: number; readonly folds: number | null },
): Division {
  const split = (shares: readonly number[]): Connections[] =>
    stratifiedSplit(all.labels, shares, seed).map((rows) => takeConnections(all, rows));
  if (testOnly !== null) {
    const test = { test: testOnly };
    const measured = "all rows of the test file";
    if (folds !== null)
      return {
        train: all,
        validation: null,
        ...test,
        split: `training file in ${folds} folds, seed ${seed}; ${measured}`,
      };
    const [train, validation] = split([0.8, 0.2]) as [Connections, Connections];
    return { train, validation, ...test, split: `training file stratified 80/20, seed ${seed}; ${measured}` };
  }
  if (folds !== null) {
    const [train, test] = split([0.8, 0.2]) as [Connections, Connections];
    return { train, validation: null, test, split: `stratified 80/20, seed ${seed}; the 80 % in ${folds} folds` };
  }
  const [train, validation, test] = split([0.6, 0.2, 0.2]) as [Connections, Connections, Connections];
  return { train, validation, test, split: `stratified 60/20/20, seed ${seed}` };
}
