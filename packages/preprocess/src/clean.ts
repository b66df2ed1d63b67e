import type { Column, Table } from "./table.js";

/** A cleaned table and what cleaning took away. */
export interface Cleaned {
  readonly table: Table;
  readonly droppedRows: number;
  /** Offending cells per column, for the columns that have any. */
  readonly cells: ReadonlyMap<string, number>;
}

/** Drops the rows that have a missing cell in any column. */
export function dropMissing(table: Table): Cleaned {
  return dropWhere(table, (column) =>
    column.kind === "number" ? (row) => Number.isNaN(column.values[row]) : (row) => column.codes[row]! < 0,
  );
}

/** Drops the rows that have +∞ or −∞ in any numeric column. */
export function dropInfinite(table: Table): Cleaned {
  return dropWhere(table, (column) =>
    column.kind === "number"
      ? (row) => column.values[row] === Number.POSITIVE_INFINITY || column.values[row] === Number.NEGATIVE_INFINITY
      : () => false,
  );
}

function dropWhere(table: Table, testOf: (column: Column) => (row: number) => boolean): Cleaned {
  const bad = new Uint8Array(table.rows);
  const cells = new Map<string, number>();
  for (const [name, column] of table) {
    const isBad = testOf(column);
    let count = 0;
    for (let row = 0; row < table.rows; row++) {
      if (isBad(row)) {
        bad[row] = 1;
        count++;
      }
    }
    if (count > 0) cells.set(name, count);
  }
  return { ...keepRows(table, (row) => bad[row] === 0), cells };
}

/**
 * Drops every row that equals an earlier one in all columns; the first stays. As in pandas, 0 equals −0 and missing
 * cells equal each other.
 */
export function dropDuplicates(table: Table): Cleaned {
  const hashes = rowHashes(table);
  const columns = [...table].map(([, column]) => (column.kind === "number" ? column.values : column.codes));
  const equal = (a: number, b: number): boolean =>
    columns.every((cells) => cells[a] === cells[b] || (Number.isNaN(cells[a]) && Number.isNaN(cells[b])));
  let size = 16;
  while (size < table.rows * 2) size *= 2;
  const slots = new Int32Array(size).fill(-1);
  const kept = keepRows(table, (row) => {
    let slot = hashes[row]! & (size - 1);
    for (; slots[slot] !== -1; slot = (slot + 1) & (size - 1)) {
      const earlier = slots[slot]!;
      if (hashes[earlier] === hashes[row] && equal(earlier, row)) return false;
    }
    slots[slot] = row;
    return true;
  });
  return { ...kept, cells: new Map() };
}

/** A 32-bit hash of every row; rows that `dropDuplicates` calls equal have equal hashes. */
function rowHashes(table: Table): Int32Array {
  const hashes = new Int32Array(table.rows).fill(0x811c9dc5);
  for (const [, column] of table) {
    const words = column.kind === "number" ? new Int32Array(normalised(column.values).buffer) : column.codes;
    const stride = column.kind === "number" ? 2 : 1;
    for (let row = 0; row < table.rows; row++) {
      let hash = hashes[row]!;
      for (let word = 0; word < stride; word++) {
        hash = Math.imul(hash ^ words[row * stride + word]!, 0x9e3779b1);
        hash ^= hash >>> 15;
      }
      hashes[row] = hash;
    }
  }
  return hashes;
}

/** A copy with one bit pattern for zero and one for NaN. */
function normalised(values: Float64Array): Float64Array {
  return values.map((value) => (value === 0 ? 0 : Number.isNaN(value) ? Number.NaN : value));
}

function keepRows(table: Table, keep: (row: number) => boolean): { table: Table; droppedRows: number } {
  const rows = new Int32Array(table.rows);
  let kept = 0;
  for (let row = 0; row < table.rows; row++) if (keep(row)) rows[kept++] = row;
  const droppedRows = table.rows - kept;
  return { table: droppedRows === 0 ? table : table.take(rows.subarray(0, kept)), droppedRows };
}
