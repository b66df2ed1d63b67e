import {
  attackClassName,
  dropInfinite,
  dropMissing,
  encodeLabels,
  equalRows,
  identifierColumns,
  type Labels,
  resolveColumn,
  type Table,
  textColumn,
} from "@mlsec/preprocess";

/** Cleaned flows, ready to be split. */
export interface CleanFlows {
  /** Features and label, without identifiers, duplicates and classes beyond the fourteen. */
  readonly table: Table;
  readonly label: string;
  readonly labels: Labels;
  /** The day of capture of each row; null where the file does not tell. */
  readonly days: readonly (string | null)[];
}

/** Cleans a CIC-IDS2017 file as the attack pipeline does, keeping what splits need to know. */
export function cleanFlows(file: Table): CleanFlows {
  const label = resolveColumn(file.names, "Label");
  const known = file.texts(label).flatMap((name, row) => (attackClassName(name ?? "") === null ? [] : [row]));
  const flows = file.take(Int32Array.from(known));
  const names = flows.texts(label).map((name) => attackClassName(name!));
  // Rows are numbered, so that days can be told after rows were dropped.
  const numbered = flows
    .drop(identifierColumns(flows.names))
    .with(label, textColumn(names))
    .with(ROW, {
      kind: "number",
      values: Float64Array.from({ length: flows.rows }, (_, row) => row),
    });
  const finite = dropInfinite(dropMissing(numbered).table).table;
  const first = equalRows(finite.drop([ROW]));
  const distinct = finite.take(Int32Array.from(first.keys()).filter((row) => first[row] === row));
  const times = flows.has("Timestamp") ? flows.texts("Timestamp") : null;
  const table = distinct.drop([ROW]);
  return {
    table,
    label,
    labels: encodeLabels(table.texts(label)),
    days: Array.from(distinct.numbers(ROW), (row) => times?.[row]?.slice(0, 10) ?? null),
  };
}

const ROW = "row in the file";
