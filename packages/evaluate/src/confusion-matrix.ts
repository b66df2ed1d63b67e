import { requireClassCount, requireCodes, requireSameRows } from "./checks.js";
import { invalidOption } from "./options.js";

/**
 * The share of rows whose predicted class is the true one, from 0 to 1.
 *
 * @param trueCodes class codes, one per row: non-negative integers.
 * @param predictedCodes class codes of the same rows.
 * @throws MlsecError `length-mismatch`, `no-rows` or `code-out-of-range`.
 */
export function accuracy(trueCodes: ArrayLike<number>, predictedCodes: ArrayLike<number>): number {
  requireSameRows(trueCodes, predictedCodes, "trueCodes", "predictedCodes");
  requireCodes(trueCodes, Number.MAX_SAFE_INTEGER, "trueCodes");
  requireCodes(predictedCodes, Number.MAX_SAFE_INTEGER, "predictedCodes");
  let right = 0;
  for (let i = 0; i < trueCodes.length; i++) if (trueCodes[i] === predictedCodes[i]) right++;
  return right / trueCodes.length;
}

/**
 * How often each class was taken for each: row `i`, column `j` counts the rows of true class `i` predicted as `j`
 * (scikit-learn's orientation).
 *
 * @param trueCodes class codes, one per row: integers from 0 to `nClasses` − 1.
 * @param predictedCodes class codes of the same rows.
 * @param nClasses how many classes there are; classes without rows have zeros.
 * @param options `normalize`: shares instead of counts, of the rows of the true class (its diagonal is the recall), of those
 *   predicted as the class (precision), or of all rows.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range` or `invalid-option`.
 */
export function confusionMatrix(
  trueCodes: ArrayLike<number>,
  predictedCodes: ArrayLike<number>,
  nClasses: number,
  { normalize }: { readonly normalize?: "true" | "predicted" | "all" | undefined } = {},
): number[][] {
  if (normalize !== undefined && !["true", "predicted", "all"].includes(normalize)) {
    throw invalidOption("normalize", '"true", "predicted" or "all", or left out', normalize);
  }
  requireClassCount(nClasses);
  requireSameRows(trueCodes, predictedCodes, "trueCodes", "predictedCodes");
  requireCodes(trueCodes, nClasses, "trueCodes");
  requireCodes(predictedCodes, nClasses, "predictedCodes");
  const matrix = Array.from({ length: nClasses }, () => new Array<number>(nClasses).fill(0));
  for (let i = 0; i < trueCodes.length; i++) matrix[trueCodes[i]!]![predictedCodes[i]!]!++;
  if (normalize === undefined) return matrix;
  const actual = matrix.map((row) => row.reduce((sum, count) => sum + count, 0));
  const predicted = matrix.map((_, c) => matrix.reduce((sum, row) => sum + row[c]!, 0));
  const whole = (i: number, j: number): number =>
    normalize === "true" ? actual[i]! : normalize === "predicted" ? predicted[j]! : trueCodes.length;
  return matrix.map((row, i) => row.map((count, j) => (count === 0 ? 0 : count / whole(i, j))));
}
