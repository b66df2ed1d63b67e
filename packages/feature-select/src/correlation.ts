import { type FeatureMatrix, MlsecError } from "@mlsec/preprocess";

/** Rows whose standardised values are held at a time: a block of 78 columns stays within the second-level cache. */
const BLOCK_ROWS = 512;

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
  const standardised = columns.map((values, index) => moments(values, matrix.features[index]!));
  const sums = new Float64Array(count * count);
  const block = new Float64Array(count * BLOCK_ROWS);
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    const length = Math.min(BLOCK_ROWS, rows - from);
    for (let column = 0; column < count; column++)
      fillBlock(block, column * BLOCK_ROWS, columns[column]!, from, length, standardised[column]!);
    addProducts(sums, block, count, length);
  }
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      const defined = standardised[i]!.scale > 0 && standardised[j]!.scale > 0;
      const r = i === j ? 1 : Math.max(-1, Math.min(1, sums[i * count + j]!));
      sums[i * count + j] = defined ? r : Number.NaN;
      sums[j * count + i] = sums[i * count + j]!;
    }
  }
  return sums;
}

/** What centres a column and gives it length 1; a scale of 0 marks a constant one. */
interface Moments {
  readonly mean: number;
  readonly scale: number;
}

function moments(values: Float64Array, feature: string): Moments {
  // Differences to the first value: exact or nearly so for columns that sit on a large offset.
  const origin = values[0] ?? 0;
  let sum = 0;
  let constant = true;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value - value !== 0) {
      throw new MlsecError(
        "not-finite",
        `Feature ${JSON.stringify(feature)} is ${value} in row ${row}; correlations need finite values.`,
        {
          column: feature,
          row,
        },
      );
    }
    if (value !== origin) constant = false;
    sum += value - origin;
  }
  if (constant) return { mean: origin, scale: 0 };
  const shift = sum / values.length;
  let squares = 0;
  for (let row = 0; row < values.length; row++) {
    const deviation = values[row]! - origin - shift;
    squares += deviation * deviation;
  }
  return { mean: origin + shift, scale: squares > 0 ? 1 / Math.sqrt(squares) : 0 };
}

function fillBlock(
  block: Float64Array,
  at: number,
  values: Float64Array,
  from: number,
  length: number,
  { mean, scale }: Moments,
): void {
  for (let i = 0; i < length; i++) block[at + i] = (values[from + i]! - mean) * scale;
}

/** Adds the block's products of each column i with four columns j ≤ i at a time, so that i is read once for four sums. */
function addProducts(sums: Float64Array, block: Float64Array, count: number, length: number): void {
  for (let i = 0; i < count; i++) {
    const a = i * BLOCK_ROWS;
    let j = 0;
    for (; j + 3 < i; j += 4) {
      const b = j * BLOCK_ROWS;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let k = 0; k < length; k++) {
        const x = block[a + k]!;
        s0 += x * block[b + k]!;
        s1 += x * block[b + BLOCK_ROWS + k]!;
        s2 += x * block[b + 2 * BLOCK_ROWS + k]!;
        s3 += x * block[b + 3 * BLOCK_ROWS + k]!;
      }
      const row = i * count + j;
      sums[row]! += s0;
      sums[row + 1]! += s1;
      sums[row + 2]! += s2;
      sums[row + 3]! += s3;
    }
    for (; j < i; j++) {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += block[a + k]! * block[j * BLOCK_ROWS + k]!;
      sums[i * count + j]! += sum;
    }
  }
}
