import { DIGIT_BITS, DIGITS, sortedKeys, startsOf } from "./sorted-keys.js";

/**
 * The ranks of values from 1 on; equal values share the mean of theirs (scipy's `rankdata`, method "average").
 *
 * @param values without NaN. Negative zero is zero.
 */
export function averageRanks(values: Float64Array): Float64Array {
  const { rows, high, low } = sortedKeys(values);
  const count = rows.length;
  // In the order of values; then brought into the order of rows.
  const ranks = new Float64Array(count);
  for (let from = 0; from < count; ) {
    let to = from + 1;
    while (to < count && high[to] === high[from] && low[to] === low[from]) to++;
    const rank = (from + to + 1) / 2;
    while (from < to) ranks[from++] = rank;
  }
  return inRowOrder(ranks, rows);
}

/** Moves item `i` to place `rows[i]`: first into neighbourhoods, then within them. */
function inRowOrder(items: Float64Array, rows: Uint32Array): Float64Array {
  const count = rows.length;
  const shift = Math.max(0, 32 - Math.clz32(count) - DIGIT_BITS);
  const starts = startsOf(rows, shift);
  const placed = new Float64Array(count);
  if (starts === null) {
    for (let i = 0; i < count; i++) placed[rows[i]!] = items[i]!;
    return placed;
  }
  const near = new Float64Array(count);
  const nearRows = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const at = starts[(row >>> shift) & (DIGITS - 1)]!++;
    near[at] = items[i]!;
    nearRows[at] = row;
  }
  for (let i = 0; i < count; i++) placed[nearRows[i]!] = near[i]!;
  return placed;
}
