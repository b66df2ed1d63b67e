import { type Cleaned, keepRows } from "./clean.js";
import { equalRows } from "./equal-rows.js";
import type { Table } from "./table.js";

/** Drops every row that equals an earlier one in all columns, as `equalRows` finds them; the first stays. */
export function dropDuplicates(table: Table): Cleaned {
  return keepRows(
    table,
    Uint8Array.from(equalRows(table), (first, row) => (first === row ? 1 : 0)),
  );
}
