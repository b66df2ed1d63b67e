import { type FeatureMatrix, type Labels, quantiles } from "@mlsec/preprocess";

/**
 * The row number of a typical normal row: the one nearest to the medians of the normal rows, column by column, by the sum
 * of absolute differences; the first of equals. A real row, so that its categories and numbers occur together.
 *
 * @param matrix columns on comparable scales. @param labels 0 = normal; at least one row is.
 */
export function typicalNormal(matrix: FeatureMatrix, { codes }: Labels): number {
  const rows = Int32Array.from(codes.keys()).filter((row) => codes[row] === 0);
  const distances = new Float64Array(rows.length);
  for (const values of matrix.columns) {
    const own = Float64Array.from(rows, (row) => values[row]!);
    const [median] = quantiles(own, [0.5]).quantiles as unknown as [number];
    for (let i = 0; i < own.length; i++) distances[i]! += Math.abs(own[i]! - median);
  }
  return rows[distances.reduce((best, distance, i) => (distance < distances[best]! ? i : best), 0)]!;
}
