import { MlsecError } from "../errors.js";
import { exactNumber } from "../exact-number.js";
import { type Column, Table, takeNumbers, textColumn } from "../table.js";
import { DictionaryColumn } from "./dictionary-column.js";
import type { ArqueroColumn } from "./to-arquero.js";

/** What is read of an arquero table (version 7 or 8). */
export interface ArqueroTable {
  numRows(): number;
  columnNames(): string[];
  column(name: string): ArqueroColumn | undefined;
  isFiltered(): boolean;
  isOrdered(): boolean;
  /** The rows that the table's filter lets through, in its order. */
  indices(): Uint32Array;
}

/**
 * An arquero table as a `Table`: its visible rows, in its order. Needs no arquero of its own.
 *
 * A `Float64Array` of a table that is neither filtered nor ordered is taken as it is, without copying, and so must not
 * be changed afterwards; the texts of `toArquero` go back through their dictionary. Other columns are copied: one is
 * numeric if all its present cells are numbers, bigints, booleans (1 and 0) or Dates (milliseconds since 1970 UTC), else
 * text, where numbers and booleans stand in their shortest form and Dates as ISO 8601. `null`, `undefined` and NaN are
 * missing.
 *
 * @throws MlsecError `not-exact` for a bigint that no float64 equals; `unsupported-cell` for arrays and other objects.
 */
export function fromArquero(table: ArqueroTable): Table {
  const rows = table.isFiltered() || table.isOrdered() ? Int32Array.from(table.indices()) : undefined;
  return Table.of(
    table.columnNames().map((name) => [name, columnOf(name, table.column(name)!, rows, table.numRows())]),
  );
}

function columnOf(name: string, source: ArqueroColumn, rows: Int32Array | undefined, count: number): Column {
  if (source instanceof Float64Array) {
    return { kind: "number", values: rows === undefined ? source : takeNumbers(source, rows) };
  }
  if (source instanceof DictionaryColumn) {
    const { codes, dictionary } = source.column;
    return { kind: "text", codes: rows === undefined ? codes : rows.map((row) => codes[row]!), dictionary };
  }
  const cells = Array.from({ length: count }, (_, i) => source.at(rows === undefined ? i : rows[i]!));
  return cells.some((cell) => typeof cell === "string")
    ? textColumn(cells.map((cell, row) => textOf(cell, name, row)))
    : { kind: "number", values: Float64Array.from(cells, (cell, row) => numberOf(cell, name, row)) };
}

function numberOf(cell: unknown, column: string, row: number): number {
  if (cell === null || cell === undefined) return Number.NaN;
  if (typeof cell === "number") return cell;
  if (typeof cell === "boolean") return cell ? 1 : 0;
  if (cell instanceof Date) return cell.getTime();
  if (typeof cell !== "bigint") return unsupported(cell, column, row);
  const number = exactNumber(cell);
  if (number !== undefined) return number;
  throw new MlsecError(
    "not-exact",
    `Row ${row + 1}, column ${JSON.stringify(column)}: no float64 equals ${cell}. Derive the column as text, or leave it out.`,
    { row, column, got: String(cell) },
  );
}

function textOf(cell: unknown, column: string, row: number): string | null {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return null;
  if (typeof cell === "string") return cell;
  if (typeof cell === "number" || typeof cell === "bigint" || typeof cell === "boolean") return String(cell);
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? null : cell.toISOString();
  return unsupported(cell, column, row);
}

function unsupported(cell: unknown, column: string, row: number): never {
  const kind = Array.isArray(cell) ? "an array" : `a value of type ${typeof cell}`;
  throw new MlsecError(
    "unsupported-cell",
    `Row ${row + 1}, column ${JSON.stringify(column)} holds ${kind}; a table holds numbers and texts. Derive such columns from it, or leave it out.`,
    { row, column },
  );
}
