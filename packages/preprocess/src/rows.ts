import { MlsecError } from "./errors.js";

/**
 * Checks row indices before they are followed: outside a typed array there is `undefined`, which would quietly become
 * NaN or class 0.
 *
 * @throws MlsecError `row-out-of-range`.
 */
export function requireRows(rows: Int32Array, count: number): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row >= 0 && row < count) continue;
    throw new MlsecError("row-out-of-range", `Row ${row} was asked for, but rows go from 0 to ${count - 1}.`, {
      row,
      rows: count,
    });
  }
}

/** The rows, from 0, of which something holds. Much faster than filtering a list of all rows. */
export function rowsWhere(count: number, test: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(count);
  let found = 0;
  for (let row = 0; row < count; row++) if (test(row)) rows[found++] = row;
  return rows.subarray(0, found);
}
