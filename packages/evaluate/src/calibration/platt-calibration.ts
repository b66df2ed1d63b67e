import { type Json, type State, StateReader, toPlain } from "@mlsec/preprocess";
import { exp, log1p, sigmoid } from "@mlsec/preprocess/numeric";
import { type Calibration, type CalibrationOptions, checkedRows } from "./calibration.js";

/** Newton's method needs about ten steps; it has stalled where it needs so many. */
const MOST_STEPS = 100;
/** A step of the line search at which the loss falls no more. */
const SMALLEST_STEP = 1e-10;
/** The gradient of the mean loss, on scores of unit spread, at which the minimum is found. */
const GRADIENT_TOLERANCE = 1e-12;
/** Keeps the Hessian invertible where all scores are equal (as Lin, Lin and Weng). */
const RIDGE = 1e-12;

/**
 * Platt scaling: probability = sigmoid(slope · score + intercept), the two chosen to minimise the cross-entropy (Platt,
 * "Probabilistic outputs for support vector machines", 1999; by Newton's method as in Lin, Lin and Weng, 2007). As there,
 * and in scikit-learn, the targets are (p + 1) / (p + 2) and 1 / (n + 2) for p positive and n negative rows instead of 1
 * and 0, so that separable scores have a finite slope.
 *
 * Two numbers are learnt, so that a few hundred rows will do. It fits scores whose logits are off by a factor or an offset;
 * give it logits rather than probabilities.
 */
export class PlattCalibration implements Calibration {
  private constructor(
    /** Per unit of score, in units of log-odds; negative where higher scores are less likely positive. */
    readonly slope: number,
    /** The log-odds of score 0. */
    readonly intercept: number,
  ) {}

  /**
   * @param isPositive 1 for an attack, 0 for any other row; both must occur.
   * @param scores one finite score per row, of rows that the model was not trained on.
   * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, `not-finite`, `invalid-weights` or `one-class`.
   */
  static fit(
    isPositive: ArrayLike<number>,
    scores: ArrayLike<number>,
    options: CalibrationOptions = {},
  ): PlattCalibration {
    const { weights, positive, negative } = checkedRows(isPositive, scores, options);
    const { mean, spread } = spreadOf(scores, weights, positive + negative);
    const standard = Float64Array.from(scores, (score) => (score - mean) / spread);
    const targets = Float64Array.from(isPositive, (code) =>
      code === 1 ? (positive + 1) / (positive + 2) : 1 / (negative + 2),
    );
    const { slope, intercept } = minimised(standard, targets, weights, positive + negative);
    return new PlattCalibration(slope / spread, intercept - (slope * mean) / spread);
  }

  calibrate(score: number): number {
    return sigmoid(this.slope * score + this.intercept);
  }

  calibrateAll(scores: ArrayLike<number>): Float64Array {
    return Float64Array.from(scores, (score) => this.calibrate(score));
  }

  toState(): State {
    return { method: "platt", slope: this.slope, intercept: this.intercept };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  /** @throws MlsecError `invalid-state`. */
  static fromState(state: unknown): PlattCalibration {
    const reader = new StateReader(state, "PlattCalibration");
    return new PlattCalibration(reader.number("slope"), reader.number("intercept"));
  }
}

/** The weighted mean and standard deviation; a spread of 1 where all scores are equal. */
function spreadOf(scores: ArrayLike<number>, weights: Float64Array, weight: number): { mean: number; spread: number } {
  // From one of the scores on, so that nothing is rounded where all are equal.
  const first = scores[0]!;
  let mean = first;
  for (let i = 0; i < scores.length; i++) mean += (weights[i]! / weight) * (scores[i]! - first);
  let variance = 0;
  for (let i = 0; i < scores.length; i++) {
    const off = scores[i]! - mean;
    variance += (weights[i]! / weight) * off * off;
  }
  const spread = Math.sqrt(variance);
  return { mean, spread: spread > 0 && Number.isFinite(spread) ? spread : 1 };
}

/** Minimises the mean cross-entropy of targets under sigmoid(slope · score + intercept), which is convex. */
function minimised(
  scores: Float64Array,
  targets: Float64Array,
  weights: Float64Array,
  weight: number,
): { slope: number; intercept: number } {
  const lossAt = (slope: number, intercept: number): number => {
    let loss = 0;
    for (let i = 0; i < scores.length; i++) {
      const z = slope * scores[i]! + intercept;
      // −t·log p − (1 − t)·log(1 − p), without overflow.
      loss += weights[i]! * (Math.max(z, 0) - targets[i]! * z + log1p(exp(-Math.abs(z))));
    }
    return loss / weight;
  };
  let slope = 0;
  let intercept = 0;
  let loss = lossAt(slope, intercept);
  for (let step = 0; step < MOST_STEPS; step++) {
    let [g1, g2, h11, h12, h22] = [0, 0, RIDGE, 0, RIDGE];
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i]!;
      const share = weights[i]! / weight;
      const p = sigmoid(slope * score + intercept);
      const off = share * (p - targets[i]!);
      const curve = share * p * (1 - p);
      g1 += off * score;
      g2 += off;
      h11 += curve * score * score;
      h12 += curve * score;
      h22 += curve;
    }
    if (Math.max(Math.abs(g1), Math.abs(g2)) < GRADIENT_TOLERANCE) break;
    const determinant = h11 * h22 - h12 * h12;
    const slopeStep = (h12 * g2 - h22 * g1) / determinant;
    const interceptStep = (h12 * g1 - h11 * g2) / determinant;
    const fall = slopeStep * g1 + interceptStep * g2;
    let size = 1;
    let next = lossAt(slope + slopeStep, intercept + interceptStep);
    while (!(next <= loss + 1e-4 * size * fall) && size > SMALLEST_STEP) {
      size /= 2;
      next = lossAt(slope + size * slopeStep, intercept + size * interceptStep);
    }
    if (!(next < loss)) break;
    slope += size * slopeStep;
    intercept += size * interceptStep;
    loss = next;
  }
  return { slope, intercept };
}
