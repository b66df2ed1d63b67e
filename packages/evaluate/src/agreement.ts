import { confusionMatrix } from "./confusion-matrix.js";
import { invalidOption } from "./options.js";
import { ratio } from "./precision-recall.js";

/**
 * Matthews' correlation of the true and the predicted classes, from −1 to 1, for any number of classes (Gorodkin, 2004);
 * scikit-learn's `matthews_corrcoef`. 0 for guessing, and where all rows are of one class or predicted as one.
 *
 * @param trueCodes class codes, one per row: integers from 0 to `nClasses` − 1.
 * @param predictedCodes class codes of the same rows.
 * @param nClasses default 2.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range` or `invalid-option`.
 */
export function matthewsCorrelation(
  trueCodes: ArrayLike<number>,
  predictedCodes: ArrayLike<number>,
  nClasses = 2,
): number {
  const { matrix, actual, predicted, rows } = marginsOf(trueCodes, predictedCodes, nClasses);
  let [hits, together, actualSquares, predictedSquares] = [0, 0, 0, 0];
  for (let c = 0; c < nClasses; c++) {
    hits += matrix[c]![c]!;
    together += actual[c]! * predicted[c]!;
    actualSquares += actual[c]! * actual[c]!;
    predictedSquares += predicted[c]! * predicted[c]!;
  }
  const spread = Math.sqrt(rows * rows - actualSquares) * Math.sqrt(rows * rows - predictedSquares);
  return ratio(hits * rows - together, spread);
}

/**
 * Cohen's kappa: how much of the agreement that chance would not bring was reached, at most 1 (Cohen, 1960);
 * scikit-learn's `cohen_kappa_score`. 0 where all rows are of one class and predicted as it, for which scikit-learn has NaN.
 *
 * @param trueCodes class codes, one per row: integers from 0 to `nClasses` − 1.
 * @param predictedCodes class codes of the same rows.
 * @param nClasses default 2.
 * @param options `weights`: how bad it is to take a class for another; by default as bad for all, `"linear"` or
 *   `"quadratic"` in the distance of their codes.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range` or `invalid-option`.
 */
export function cohenKappa(
  trueCodes: ArrayLike<number>,
  predictedCodes: ArrayLike<number>,
  nClasses = 2,
  { weights }: { readonly weights?: "linear" | "quadratic" | undefined } = {},
): number {
  if (weights !== undefined && weights !== "linear" && weights !== "quadratic") {
    throw invalidOption("weights", '"linear" or "quadratic", or left out', weights);
  }
  const { matrix, actual, predicted, rows } = marginsOf(trueCodes, predictedCodes, nClasses);
  let seen = 0;
  let byChance = 0;
  for (let i = 0; i < nClasses; i++) {
    for (let j = 0; j < nClasses; j++) {
      const distance = Math.abs(i - j);
      const cost =
        weights === undefined ? Math.min(distance, 1) : weights === "linear" ? distance : distance * distance;
      seen += cost * matrix[i]![j]!;
      byChance += cost * actual[i]! * predicted[j]!;
    }
  }
  return byChance === 0 ? 0 : 1 - (seen * rows) / byChance;
}

function marginsOf(trueCodes: ArrayLike<number>, predictedCodes: ArrayLike<number>, nClasses: number) {
  const matrix = confusionMatrix(trueCodes, predictedCodes, nClasses);
  const actual = matrix.map((row) => row.reduce((sum, count) => sum + count, 0));
  const predicted = matrix.map((_, c) => matrix.reduce((sum, row) => sum + row[c]!, 0));
  return { matrix, actual, predicted, rows: trueCodes.length };
}
