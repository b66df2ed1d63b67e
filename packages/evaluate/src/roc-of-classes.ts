import { MlsecError } from "@mlsec/preprocess";
import { requireClassCount, requireCodes, requireProbabilities, requireRows } from "./checks.js";
import { invalidOption } from "./options.js";
import { rocAuc } from "./roc.js";

export interface RocAucOfClassesOptions {
  /** Each class against all others (`"ovr"`, the default), or every two classes against each other (`"ovo"`). */
  readonly multiClass?: "ovr" | "ovo" | undefined;
  /** The plain mean (default), or weighted by how many rows the class, or the two, have. */
  readonly average?: "macro" | "weighted" | undefined;
}

/**
 * The mean area under the ROC curves of several classes, from 0 to 1; scikit-learn's `roc_auc_score` with `multi_class`.
 * `"ovo"` is the measure of Hand and Till (2001), which does not depend on how frequent classes are.
 *
 * @param trueCodes class codes, one per row: integers from 0 to `nClasses` − 1; every class must occur.
 * @param probabilities rows × `nClasses`, row by row, as `predictProba` gives them.
 * @param nClasses at least 2.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, `not-finite`, `not-a-probability`,
 *   `invalid-option`, or `absent-class` for a class without rows.
 */
export function rocAucOfClasses(
  trueCodes: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  nClasses: number,
  { multiClass = "ovr", average = "macro" }: RocAucOfClassesOptions = {},
): number {
  if (multiClass !== "ovr" && multiClass !== "ovo") throw invalidOption("multiClass", '"ovr" or "ovo"', multiClass);
  if (average !== "macro" && average !== "weighted") throw invalidOption("average", '"macro" or "weighted"', average);
  const rowsOf = rowsByClass(trueCodes, probabilities, nClasses);
  /** How well the scores of class `c` tell these rows of it from those of others. */
  const area = (c: number, own: readonly number[], others: readonly number[]): number =>
    rocAuc(
      [...own.map(() => 1), ...others.map(() => 0)],
      [...own, ...others].map((row) => probabilities[row * nClasses + c]!),
    );
  const areas: { area: number; rows: number }[] = [];
  for (const [a, own] of rowsOf.entries()) {
    if (multiClass === "ovr") {
      areas.push({
        area: area(
          a,
          own,
          rowsOf.flatMap((rows, other) => (other === a ? [] : rows)),
        ),
        rows: own.length,
      });
      continue;
    }
    for (const [b, others] of rowsOf.entries()) {
      if (b <= a) continue;
      areas.push({ area: (area(a, own, others) + area(b, others, own)) / 2, rows: own.length + others.length });
    }
  }
  const weightOf = ({ rows }: { rows: number }): number => (average === "macro" ? 1 : rows);
  const weight = areas.reduce((sum, entry) => sum + weightOf(entry), 0);
  return areas.reduce((sum, entry) => sum + weightOf(entry) * entry.area, 0) / weight;
}

function rowsByClass(trueCodes: ArrayLike<number>, probabilities: ArrayLike<number>, nClasses: number): number[][] {
  requireClassCount(nClasses);
  if (nClasses < 2) throw invalidOption("nClasses", "at least 2", nClasses);
  requireRows(trueCodes, "trueCodes");
  requireCodes(trueCodes, nClasses, "trueCodes");
  if (probabilities.length !== trueCodes.length * nClasses) {
    throw new MlsecError(
      "length-mismatch",
      `${trueCodes.length} rows of ${nClasses} classes need ${trueCodes.length * nClasses} probabilities, but there are ${probabilities.length}.`,
      { expected: trueCodes.length * nClasses, got: probabilities.length },
    );
  }
  requireProbabilities(probabilities, "probabilities");
  const rowsOf: number[][] = Array.from({ length: nClasses }, () => []);
  for (let row = 0; row < trueCodes.length; row++) rowsOf[trueCodes[row]!]!.push(row);
  const absent = rowsOf.findIndex((rows) => rows.length === 0);
  if (absent >= 0) {
    throw new MlsecError(
      "absent-class",
      `Class ${absent} has no rows, so that there is no ROC curve for it. Measure on rows of every class, or on fewer classes.`,
      { class: absent },
    );
  }
  return rowsOf;
}
