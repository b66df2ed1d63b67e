import { MlsecError } from "@mlsec/preprocess";
import { requireCodes, requireFinite, requireSameRows } from "./checks.js";

/** What lies at or above each distinct score, from the highest score down. */
export interface RankedCounts {
  /** The distinct scores, descending. */
  readonly scores: Float64Array;
  /** How many positive rows score at least `scores[i]`. */
  readonly truePositives: Float64Array;
  /** How many negative rows score at least `scores[i]`. */
  readonly falsePositives: Float64Array;
  readonly positives: number;
  readonly negatives: number;
}

/**
 * Counts positives and negatives down the ranking; rows of equal score are counted at once. O(n log n).
 *
 * @param isPositive 1 for a row of the positive class, 0 for any other.
 * @param scores one finite score per row; higher means more likely positive.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range` or `not-finite`.
 */
export function rankedCounts(isPositive: ArrayLike<number>, scores: ArrayLike<number>): RankedCounts {
  requireSameRows(isPositive, scores, "isPositive", "scores");
  requireCodes(isPositive, 2, "isPositive");
  requireFinite(scores, "scores");
  // Sorting the scores of both classes apart keeps the fast path of typed arrays, which a sort of row numbers lacks.
  const positive = scoresWhere(isPositive, scores, 1);
  const negative = scoresWhere(isPositive, scores, 0);
  const steps = { scores: [] as number[], truePositives: [] as number[], falsePositives: [] as number[] };
  let p = positive.length;
  let n = negative.length;
  while (p + n > 0) {
    const score = Math.max(positive[p - 1] ?? Number.NEGATIVE_INFINITY, negative[n - 1] ?? Number.NEGATIVE_INFINITY);
    while (p > 0 && positive[p - 1] === score) p--;
    while (n > 0 && negative[n - 1] === score) n--;
    steps.scores.push(score);
    steps.truePositives.push(positive.length - p);
    steps.falsePositives.push(negative.length - n);
  }
  return {
    scores: Float64Array.from(steps.scores),
    truePositives: Float64Array.from(steps.truePositives),
    falsePositives: Float64Array.from(steps.falsePositives),
    positives: positive.length,
    negatives: negative.length,
  };
}

/** How many positive and negative rows score above the threshold: strictly, so that a score equal to it is not flagged. */
export function flaggedAbove(counts: RankedCounts, threshold: number): { hits: number; alarms: number } {
  const first = counts.scores.findIndex((score) => !(score > threshold));
  const last = (first < 0 ? counts.scores.length : first) - 1;
  return { hits: counts.truePositives[last] ?? 0, alarms: counts.falsePositives[last] ?? 0 };
}

/** @throws MlsecError `one-class`. */
export function requireBothClasses({ positives, negatives }: RankedCounts, what: string): void {
  if (positives === 0) throw oneClass(what, "negative");
  if (negatives === 0) throw oneClass(what, "positive");
}

/** The error for rows of one class where a metric needs both. */
export function oneClass(what: string, only: "positive" | "negative"): MlsecError {
  return new MlsecError(
    "one-class",
    `${what} needs positive and negative rows, but every row is ${only}. Measure on rows that have both.`,
    { got: only },
  );
}

function scoresWhere(isPositive: ArrayLike<number>, scores: ArrayLike<number>, wanted: number): Float64Array {
  let count = 0;
  for (let i = 0; i < isPositive.length; i++) if (isPositive[i] === wanted) count++;
  const found = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < isPositive.length; i++) if (isPositive[i] === wanted) found[at++] = scores[i]!;
  return found.sort();
}
