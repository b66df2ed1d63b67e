import { type Breather, type FeatureMatrix, type Labels, listSome, MlsecError } from "@mlsec/preprocess";

/** What a feature holds that a tree cannot see. */
interface BadValues {
  readonly feature: string;
  /** The first row at fault, from 0. */
  readonly row: number;
  readonly value: number;
  /** How many rows of this feature are at fault. */
  readonly count: number;
}

/**
 * Checks that every value that is not missing (NaN) is finite and within float32's range.
 *
 * @throws MlsecError `not-finite` with the first bad value of every feature at fault and the total count.
 */
export async function checkRange(matrix: FeatureMatrix, breather: Breather): Promise<void> {
  const problems: BadValues[] = [];
  for (const [index, column] of matrix.columns.entries()) {
    if (breather.due()) await breather.pause();
    // The largest magnitude; comparisons with NaN are false.
    let largest = 0;
    for (let row = 0; row < column.length; row++) {
      const magnitude = Math.abs(Math.fround(column[row]!));
      if (magnitude > largest) largest = magnitude;
    }
    if (largest === Number.POSITIVE_INFINITY) problems.push(describeBad(matrix.features[index]!, column));
  }
  const [first] = problems;
  if (first === undefined) return;
  const count = problems.reduce((total, problem) => total + problem.count, 0);
  const others = problems.slice(1).map((problem) => problem.feature);
  throw new MlsecError(
    "not-finite",
    `Feature ${JSON.stringify(first.feature)} has the value ${first.value} in row ${first.row}` +
      `${first.count > 1 ? ` and ${first.count - 1} more values like it` : ""}` +
      `${others.length > 0 ? `; so have ${listSome(others)}` : ""}. ` +
      "Trees take numbers within float32's range (±3.4e38), and NaN where a value is missing: remove or replace these rows first.",
    { feature: first.feature, row: first.row, value: first.value, count, problems },
  );
}

function describeBad(feature: string, column: Float64Array): BadValues {
  let row = -1;
  let count = 0;
  for (let i = 0; i < column.length; i++) {
    if (Math.abs(Math.fround(column[i]!)) !== Number.POSITIVE_INFINITY) continue;
    if (count === 0) row = i;
    count++;
  }
  return { feature, row, value: column[row]!, count };
}

/**
 * Checks that a matrix has the model's features, to the letter and in order.
 *
 * @throws MlsecError `feature-mismatch` naming the first difference, with all missing and unexpected names.
 */
export function checkFeatures(expected: readonly string[], got: readonly string[]): void {
  const length = Math.max(expected.length, got.length);
  for (let i = 0; i < length; i++) {
    if (expected[i] === got[i]) continue;
    const missing = expected.filter((name) => !got.includes(name));
    const unexpected = got.filter((name) => !expected.includes(name));
    const hints = [
      missing.length > 0 ? `Missing: ${listSome(missing)}.` : "",
      unexpected.length > 0 ? `Unexpected: ${listSome(unexpected)}.` : "",
      missing.length + unexpected.length === 0 ? "The names are the same in another order." : "",
    ];
    throw new MlsecError(
      "feature-mismatch",
      `Feature ${i} must be ${quoted(expected[i])}, but is ${quoted(got[i])}. ${hints.filter(Boolean).join(" ")} ` +
        "Select the model's features in its order first.",
      { index: i, expected: expected[i] ?? null, got: got[i] ?? null, missing, unexpected },
    );
  }
}

function quoted(name: string | undefined): string {
  return name === undefined ? "absent" : JSON.stringify(name);
}

/**
 * Checks that there is something to learn from: rows, features, and a known class for every row.
 *
 * @throws MlsecError `no-rows`, `no-features`, `length-mismatch` or `invalid-labels`.
 */
export function checkTrainingShape(matrix: { rows: number; features: readonly string[] }, labels: Labels): void {
  if (matrix.features.length === 0) throw new MlsecError("no-features", "A tree needs at least one feature.");
  if (matrix.rows === 0) throw new MlsecError("no-rows", "A tree needs at least one row to learn from.");
  if (labels.codes.length !== matrix.rows) {
    throw new MlsecError("length-mismatch", `There are ${labels.codes.length} labels for ${matrix.rows} rows.`, {
      expected: matrix.rows,
      got: labels.codes.length,
    });
  }
  const row = labels.codes.findIndex((code) => code < 0 || code >= labels.classes.length);
  if (row >= 0) {
    throw new MlsecError(
      "invalid-labels",
      `Row ${row} has the class index ${labels.codes[row]}, but there are ${labels.classes.length} classes.`,
      { row, got: labels.codes[row], classes: labels.classes.length },
    );
  }
}

/** @throws MlsecError `length-mismatch` unless a row has one value per feature. */
export function requireLength(row: ArrayLike<number>, features: number): void {
  if (row.length === features) return;
  throw new MlsecError(
    "length-mismatch",
    `A row must have ${features} values, one per feature, but has ${row.length}.`,
    { expected: features, got: row.length },
  );
}

/** @throws MlsecError `code-out-of-range` unless it is the index of a class. */
export function requireCode(code: number, classes: number): void {
  if (Number.isInteger(code) && code >= 0 && code < classes) return;
  throw new MlsecError("code-out-of-range", `There are ${classes} classes, and none of index ${code}.`, { got: code });
}
