import { oneClass, rankedCounts } from "./ranked-counts.js";

/** The points of a precision–recall curve, from the lowest threshold up, and after the last the point (1, 0). */
export interface PrecisionRecallCurve {
  readonly precision: Float64Array;
  readonly recall: Float64Array;
  /** The distinct scores, ascending, one fewer than points: at each, rows **at or above** it count as flagged. */
  readonly thresholds: Float64Array;
}

/**
 * The precision–recall curve; scikit-learn's `precision_recall_curve`.
 *
 * @param isPositive 1 for a row of the positive class, 0 for any other.
 * @param scores one finite score per row; higher means more likely positive.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, `not-finite`, or `one-class` where no row is
 * positive.
 */
export function precisionRecallCurve(isPositive: ArrayLike<number>, scores: ArrayLike<number>): PrecisionRecallCurve {
  const counts = rankedCounts(isPositive, scores);
  if (counts.positives === 0) throw oneClass("A precision–recall curve", "negative");
  const upwards = [...counts.scores.keys()].reverse();
  const flagged = (i: number): number => counts.truePositives[i]! + counts.falsePositives[i]!;
  return {
    precision: Float64Array.from([...upwards.map((i) => counts.truePositives[i]! / flagged(i)), 1]),
    recall: Float64Array.from([...upwards.map((i) => counts.truePositives[i]! / counts.positives), 0]),
    thresholds: Float64Array.from(upwards, (i) => counts.scores[i]!),
  };
}
