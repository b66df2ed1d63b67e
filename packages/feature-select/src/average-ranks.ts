const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
/** Which of a float64's two words is the upper one depends on the machine's byte order: 1.0 has its bits there. */
const UPPER = /* @__PURE__ */ new Uint32Array(/* @__PURE__ */ new Float64Array([1]).buffer)[1] === 0 ? 0 : 1;

/**
 * The ranks of values from 1 on; equal values share the mean of theirs (scipy's `rankdata`, method "average").
 *
 * A least-significant-digit radix sort whose passes carry the keys and the row numbers along, because reading a million
 * values in random order takes ten times as long as a pass.
 *
 * @param values without NaN. Negative zero is zero.
 */
export function averageRanks(values: Float64Array): Float64Array {
  const sorted = sortedKeys(values);
  const { rows, high, low } = sorted;
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

interface SortedKeys {
  /** The words of each key: unsigned, in the order of the values. */
  low: Uint32Array;
  high: Uint32Array;
  rows: Uint32Array;
}

function sortedKeys(values: Float64Array): SortedKeys {
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
  for (const word of ["low", "high"] as const) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      const starts = startsOf(from[word], shift);
      if (starts === null) continue;
      moveKeys(from, to, from[word], shift, starts);
      [from, to] = [to, from];
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
function startsOf(keys: Uint32Array, shift: number): Uint32Array | null {
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
