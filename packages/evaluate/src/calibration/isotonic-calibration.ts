import { type Json, type State, StateReader, toPlain } from "@mlsec/preprocess";
import { firstNotBelow } from "../first-not-below.js";
import { type Calibration, type CalibrationOptions, checkedRows } from "./calibration.js";

/**
 * Isotonic regression: the probabilities that never fall as the score rises and are closest, by squares, to what came true
 * (Zadrozny and Elkan, 2002; by pooling adjacent violators, Ayer et al., 1955). As scikit-learn's `IsotonicRegression`:
 * linear between the scores it was fitted on, constant outside of them.
 *
 * It bends as the rows want and so needs about a thousand of them. Scores within a step become equal: their order is lost.
 */
export class IsotonicCalibration implements Calibration {
  private constructor(
    /** Where steps begin and end, ascending. */
    readonly scores: Float64Array,
    /** The probability at each, never falling. */
    readonly probabilities: Float64Array,
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
  ): IsotonicCalibration {
    const { weights } = checkedRows(isPositive, scores, options);
    const points = pointsOf(isPositive, scores, weights);
    const fitted = pooled(points);
    // Inside a step nothing changes.
    const kept = fitted.flatMap((probability, i) =>
      i > 0 && i < fitted.length - 1 && fitted[i - 1] === probability && fitted[i + 1] === probability ? [] : [i],
    );
    return new IsotonicCalibration(
      Float64Array.from(kept, (i) => points[i]!.score),
      Float64Array.from(kept, (i) => fitted[i]!),
    );
  }

  calibrate(score: number): number {
    const { scores, probabilities } = this;
    if (Number.isNaN(score)) return Number.NaN;
    const low = firstNotBelow(scores, score);
    if (low === 0) return probabilities[0]!;
    if (low === scores.length) return probabilities[low - 1]!;
    const from = scores[low - 1]!;
    const rise = probabilities[low]! - probabilities[low - 1]!;
    const between = probabilities[low - 1]! + rise * ((score - from) / (scores[low]! - from));
    // Rounding must not lift it above what comes next.
    return Math.min(between, probabilities[low]!);
  }

  calibrateAll(scores: ArrayLike<number>): Float64Array {
    return Float64Array.from(scores, (score) => this.calibrate(score));
  }

  toState(): State {
    return { method: "isotonic", scores: this.scores, probabilities: this.probabilities };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  /** @throws MlsecError `invalid-state`. */
  static fromState(state: unknown): IsotonicCalibration {
    const reader = new StateReader(state, "IsotonicCalibration");
    const scores = reader.float64("scores");
    const probabilities = reader.float64("probabilities", scores.length);
    if (scores.length === 0) reader.fail("scores", "a list of at least one score");
    if (scores.some((score, i) => i > 0 && !(score > scores[i - 1]!))) reader.fail("scores", "ascending");
    const ascends = probabilities.every((p, i) => p >= (i === 0 ? 0 : probabilities[i - 1]!) && p <= 1);
    if (!ascends) reader.fail("probabilities", "numbers from 0 to 1 that never fall");
    return new IsotonicCalibration(scores, probabilities);
  }
}

/** The rows of one score: their weight, and that of the positive ones. */
interface Point {
  readonly score: number;
  readonly weight: number;
  readonly positive: number;
}

/** Rows of equal score as one point, ascending; rows without weight do not count. */
function pointsOf(isPositive: ArrayLike<number>, scores: ArrayLike<number>, weights: Float64Array): Point[] {
  const order = Array.from(weights.keys())
    .filter((row) => weights[row]! > 0)
    .sort((a, b) => scores[a]! - scores[b]!);
  const points: { score: number; weight: number; positive: number }[] = [];
  for (const row of order) {
    let last = points.at(-1);
    if (last === undefined || last.score !== scores[row]) {
      last = { score: scores[row]!, weight: 0, positive: 0 };
      points.push(last);
    }
    last.weight += weights[row]!;
    if (isPositive[row] === 1) last.positive += weights[row]!;
  }
  return points;
}

/** The probability of every point: neighbours that would fall are pooled until none do. */
function pooled(points: readonly Point[]): number[] {
  const blocks: { weight: number; positive: number; count: number }[] = [];
  for (const { weight, positive } of points) {
    let block = { weight, positive, count: 1 };
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      if (before.positive / before.weight < block.positive / block.weight) break;
      blocks.pop();
      block = {
        weight: before.weight + block.weight,
        positive: before.positive + block.positive,
        count: before.count + block.count,
      };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ weight, positive, count }) => new Array<number>(count).fill(positive / weight));
}
