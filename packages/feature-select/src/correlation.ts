import { type FeatureMatrix, MlsecError } from "@mlsec/preprocess";

/** Rows whose standardised values are held at a time: a block of 78 columns stays within the second-level cache. */
const BLOCK_ROWS = 256;
/** Columns are padded to a multiple of this, so that sums of products need no remainders. */
const TILE = 4;
/** Keeps one over the largest deviation finite. */
const SMALLEST_DEVIATION = 1e-300;

/**
 * Pearson's correlation of every two features: n × n values from −1 to 1, row-major, symmetric. A constant feature has
 * no correlation: its row and column are NaN.
 *
 * Columns are centred before their products are summed, so offsets as large as 1e9 cost no digits; the sums run over
 * blocks of rows, each pair once.
 *
 * @throws MlsecError `not-finite`, naming the feature, for NaN or an infinity.
 */
export function pearsonCorrelation(matrix: FeatureMatrix): Float64Array {
  const { rows, columns } = matrix;
  const count = columns.length;
  const padded = Math.ceil(count / TILE) * TILE;
  const standardised = columns.map((values, index) => standardisation(values, matrix.features[index]!));
  const sums = new Float64Array(padded * padded);
  // The padding columns stay zero.
  const block = new Float64Array(padded * BLOCK_ROWS);
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    const length = Math.min(BLOCK_ROWS, rows - from);
    for (let column = 0; column < count; column++)
      fillBlock(block, column * BLOCK_ROWS, columns[column]!, from, length, standardised[column]!);
    addProducts(sums, block, padded, length);
  }
  const correlations = new Float64Array(count * count).fill(Number.NaN);
  for (let i = 0; i < count; i++) {
    if (standardised[i]!.factor === 0) continue;
    for (let j = 0; j <= i; j++) {
      if (standardised[j]!.factor === 0) continue;
      const r = i === j ? 1 : Math.max(-1, Math.min(1, sums[i * padded + j]!));
      correlations[i * count + j] = r;
      correlations[j * count + i] = r;
    }
  }
  return correlations;
}

/**
 * What centres a column and gives it length 1: z = (x − origin − shift) · unit · factor. The origin is one of the
 * column's own values, so that the differences to it are exact, or nearly, on a large offset; the unit, one over
 * the largest deviation, keeps the squares within a double's range. A factor of 0 marks a constant column.
 */
interface Standardisation {
  readonly origin: number;
  readonly shift: number;
  readonly unit: number;
  readonly factor: number;
}

function standardisation(values: Float64Array, feature: string): Standardisation {
  const origin = values[0] ?? 0;
  let sum = 0;
  let constant = true;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value - value !== 0) {
      throw new MlsecError(
        "not-finite",
        `Feature ${JSON.stringify(feature)} is ${value} in row ${row}; correlations need finite values. ` +
          "Remove or replace such rows first.",
        { column: feature, row, value },
      );
    }
    if (value !== origin) constant = false;
    // Divided before it is added: a sum of deviations could leave the range of a double.
    sum += (value - origin) / values.length;
  }
  if (constant) return { origin, shift: 0, unit: 1, factor: 0 };
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value - origin - sum));
  const unit = 1 / Math.max(largest, SMALLEST_DEVIATION);
  let squares = 0;
  for (const value of values) {
    const deviation = (value - origin - sum) * unit;
    squares += deviation * deviation;
  }
  return { origin, shift: sum, unit, factor: 1 / Math.sqrt(squares) };
}

function fillBlock(
  block: Float64Array,
  at: number,
  values: Float64Array,
  from: number,
  length: number,
  { origin, shift, unit, factor }: Standardisation,
): void {
  for (let i = 0; i < length; i++) block[at + i] = (values[from + i]! - origin - shift) * unit * factor;
}

/**
 * Adds the block's products of every two columns i ≥ j, two columns i with four columns j at a time, so that eight sums
 * share six reads. The few products above the diagonal of a tile are not used.
 */
function addProducts(sums: Float64Array, block: Float64Array, padded: number, length: number): void {
  for (let i = 0; i < padded; i += 2) {
    for (let j = 0; j <= i + 1; j += TILE) {
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let b0 = 0;
      let b1 = 0;
      let b2 = 0;
      let b3 = 0;
      const first = i * BLOCK_ROWS;
      const end = first + length;
      let at = j * BLOCK_ROWS;
      for (let k = first; k < end; k++, at++) {
        const a = block[k]!;
        const b = block[k + BLOCK_ROWS]!;
        const x0 = block[at]!;
        const x1 = block[at + BLOCK_ROWS]!;
        const x2 = block[at + 2 * BLOCK_ROWS]!;
        const x3 = block[at + 3 * BLOCK_ROWS]!;
        a0 += a * x0;
        a1 += a * x1;
        a2 += a * x2;
        a3 += a * x3;
        b0 += b * x0;
        b1 += b * x1;
        b2 += b * x2;
        b3 += b * x3;
      }
      const upper = i * padded + j;
      const lower = upper + padded;
      sums[upper]! += a0;
      sums[upper + 1]! += a1;
      sums[upper + 2]! += a2;
      sums[upper + 3]! += a3;
      sums[lower]! += b0;
      sums[lower + 1]! += b1;
      sums[lower + 2]! += b2;
      sums[lower + 3]! += b3;
    }
  }
}
