import { type Labels, MlsecError } from "@mlsec/preprocess";

/** @throws MlsecError `length-mismatch` unless there is a label for each row, `no-rows`, `no-features`. */
export function requireLabelled(matrix: { rows: number; features: readonly string[] }, labels: Labels): void {
  if (matrix.features.length === 0) throw new MlsecError("no-features", "There are no features to select from.");
  if (matrix.rows === 0) throw new MlsecError("no-rows", "There are no rows to select features by.");
  if (labels.codes.length === matrix.rows) return;
  throw new MlsecError("length-mismatch", `There are ${labels.codes.length} labels for ${matrix.rows} rows.`, {
    expected: matrix.rows,
    got: labels.codes.length,
  });
}

/** @throws MlsecError `invalid-option` unless the value is a whole number in the range. */
export function requireCount(option: string, value: number, min: number, max: number = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw invalidOption(option, `a whole number ${range}`, value);
}

export function invalidOption(option: string, expected: string, got: unknown): MlsecError {
  const shown = typeof got === "string" ? JSON.stringify(got) : String(got);
  return new MlsecError("invalid-option", `${option} must be ${expected}, but is ${shown}.`, { option, expected, got });
}

/**
 * @param missing whether NaN is allowed.
 * @throws MlsecError `not-finite`, naming the feature and the first row with an infinity or, unless allowed, with NaN.
 */
export function requireFinite(column: Float64Array, feature: string, use: string, missing = false): void {
  for (let row = 0; row < column.length; row++) {
    const value = column[row]!;
    if (value - value === 0 || (missing && Number.isNaN(value))) continue;
    throw new MlsecError(
      "not-finite",
      `Feature ${JSON.stringify(feature)} is ${Number.isNaN(value) ? "missing (NaN)" : value} in row ${row}; ` +
        `${use} takes finite values: impute, replace or remove such rows first.`,
      { column: feature, row, value },
    );
  }
}
