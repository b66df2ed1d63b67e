import { type Breather, momentsOf } from "@mlsec/preprocess";
import type { Random } from "@mlsec/preprocess/numeric";
import { sortedKeysPausing } from "./sorted-keys.js";

/** Rows that noise is drawn for between looks at the clock. */
const SLICE_ROWS = 16_384;

/** Rows whose class has another row: a class of one has no neighbour within, and is left out. */
export interface CountedRows {
  /** Their numbers in the matrix, ascending. */
  readonly rows: Int32Array;
  /** The class of each. */
  readonly codes: Int32Array;
  /** Rows of each class. */
  readonly counts: Int32Array;
}

/**
 * Mutual information of a continuous feature and a class, in nats, from distances to nearest neighbours (Ross, "Mutual
 * information between discrete and continuous data sets", 2014): a row's k-th neighbour within its class gives a
 * distance, and the fewer rows of any class lie within it, the more the feature tells.
 *
 * In one dimension the neighbours of a row stand beside it in sorted order, and both what bounds them and what bounds the
 * distance only ever move up as the rows do: after the sort, a walk per class does it.
 *
 * @param values as they are to be compared, one per counted row.
 * @param psi `harmonicNumbers` up to the number of rows.
 * @returns at least 0; a negative estimate, which chance makes, is 0.
 */
export async function neighbourInformation(
  values: Float64Array,
  { codes, counts }: CountedRows,
  neighbours: number,
  psi: Float64Array,
  breather: Breather,
): Promise<number> {
  const count = values.length;
  if (count === 0) return 0;
  const { rows } = await sortedKeysPausing(values, breather);
  if (breather.due()) await breather.pause();
  const sorted = new Float64Array(count);
  // The values of each class, ascending, class after class.
  const byClass = new Float64Array(count);
  const ends = startsOfClasses(counts);
  for (let place = 0; place < count; place++) {
    const row = rows[place]!;
    const value = values[row]!;
    sorted[place] = value;
    byClass[ends[codes[row]!]!++] = value;
  }
  let sum = count * psi[count]!;
  for (const [code, size] of counts.entries()) {
    if (size < 2) continue;
    if (breather.due()) await breather.pause();
    const k = Math.min(neighbours, size - 1);
    const own = byClass.subarray(ends[code]! - size, ends[code]!);
    sum += size * (psi[k]! - psi[size]!) - sumWithin(own, sorted, k, psi);
  }
  return Math.max(0, sum / count);
}

function startsOfClasses(counts: Int32Array): Int32Array {
  let start = 0;
  return counts.map((size) => {
    start += size;
    return start - size;
  });
}

/** The sum of ψ over the rows of a class, of how many rows of all classes lie nearer than the k-th neighbour within it. */
function sumWithin(own: Float64Array, all: Float64Array, k: number, psi: Float64Array): number {
  let sum = 0;
  let first = 0;
  let low = 0;
  let high = 0;
  for (let i = 0; i < own.length; i++) {
    const value = own[i]!;
    // The row and its k nearest: own[first] … own[first + k].
    while (first + k < i || (first + k + 1 < own.length && own[first + k + 1]! - value < value - own[first]!)) first++;
    // Where the radius is 0, the rows at the very place count.
    const radius = Math.max(value - own[first]!, own[first + k]! - value, Number.MIN_VALUE);
    // Rounding may move a bound back by a row or so.
    while (low > 0 && value - all[low - 1]! < radius) low--;
    while (value - all[low]! >= radius) low++;
    while (high > low && all[high - 1]! - value >= radius) high--;
    while (high < all.length && all[high]! - value < radius) high++;
    sum += psi[high - low]!;
  }
  return sum;
}

/**
 * The values that neighbours are told from: of standard deviation 1, and each moved by a normal number of 1e-10 times
 * their mean size (or of 1e-10, if that is more), so that equal values have an order. The same as scikit-learn's, but for
 * who draws.
 */
export async function toldApart(
  column: Float64Array,
  rows: Int32Array,
  random: Random,
  breather: Breather,
): Promise<Float64Array> {
  const { variance } = momentsOf(column);
  const deviation = variance > 0 ? Math.sqrt(variance) : 1;
  let size = 0;
  for (let row = 0; row < column.length; row++) size += Math.abs(column[row]! / deviation);
  const noise = 1e-10 * Math.max(1, size / column.length);
  const made = new Float64Array(rows.length);
  let next = 0;
  // Every row draws, so that a row's number depends on nothing but its place.
  for (let row = 0; row < column.length; row++) {
    if (row % SLICE_ROWS === 0 && breather.due()) await breather.pause();
    const drawn = random.normal();
    if (rows[next] === row) made[next++] = column[row]! / deviation + noise * drawn;
  }
  return made;
}
