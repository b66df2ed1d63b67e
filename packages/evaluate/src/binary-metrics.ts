import { requireCodes, requireSameRows } from "./checks.js";
import { invalidOption } from "./options.js";
import { ratio, scoresOf } from "./precision-recall.js";
import { flaggedAbove, rankedCounts } from "./ranked-counts.js";
import { areaUnder } from "./roc.js";

/** What `binaryMetrics` returns: plain data, ready for `JSON.stringify`. All rates are from 0 to 1. */
export interface BinaryMetrics {
  readonly accuracy: number;
  /** Of the rows flagged, the share that is positive. */
  readonly precision: number;
  /** Of the positive rows, the share that is flagged. */
  readonly recall: number;
  readonly f1: number;
  /** Of the negative rows, the share that is flagged all the same. */
  readonly falsePositiveRate: number;
  /** The area under the ROC curve, whatever the threshold; null where all rows are of one class. */
  readonly auc: number | null;
  /** Rows true, columns predicted, in code order (0, 1). */
  readonly confusionMatrix: readonly (readonly number[])[];
  readonly threshold: number;
  /** Metrics that are 0 only because their divisor is 0, such as the precision where no row is flagged. */
  readonly undefinedMetrics: readonly ("precision" | "recall" | "f1" | "falsePositiveRate")[];
}

/**
 * Measures a two-class detector at a threshold. A row is flagged (taken for positive) where its score is **greater**
 * than the threshold; a score equal to it is not.
 *
 * @param trueCodes 0 or 1 per row.
 * @param scores one finite score per row; higher means more likely positive.
 * @param threshold any number but NaN.
 * @param options `positive`: the code of the positive class, 0 or 1; default 1.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, `not-finite` or `invalid-option`.
 */
export function binaryMetrics(
  trueCodes: ArrayLike<number>,
  scores: ArrayLike<number>,
  threshold: number,
  options: { readonly positive?: 0 | 1 } = {},
): BinaryMetrics {
  const positive = options.positive ?? 1;
  if (positive !== 0 && positive !== 1) throw invalidOption("positive", "the class code 0 or 1", positive);
  if (Number.isNaN(threshold)) throw invalidOption("threshold", "a number", threshold);
  requireSameRows(trueCodes, scores, "trueCodes", "scores");
  requireCodes(trueCodes, 2, "trueCodes");
  const isPositive = positive === 1 ? trueCodes : Uint8Array.from(trueCodes, (code) => 1 - code);
  const ranked = rankedCounts(isPositive, scores);
  const { positives, negatives } = ranked;
  const { hits, alarms } = flaggedAbove(ranked, threshold);
  const flagged = hits + alarms;
  const { precision, recall, fscore } = scoresOf({ hits, actual: positives, predicted: flagged }, 1);
  const ofNegatives = [negatives - alarms, alarms];
  const ofPositives = [positives - hits, hits];
  return {
    accuracy: (hits + negatives - alarms) / (positives + negatives),
    precision,
    recall,
    f1: fscore,
    falsePositiveRate: ratio(alarms, negatives),
    auc: positives > 0 && negatives > 0 ? areaUnder(ranked) : null,
    confusionMatrix: positive === 1 ? [ofNegatives, ofPositives] : [ofPositives.reverse(), ofNegatives.reverse()],
    threshold,
    undefinedMetrics: [
      ...(flagged === 0 ? (["precision"] as const) : []),
      ...(positives === 0 ? (["recall"] as const) : []),
      ...(positives + flagged === 0 ? (["f1"] as const) : []),
      ...(negatives === 0 ? (["falsePositiveRate"] as const) : []),
    ],
  };
}
