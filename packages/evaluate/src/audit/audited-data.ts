import {
  type Column,
  compareCodePoints,
  concatTables,
  describeMissing,
  MlsecError,
  resolveColumn,
  type Table,
  textColumn,
} from "@mlsec/preprocess";
import type { ClassRows } from "./finding.js";

/** The training table with the test table below it, as all checks read them. */
export interface AuditedData {
  /** The label column as the table names it. */
  readonly label: string;
  readonly trainRows: number;
  /** Null without a test table. */
  readonly testRows: number | null;
  /** Every column but the label, the test rows after the training rows. */
  readonly features: Table;
  /** The most frequent of the training table first; equally frequent ones by code point. */
  readonly classes: readonly string[];
  /** Rows of each class. */
  readonly trainCounts: Int32Array;
  readonly testCounts: Int32Array;
  /** The class of every row, the test rows after the training rows; −1 where there is none. */
  readonly labels: Int32Array;
}

/**
 * @throws MlsecError `missing-column` for a label that is not there, `column-mismatch` for a test table that lacks columns.
 */
export function auditedData(table: Table, wantedLabel: string, test: Table | undefined): AuditedData {
  const label = resolveColumn(table.names, wantedLabel);
  const joined = test === undefined ? table : concatTables([table, sameColumns(table, test)]);
  return {
    label,
    trainRows: table.rows,
    testRows: test?.rows ?? null,
    features: joined.drop([label]),
    ...classesOf(joined.texts(label), table.rows),
  };
}

function sameColumns(table: Table, test: Table): Table {
  const missing = table.names.filter((name) => !test.has(name));
  if (missing.length === 0) return test.select(table.names);
  throw new MlsecError(
    "column-mismatch",
    `The test table lacks ${missing.length} of the training table's columns: ${missing
      .slice(0, 5)
      .map((name) => describeMissing(name, test.names))
      .join("; ")}. Give both the same columns.`,
    { missing },
  );
}

function classesOf(
  cells: readonly (string | null)[],
  trainRows: number,
): Pick<AuditedData, "classes" | "labels" | "trainCounts" | "testCounts"> {
  const { codes, dictionary } = textColumn(cells);
  const trainCounts = countCodes(codes.subarray(0, trainRows), dictionary.length);
  const testCounts = countCodes(codes.subarray(trainRows), dictionary.length);
  const order = Array.from(dictionary.keys()).sort(
    (a, b) => trainCounts[b]! - trainCounts[a]! || compareCodePoints(dictionary[a]!, dictionary[b]!),
  );
  const place = new Int32Array(order.length);
  for (const [index, code] of order.entries()) place[code] = index;
  return {
    classes: order.map((code) => dictionary[code]!),
    labels: codes.map((code) => (code < 0 ? -1 : place[code]!)),
    trainCounts: Int32Array.from(order, (code) => trainCounts[code]!),
    testCounts: Int32Array.from(order, (code) => testCounts[code]!),
  };
}

/** The classes that have rows, most frequent first. */
export function classRows(classes: readonly string[], counts: Int32Array): ClassRows[] {
  return classes
    .map((name, code) => ({ class: name, rows: counts[code]! }))
    .filter(({ rows }) => rows > 0)
    .sort((a, b) => b.rows - a.rows);
}

/** How often each code from 0 to `size` − 1 occurs. */
export function countCodes(codes: Int32Array, size: number): Int32Array {
  const counts = new Int32Array(size);
  for (const code of codes) if (code >= 0) counts[code]!++;
  return counts;
}

/** Some rows of a column, without copying a cell. */
export function partOf(column: Column, from: number, to?: number): Column {
  return column.kind === "number"
    ? { kind: "number", values: column.values.subarray(from, to) }
    : { ...column, codes: column.codes.subarray(from, to) };
}
