import { MlsecError } from "./errors.js";
import { requireRows } from "./rows.js";
import { compareCodePoints } from "./text.js";

/** Class labels of rows: `codes[i]` is an index into `classes`. */
export interface Labels {
  readonly codes: Int32Array;
  readonly classes: readonly string[];
}

/**
 * Labels from one class name per row. The classes are the distinct names in code-point order, as scikit-learn's
 * LabelEncoder sorts them, unless an order is given.
 *
 * @throws MlsecError `unknown-class` for a name that the given classes lack.
 */
export function encodeLabels(names: readonly string[], classes?: readonly string[]): Labels {
  const order = classes ?? [...new Set(names)].sort(compareCodePoints);
  const codeOf = new Map(order.map((name, index) => [name, index]));
  const codes = Int32Array.from(names, (name, row) => {
    const code = codeOf.get(name);
    if (code === undefined) {
      throw new MlsecError(
        "unknown-class",
        `Row ${row} has the class ${JSON.stringify(name)}, which is not one of the given ones.`,
        {
          row,
          got: name,
          expected: order,
        },
      );
    }
    return code;
  });
  return { codes, classes: order };
}

/** The labels of the given rows, in the given order, with the same classes. @throws MlsecError `row-out-of-range`. */
export function takeLabels(labels: Labels, rows: Int32Array): Labels {
  requireRows(rows, labels.codes.length);
  return { codes: Int32Array.from(rows, (row) => labels.codes[row]!), classes: labels.classes };
}

/** How many rows each class has, in class order. */
export function countClasses(labels: Labels): Int32Array {
  const counts = new Int32Array(labels.classes.length);
  for (const code of labels.codes) counts[code]!++;
  return counts;
}
