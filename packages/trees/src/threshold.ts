/**
 * Values at most this far apart (as float32, their sum rounded to float32) count as equal: scikit-learn's
 * `FEATURE_THRESHOLD`. Above 2 it is less than half a step of float32, so there every difference counts.
 */
export const FEATURE_THRESHOLD: number = Math.fround(1e-7);

/**
 * The float64 threshold between two neighbouring float32 values: half of one plus half of the other, or the lower one
 * where that rounds to the upper. A row goes left where its value is at most the threshold.
 */
export function thresholdBetween(lower: number, upper: number): number {
  const middle = lower / 2 + upper / 2;
  return middle === upper ? lower : middle;
}

/** The threshold that every present value is at most, and no missing one: it parts the missing values from all others. */
export const ALL_PRESENT: number = Number.MAX_VALUE;
