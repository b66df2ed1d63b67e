import { type FeatureMatrix, MlsecError } from "@mlsec/preprocess";
import { averageRanks } from "./average-ranks.js";
import { BLOCK_ROWS, columnProducts } from "./column-products.js";
import { type CorrelationMethod, pairCorrelation } from "./pair-correlation.js";
import { notFinite, type Standardisation, standardisation, standardise } from "./standardisation.js";

export interface CorrelationOptions {
  /**
   * What a missing value (NaN) means: an error (the default), or that a pair of features is correlated over the rows that
   * have both, as in pandas.
   */
  readonly missing?: "error" | "pairwise" | undefined;
}

/**
 * Pearson's correlation of every two features: n × n values from −1 to 1, row-major, symmetric. A constant feature has
 * no correlation: its row and column are NaN; so are, pair by pair, features one of which is constant where both are
 * present.
 *
 * Columns are centred before their products are summed, so offsets as large as 1e9 cost no digits; the sums run over
 * blocks of rows, each pair once, in a WebAssembly kernel where there is one and, with the same bits, without.
 *
 * @throws MlsecError `not-finite`, naming the feature, for NaN (unless pairs are asked for) or an infinity;
 *   `invalid-option`.
 */
export function pearsonCorrelation(matrix: FeatureMatrix, options: CorrelationOptions = {}): Float64Array {
  return correlations(matrix, "pearson", options);
}

/**
 * Spearman's correlation: Pearson's of the ranks, equal values sharing the mean of theirs. All else as in
 * `pearsonCorrelation`; with missing values a pair is ranked among the rows that have both.
 */
export function spearmanCorrelation(matrix: FeatureMatrix, options: CorrelationOptions = {}): Float64Array {
  return correlations(matrix, "spearman", options);
}

function correlations(
  { rows, features, columns }: FeatureMatrix,
  method: CorrelationMethod,
  { missing = "error" }: CorrelationOptions,
): Float64Array {
  if (missing !== "error" && missing !== "pairwise") {
    throw new MlsecError("invalid-option", `missing must be "error" or "pairwise", not ${JSON.stringify(missing)}.`, {
      option: "missing",
      got: missing,
    });
  }
  const count = columns.length;
  const made = new Float64Array(count * count).fill(Number.NaN);
  const complete: CompleteColumn[] = [];
  const incomplete: number[] = [];
  for (const [index, values] of columns.entries()) {
    const own = standardisation(values, features[index]!);
    if (own === null && missing === "error") {
      throw notFinite(features[index]!, values.findIndex(Number.isNaN), Number.NaN);
    }
    if (own === null) incomplete.push(index);
    else if (own.unit !== 0) complete.push(column(index, values, own, method));
  }
  correlateComplete(complete, rows, made, count);
  for (const i of incomplete) {
    for (let j = 0; j < count; j++) {
      // A pair of two incomplete columns is met twice.
      if (j < i && incomplete.includes(j)) continue;
      const r = pairCorrelation(columns[i]!, columns[j]!, method);
      made[i * count + j] = r;
      made[j * count + i] = r;
    }
  }
  return made;
}

/** A column without missing values that is not constant. */
interface CompleteColumn {
  readonly index: number;
  readonly values: Float64Array;
  readonly standardisation: Standardisation;
}

function column(index: number, values: Float64Array, own: Standardisation, method: CorrelationMethod): CompleteColumn {
  if (method === "pearson") return { index, values, standardisation: own };
  const ranks = averageRanks(values);
  return { index, values: ranks, standardisation: standardisation(ranks, "")! };
}

function correlateComplete(columns: readonly CompleteColumn[], rows: number, made: Float64Array, count: number): void {
  const { block, width, sums, add } = columnProducts(columns.length);
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    const length = Math.min(BLOCK_ROWS, rows - from);
    for (const [place, { values, standardisation }] of columns.entries()) {
      const at = place * BLOCK_ROWS;
      standardise(values, from, length, standardisation, block, at);
      if (length % 2 === 1) block[at + length] = 0;
    }
    add(length);
  }
  const squares = columns.map((_, place) => sums[place * width + place]!);
  for (const [i, { index }] of columns.entries()) {
    for (let j = 0; j <= i; j++) {
      const r = i === j ? 1 : within(sums[i * width + j]! / Math.sqrt(squares[i]! * squares[j]!));
      made[index * count + columns[j]!.index] = r;
      made[columns[j]!.index * count + index] = r;
    }
  }
}

function within(r: number): number {
  return Math.max(-1, Math.min(1, r));
}
