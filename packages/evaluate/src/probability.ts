import { MlsecError } from "@mlsec/preprocess";
import { log } from "@mlsec/preprocess/numeric";
import { requireClassCount, requireCodes, requireProbabilities, requireRows, requireSameRows } from "./checks.js";

/** How far the probabilities of a row may sum from 1: what float32 networks and forests lose to rounding. */
const SUM_TOLERANCE = 3.5e-4;
const FLOAT32_EPSILON = 1.1920928955078125e-7;

/**
 * The mean negative log-likelihood of the true classes (cross-entropy), in nats, at least 0; scikit-learn's `log_loss`.
 * Probabilities are clipped to [ε, 1 − ε], ε being the machine epsilon of their array (that of float32 for a
 * `Float32Array`), so a confident mistake costs much but not infinitely much.
 *
 * @param trueCodes class codes, one per row: integers from 0 to `nClasses` − 1.
 * @param probabilities rows × `nClasses`, row by row, as `predictProba` gives them, each row summing to 1; or, for two
 * classes, one probability of class 1 per row.
 * @param nClasses default 2.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, `not-finite`, `not-a-probability` or
 * `invalid-option`.
 */
export function logLoss(trueCodes: ArrayLike<number>, probabilities: ArrayLike<number>, nClasses = 2): number {
  requireClassCount(nClasses);
  requireRows(trueCodes, "trueCodes");
  requireCodes(trueCodes, nClasses, "trueCodes");
  const rows = trueCodes.length;
  const ofClassOne = nClasses === 2 && probabilities.length === rows;
  if (!ofClassOne && probabilities.length !== rows * nClasses) {
    throw new MlsecError(
      "length-mismatch",
      `${rows} rows of ${nClasses} classes need ${rows * nClasses} probabilities, but there are ${probabilities.length}.`,
      { expected: rows * nClasses, got: probabilities.length },
    );
  }
  requireProbabilities(probabilities, "probabilities");
  if (!ofClassOne) requireNormalised(probabilities, nClasses);
  const epsilon = probabilities instanceof Float32Array ? FLOAT32_EPSILON : Number.EPSILON;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const code = trueCodes[row]!;
    const given = ofClassOne ? probabilities[row]! : probabilities[row * nClasses + code]!;
    const probability = ofClassOne && code === 0 ? 1 - given : given;
    sum -= log(Math.min(Math.max(probability, epsilon), 1 - epsilon));
  }
  return sum / rows;
}

/**
 * The mean squared distance between the probability of the positive class and what came true, from 0 (certain and right)
 * to 1 (certain and wrong); scikit-learn's `brier_score_loss`.
 *
 * @param isPositive 1 for a row of the positive class, 0 for any other.
 * @param probabilities one probability of the positive class per row.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, `not-finite` or `not-a-probability`.
 */
export function brierScore(isPositive: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  requireSameRows(isPositive, probabilities, "isPositive", "probabilities");
  requireCodes(isPositive, 2, "isPositive");
  requireProbabilities(probabilities, "probabilities");
  let sum = 0;
  for (let row = 0; row < isPositive.length; row++) {
    const miss = probabilities[row]! - isPositive[row]!;
    sum += miss * miss;
  }
  return sum / isPositive.length;
}

function requireNormalised(probabilities: ArrayLike<number>, nClasses: number): void {
  for (let start = 0; start < probabilities.length; start += nClasses) {
    let sum = 0;
    for (let i = start; i < start + nClasses; i++) sum += probabilities[i]!;
    if (Math.abs(sum - 1) <= SUM_TOLERANCE) continue;
    const row = start / nClasses;
    throw new MlsecError(
      "not-a-probability",
      `The ${nClasses} probabilities of row ${row} must sum to 1, but sum to ${sum}. They are read row by row: rows × classes.`,
      { row, expected: 1, got: sum },
    );
  }
}
