import { HIGH_WORD, LOW_WORD } from "./float-words.js";
import type { Column, Table } from "./table.js";

/**
 * Which rows are the same in all columns: for every row the first that equals it, which is itself where none before it
 * does. As in pandas, 0 equals −0 and missing cells equal each other. Takes time in proportion to the cells.
 *
 * Rows are found by a 64-bit hash, and every supposed pair is then compared column by column: that is exact, and reads
 * memory in order.
 */
export function equalRows(table: Table): Int32Array {
  return equalRowsBy(table, hashRows);
}

/** The same with a given hash, however bad: it decides the time that is taken, never the result. */
export function equalRowsBy(table: Table, hash: (columns: readonly Column[], rows: number) => RowHashes): Int32Array {
  const columns = [...table].map(([, column]) => column);
  const hashes = hash(columns, table.rows);
  const first = firstRows(table.rows, hashes, () => true);
  if (columns.every((column) => holdsFor(column, first))) return first;
  // A hash that two different rows share is next to impossible by chance; where it occurs, rows are compared one by one.
  return firstRows(table.rows, hashes, (a, b) => columns.every((column) => cellsEqual(column, a, b)));
}

/** Two 32-bit hashes a row. Rows that are to be called equal have equal hashes. */
export interface RowHashes {
  readonly a: Int32Array;
  readonly b: Int32Array;
}

/** For every row the first of the same hashes that `isSame` says is the same row. */
function firstRows(rows: number, { a, b }: RowHashes, isSame: (earlier: number, later: number) => boolean): Int32Array {
  let size = 16;
  while (size < rows * 2) size *= 2;
  const slots = new Int32Array(size).fill(-1);
  const first = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    let slot = a[row]! & (size - 1);
    let held = slots[slot]!;
    while (held !== -1 && !(a[held] === a[row] && b[held] === b[row] && isSame(held, row))) {
      slot = (slot + 1) & (size - 1);
      held = slots[slot]!;
    }
    if (held === -1) slots[slot] = row;
    first[row] = held === -1 ? row : held;
  }
  return first;
}

function hashRows(columns: readonly Column[], rows: number): RowHashes {
  const hashes = { a: new Int32Array(rows).fill(0x811c9dc5), b: new Int32Array(rows).fill(0x2545f491) };
  for (const column of columns) {
    if (column.kind === "number") hashNumbers(column.values, hashes);
    else hashCodes(column.codes, hashes);
  }
  return hashes;
}

/** Mixes a column of numbers into the hashes, with one bit pattern for zero and one for NaN. */
function hashNumbers(values: Float64Array, { a, b }: RowHashes): void {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    let low = words[2 * row + LOW_WORD]!;
    let high = words[2 * row + HIGH_WORD]!;
    if (value === 0) high = 0;
    else if (Number.isNaN(value)) {
      low = 0;
      high = 0x7ff80000;
    }
    // The first hash mixes the words in one order, the second in the other with other multipliers.
    let x = Math.imul(a[row]! ^ low, 0x9e3779b1);
    x = Math.imul(x ^ (x >>> 15) ^ high, 0x85ebca6b);
    a[row] = x ^ (x >>> 13);
    let y = Math.imul(b[row]! ^ high, 0xc2b2ae35);
    y = Math.imul(y ^ (y >>> 16) ^ low, 0x27d4eb2f);
    b[row] = y ^ (y >>> 14);
  }
}

function hashCodes(codes: Int32Array, { a, b }: RowHashes): void {
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    const x = Math.imul(a[row]! ^ code, 0x9e3779b1);
    a[row] = x ^ (x >>> 15);
    const y = Math.imul(b[row]! ^ code, 0xc2b2ae35);
    b[row] = y ^ (y >>> 16);
  }
}

function holdsFor(column: Column, first: Int32Array): boolean {
  for (let row = 0; row < first.length; row++) {
    if (first[row] !== row && !cellsEqual(column, first[row]!, row)) return false;
  }
  return true;
}

function cellsEqual(column: Column, a: number, b: number): boolean {
  if (column.kind === "text") return column.codes[a] === column.codes[b];
  const { values } = column;
  return values[a] === values[b] || (Number.isNaN(values[a]) && Number.isNaN(values[b]));
}
