import type { Breather } from "@mlsec/preprocess";

export const DIGIT_BITS = 11;
export const DIGITS: number = 1 << DIGIT_BITS;
/** Which of a float64's two words is the upper one depends on the machine's byte order: 1.0 has its bits there. */
const UPPER = /* @__PURE__ */ new Uint32Array(/* @__PURE__ */ new Float64Array([1]).buffer)[1] === 0 ? 0 : 1;

/** Values in ascending order: the keys that they were sorted by, equal exactly where the values are, and their rows. */
export interface SortedKeys {
  /** The words of each key: unsigned, in the order of the values. */
  low: Uint32Array;
  high: Uint32Array;
  /** The row that each value came from; equal values keep the order of their rows. */
  rows: Uint32Array;
}

/**
 * Sorts the rows of a column: a least-significant-digit radix sort whose passes carry the keys and the row numbers along,
 * because reading a million values in random order takes ten times as long as a pass.
 *
 * @param values without NaN. Negative zero is zero.
 */
export function sortedKeys(values: Float64Array): SortedKeys {
  const passes = sortPasses(values);
  for (;;) {
    const { done, value } = passes.next();
    if (done) return value;
  }
}

/** The same, with a pause after a pass where one is due. */
export async function sortedKeysPausing(values: Float64Array, breather: Breather): Promise<SortedKeys> {
  const passes = sortPasses(values);
  for (;;) {
    const { done, value } = passes.next();
    if (done) return value;
    if (breather.due()) await breather.pause();
  }
}

function* sortPasses(values: Float64Array): Generator<undefined, SortedKeys> {
  const count = values.length;
  const empty = (): SortedKeys => ({
    low: new Uint32Array(count),
    high: new Uint32Array(count),
    rows: new Uint32Array(count),
  });
  let from = empty();
  let to = empty();
  const cell = new Float64Array(1);
  const words = new Uint32Array(cell.buffer);
  for (let row = 0; row < count; row++) {
    // Adding zero turns −0 into 0, so that equal values have equal bits.
    cell[0] = values[row]! + 0;
    const upper = words[UPPER]!;
    // Negative numbers are complemented, the others get the top bit: then unsigned order is the order of values.
    const sign = (upper | 0) >> 31;
    from.high[row] = upper ^ (sign | 0x80000000);
    from.low[row] = words[1 - UPPER]! ^ sign;
    from.rows[row] = row;
  }
  yield;
  for (const word of ["low", "high"] as const) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      const starts = startsOf(from[word], shift);
      if (starts === null) continue;
      moveKeys(from, to, from[word], shift, starts);
      [from, to] = [to, from];
      yield;
    }
  }
  return from;
}

function moveKeys(from: SortedKeys, to: SortedKeys, keys: Uint32Array, shift: number, starts: Uint32Array): void {
  const { low, high, rows } = from;
  const { low: lowTo, high: highTo, rows: rowsTo } = to;
  for (let i = 0; i < keys.length; i++) {
    const at = starts[(keys[i]! >>> shift) & (DIGITS - 1)]!++;
    lowTo[at] = low[i]!;
    highTo[at] = high[i]!;
    rowsTo[at] = rows[i]!;
  }
}

/** Where the items of each digit begin; null where there is only one digit. */
export function startsOf(keys: Uint32Array, shift: number): Uint32Array | null {
  const starts = new Uint32Array(DIGITS);
  for (let i = 0; i < keys.length; i++) starts[(keys[i]! >>> shift) & (DIGITS - 1)]!++;
  let start = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const size = starts[digit]!;
    if (size === keys.length) return null;
    starts[digit] = start;
    start += size;
  }
  return starts;
}
