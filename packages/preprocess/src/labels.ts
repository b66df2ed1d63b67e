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
 * @param names as `Table.texts` gives them.
 * @throws MlsecError `missing-label` for null; `unknown-class` for a name that the given classes lack.
 */
export function encodeLabels(names: readonly (string | null)[], classes?: readonly string[]): Labels {
  const present = names.map((name, row) => name ?? missingLabel(row));
  const order = classes ?? [...new Set(present)].sort(compareCodePoints);
  const codeOf = new Map(order.map((name, index) => [name, index]));
  const codes = Int32Array.from(present, (name, row) => codeOf.get(name) ?? unknownClass(name, row, order));
  return { codes, classes: order };
}

function missingLabel(row: number): never {
  throw new MlsecError("missing-label", `Row ${row + 1} has no label. Drop rows without one, as dropMissing does.`, {
    row,
  });
}

function unknownClass(name: string, row: number, expected: readonly string[]): never {
  throw new MlsecError(
    "unknown-class",
    `Row ${row + 1} has the class ${JSON.stringify(name)}, which is not one of the given ones.`,
    { row, got: name, expected },
  );
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
