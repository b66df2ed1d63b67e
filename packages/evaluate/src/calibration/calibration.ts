import { type Json, MlsecError, type State } from "@mlsec/preprocess";
import { requireCodes, requireFinite, requireSameRows } from "../checks.js";
import { oneClass } from "../ranked-counts.js";

/** Turns a detector's scores into probabilities: of the rows of probability 0.8, about 80 % are positive. */
export interface Calibration {
  /** The probability of a finite score; NaN for NaN. Allocates nothing. */
  calibrate(score: number): number;
  /** The probabilities of many scores. */
  calibrateAll(scores: ArrayLike<number>): Float64Array;
  toState(): State;
  toJSON(): Json;
}

/** Options of the calibrations' `fit`. */
export interface CalibrationOptions {
  /** How much each row counts, at least 0; default 1. */
  readonly sampleWeight?: ArrayLike<number> | undefined;
}

/**
 * Checks what a calibration learns from.
 *
 * @returns the weight of every row, and of the rows of both classes.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, `not-finite`, `invalid-weights` or `one-class`.
 */
export function checkedRows(
  isPositive: ArrayLike<number>,
  scores: ArrayLike<number>,
  { sampleWeight }: CalibrationOptions,
): { weights: Float64Array; positive: number; negative: number } {
  requireSameRows(isPositive, scores, "isPositive", "scores");
  requireCodes(isPositive, 2, "isPositive");
  requireFinite(scores, "scores");
  const weights = new Float64Array(scores.length).fill(1);
  if (sampleWeight !== undefined) {
    requireSameRows(sampleWeight, scores, "sampleWeight", "scores");
    requireFinite(sampleWeight, "sampleWeight");
    weights.set(sampleWeight);
  }
  const row = weights.findIndex((weight) => weight < 0);
  if (row >= 0) {
    throw new MlsecError("invalid-weights", `sampleWeight must be at least 0, but row ${row} has ${weights[row]}.`, {
      row,
      got: weights[row],
    });
  }
  let positive = 0;
  let negative = 0;
  for (let i = 0; i < weights.length; i++) {
    if (isPositive[i] === 1) positive += weights[i]!;
    else negative += weights[i]!;
  }
  if (positive === 0) throw oneClass("Calibration", "negative");
  if (negative === 0) throw oneClass("Calibration", "positive");
  return { weights, positive, negative };
}
