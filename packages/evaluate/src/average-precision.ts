import { oneClass, rankedCounts } from "./ranked-counts.js";

/**
 * Average precision, from 0 to 1: the mean of the precisions at each distinct score, weighted by the recall that the
 * score adds, without interpolation, as scikit-learn's `average_precision_score`.
 *
 * @param isPositive 1 for a row of the positive class, 0 for any other.
 * @param scores one finite score per row; higher means more likely positive.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, `not-finite`, or `one-class` where no row is
 * positive.
 */
export function averagePrecision(isPositive: ArrayLike<number>, scores: ArrayLike<number>): number {
  const { truePositives, falsePositives, positives } = rankedCounts(isPositive, scores);
  if (positives === 0) throw oneClass("Average precision", "negative");
  let sum = 0;
  let before = 0;
  for (let i = 0; i < truePositives.length; i++) {
    const hits = truePositives[i]!;
    sum += (hits - before) * (hits / (hits + falsePositives[i]!));
    before = hits;
  }
  return sum / positives;
}
