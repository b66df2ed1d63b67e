import type { Breather, FeatureMatrix } from "@mlsec/preprocess";
import { ColumnSorter, MISSING_KEY } from "./column-sorter.js";
import { RankedMatrix } from "./ranked-matrix.js";
import type { TrainingRows } from "./training-rows.js";

/** The most bins of a feature; one more code, the next, is for missing values. */
const MOST_BINS = 255;
/** The most rows that are looked at to find where bins end. */
const SAMPLE_ROWS = 50_000;
const TABLE_SIZE = 65_536;

/** One feature as histograms see it: neighbouring values share a bin. */
export interface BinnedColumn {
  /** The bin of every training row, by row of the matrix; the number of bins where the value is missing. */
  readonly codes: Uint8Array;
  /** The smallest float32 value of a training row in every bin, ascending. */
  readonly lows: Float32Array;
  /** The largest. */
  readonly highs: Float32Array;
  readonly hasMissing: boolean;
}

/**
 * Puts the values of the training rows into at most 255 bins a feature. Every value is a bin of its own where there are no
 * more in a sample of the rows; otherwise bins hold about equally many rows of the sample, and a value more frequent than
 * that has its own. Of a rare class the sample has more than its share, so that bins are narrow where its rows are.
 */
export async function binColumns(
  matrix: FeatureMatrix | RankedMatrix,
  data: TrainingRows,
  breather: Breather,
): Promise<BinnedColumn[]> {
  const sorter = new ColumnSorter(sampleOf(data));
  const binned: BinnedColumn[] = [];
  for (let feature = 0; feature < matrix.features.length; feature++) {
    if (breather.due()) await breather.pause();
    const column = matrix instanceof RankedMatrix ? valuesOf(matrix, feature) : matrix.columns[feature]!;
    sorter.sort(column);
    binned.push(binColumn(column, data.rows, binEnds(sorter.keys)));
  }
  return binned;
}

/** Evenly spaced rows of every class; how many of each is in proportion to the square root of its size. */
function sampleOf({ rows, kinds, kindClass, classUnits }: TrainingRows): Int32Array {
  const counts = new Float64Array(classUnits.length);
  for (const row of rows) counts[kindClass[kinds[row]!]!]!++;
  const roots = counts.map(Math.sqrt);
  const sum = roots.reduce((all, root) => all + root, 0);
  const steps = counts.map((count, c) => Math.ceil((count * sum) / (roots[c]! * SAMPLE_ROWS)));
  const seen = new Float64Array(counts.length);
  return rows.filter((row) => {
    const c = kindClass[kinds[row]!]!;
    return seen[c]!++ % steps[c]! === 0;
  });
}

function valuesOf({ columns }: RankedMatrix, feature: number): Float64Array {
  const { ranks, values } = columns[feature]!;
  return Float64Array.from(ranks, (rank) => values[rank] ?? Number.NaN);
}

/** The last key of every bin but the last, from ascending keys. */
function binEnds(keys: Uint32Array): number[] {
  const distinct: number[] = [];
  const counts: number[] = [];
  let left = 0;
  for (; left < keys.length && keys[left] !== MISSING_KEY; left++) {
    if (keys[left] !== distinct.at(-1)) {
      distinct.push(keys[left]!);
      counts.push(0);
    }
    counts[counts.length - 1]!++;
  }
  if (distinct.length <= MOST_BINS) return distinct.slice(0, -1);
  const ends: number[] = [];
  let inBin = 0;
  for (let i = 0; i < distinct.length - 1 && ends.length < MOST_BINS - 1; i++) {
    inBin += counts[i]!;
    const fair = left / (MOST_BINS - ends.length);
    if (inBin < fair && counts[i + 1]! < fair) continue;
    ends.push(distinct[i]!);
    left -= inBin;
    inBin = 0;
  }
  return ends;
}

/** The bin is looked up by the upper half of a value's key, which nearly always leaves one or two to choose from. */
function binColumn(column: Float64Array, rows: Int32Array, ends: readonly number[]): BinnedColumn {
  const last = ends.length;
  const endKeys = Float64Array.from(ends);
  const firstBin = new Uint8Array(TABLE_SIZE + 1);
  for (let half = 0, bin = 0; half <= TABLE_SIZE; half++) {
    while (bin < last && endKeys[bin]! < half * TABLE_SIZE) bin++;
    firstBin[half] = bin;
  }
  const codes = new Uint8Array(column.length);
  const lows = new Float32Array(last + 1).fill(Number.POSITIVE_INFINITY);
  const highs = new Float32Array(last + 1).fill(Number.NEGATIVE_INFINITY);
  const float = new Float32Array(1);
  const bits = new Int32Array(float.buffer);
  let hasMissing = false;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    // Adding zero turns −0 into 0.
    float[0] = column[row]! + 0;
    const value = float[0]!;
    if (Number.isNaN(value)) {
      hasMissing = true;
      codes[row] = last + 1;
      continue;
    }
    const pattern = bits[0]!;
    const key = (pattern < 0 ? ~pattern : pattern ^ -2147483648) >>> 0;
    let low = firstBin[key >>> 16]!;
    let high = firstBin[(key >>> 16) + 1]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (key > endKeys[middle]!) low = middle + 1;
      else high = middle;
    }
    codes[row] = low;
    if (value < lows[low]!) lows[low] = value;
    if (value > highs[low]!) highs[low] = value;
  }
  return { codes, lows, highs, hasMissing };
}
