import { listSome, MlsecError } from "./errors.js";

/**
 * What rows belong to, one entry a row: a host, a capture, a day. A plain list or typed array, for example
 * `table.texts("Src IP")` or `table.numbers("Dst Port")`.
 */
export type RowKeys = ArrayLike<string | number | null>;

/** Rows by their group, the groups in the order of their first rows. */
export interface Groups {
  readonly keys: readonly (string | number)[];
  /** The rows of each group, ascending. */
  readonly rows: readonly Int32Array[];
}

/** @throws MlsecError `missing-key`, with the first rows that have none. */
export function groupRows(keys: RowKeys): Groups {
  requireKeys(keys);
  const rows = new Map<string | number, number[]>();
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row]!;
    const group = rows.get(key);
    if (group === undefined) rows.set(key, [row]);
    else group.push(row);
  }
  return { keys: [...rows.keys()], rows: Array.from(rows.values(), (group) => Int32Array.from(group)) };
}

/** @throws MlsecError `missing-key`. */
export function requireKeys(keys: RowKeys): void {
  const missing: number[] = [];
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row];
    if (key === null || key === undefined || Number.isNaN(key)) missing.push(row);
  }
  if (missing.length === 0) return;
  throw new MlsecError(
    "missing-key",
    `${missing.length} rows have no group or time (rows ${listSome(missing)}), so it cannot be told on which side they belong. Drop them or fill them in.`,
    { rows: missing.slice(0, 20), total: missing.length },
  );
}

/** All rows from 0 to `count` − 1 that are not among the given ones, ascending. */
export function otherRows(rows: Int32Array, count: number): Int32Array {
  const taken = new Uint8Array(count);
  for (const row of rows) taken[row] = 1;
  const others = new Int32Array(count - rows.length);
  for (let row = 0, at = 0; row < count; row++) if (taken[row] === 0) others[at++] = row;
  return others;
}

/** Several lists of rows as one, ascending. */
export function mergedRows(lists: readonly Int32Array[]): Int32Array {
  const merged = new Int32Array(lists.reduce((sum, rows) => sum + rows.length, 0));
  let at = 0;
  for (const rows of lists) {
    merged.set(rows, at);
    at += rows.length;
  }
  return merged.sort();
}
