import { type RankedCounts, rankedCounts, requireBothClasses } from "./ranked-counts.js";

/**
 * The area under the ROC curve, from 0 to 1: the probability that a random positive row scores higher than a random
 * negative one, a tie counting one half (the Mann–Whitney statistic with average ranks). Rounded once: the pairs are
 * counted exactly.
 *
 * @param isPositive 1 for a row of the positive class, 0 for any other.
 * @param scores one finite score per row; higher means more likely positive.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, `not-finite`, or `one-class` where all rows are
 * positive or all negative, for which the area does not exist.
 */
export function rocAuc(isPositive: ArrayLike<number>, scores: ArrayLike<number>): number {
  const counts = rankedCounts(isPositive, scores);
  requireBothClasses(counts, "The area under the ROC curve");
  return areaUnder(counts);
}

/** The area for counts that have both classes. */
export function areaUnder({ truePositives, falsePositives, positives, negatives }: RankedCounts): number {
  let twiceTheArea = 0;
  let above = 0;
  let before = 0;
  for (let i = 0; i < truePositives.length; i++) {
    twiceTheArea += (falsePositives[i]! - before) * (truePositives[i]! + above);
    above = truePositives[i]!;
    before = falsePositives[i]!;
  }
  return twiceTheArea / (2 * positives * negatives);
}

/** The points of a ROC curve, from (0, 0) to (1, 1). */
export interface RocCurve {
  readonly falsePositiveRate: Float64Array;
  readonly truePositiveRate: Float64Array;
  /**
   * The lowest score that still counts as positive at each point, descending; +∞ at the first, where none does. As in
   * scikit-learn, a point counts scores **at or above** its threshold, whereas `binaryMetrics` and `chooseThreshold`
   * take a row for an attack only **above** theirs.
   */
  readonly thresholds: Float64Array;
}

/**
 * The ROC curve, as scikit-learn's `roc_curve`.
 *
 * @param isPositive 1 for a row of the positive class, 0 for any other.
 * @param scores one finite score per row; higher means more likely positive.
 * @param options `dropIntermediate`: leave out points on a straight line between their neighbours; default true.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, `not-finite` or `one-class`.
 */
export function rocCurve(
  isPositive: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: { readonly dropIntermediate?: boolean } = {},
): RocCurve {
  const counts = rankedCounts(isPositive, scores);
  requireBothClasses(counts, "A ROC curve");
  const kept = [...counts.scores.keys()].filter((i) => options.dropIntermediate === false || isCorner(counts, i));
  return {
    falsePositiveRate: Float64Array.from([0, ...kept.map((i) => counts.falsePositives[i]! / counts.negatives)]),
    truePositiveRate: Float64Array.from([0, ...kept.map((i) => counts.truePositives[i]! / counts.positives)]),
    thresholds: Float64Array.from([Number.POSITIVE_INFINITY, ...kept.map((i) => counts.scores[i]!)]),
  };
}

/** False for a point between two others that are as far from it, in the same direction: scikit-learn's rule. */
function isCorner({ truePositives, falsePositives }: RankedCounts, i: number): boolean {
  if (i === 0 || i === truePositives.length - 1) return true;
  const bends = (counts: Float64Array): boolean => counts[i + 1]! - counts[i]! !== counts[i]! - counts[i - 1]!;
  return bends(truePositives) || bends(falsePositives);
}
