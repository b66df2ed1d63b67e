import { MlsecError } from "@mlsec/preprocess";

/** Keeps one over the largest deviation finite. */
const SMALLEST_DEVIATION = 1e-300;
/** 2^−40: brings sums of deviations near the end of a double's range back into it. */
const DOWN = 9.094947017729282e-13;

/**
 * What centres a column and brings it into [−1, 1]: z = (x · scale − origin − shift) · unit. The origin is one of the
 * column's own values, so that the differences to it are exact, or nearly, on a large offset; one over the largest
 * deviation as the unit keeps the squares within a double's range. A unit of 0 marks a constant column.
 */
export interface Standardisation {
  readonly scale: number;
  readonly origin: number;
  readonly shift: number;
  readonly unit: number;
}

/**
 * @returns null for a column with missing values.
 * @throws MlsecError `not-finite` for an infinity.
 */
export function standardisation(values: Float64Array, feature: string): Standardisation | null {
  const plain = deviations(values, 1);
  if (plain.sum - plain.sum === 0) return fromDeviations(plain, values.length);
  let missing = false;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value - value === 0) continue;
    if (!Number.isNaN(value)) throw notFinite(feature, row, value);
    missing = true;
  }
  return missing ? null : fromDeviations(deviations(values, DOWN), values.length);
}

/** Writes standardised values to a block. */
export function standardise(
  values: Float64Array,
  from: number,
  rows: number,
  { scale, origin, shift, unit }: Standardisation,
  block: Float64Array,
  at: number,
): void {
  for (let i = 0; i < rows; i++) block[at + i] = (values[from + i]! * scale - origin - shift) * unit;
}

export function notFinite(feature: string, row: number, value: number): MlsecError {
  const what = Number.isNaN(value) ? "missing (NaN)" : `${value}`;
  const remedy = Number.isNaN(value)
    ? 'impute or remove such rows first, or ask for `missing: "pairwise"`.'
    : "remove or replace such rows first.";
  return new MlsecError(
    "not-finite",
    `Feature ${JSON.stringify(feature)} is ${what} in row ${row}; correlations need finite values: ${remedy}`,
    { column: feature, row, value },
  );
}

interface Deviations {
  readonly scale: number;
  readonly origin: number;
  readonly sum: number;
  readonly low: number;
  readonly high: number;
}

/** The sum and the extremes of the differences to the first value. */
function deviations(values: Float64Array, scale: number): Deviations {
  const origin = (values[0] ?? 0) * scale;
  let sum = 0;
  let low = 0;
  let high = 0;
  for (let row = 0; row < values.length; row++) {
    const deviation = values[row]! * scale - origin;
    sum += deviation;
    if (deviation < low) low = deviation;
    if (deviation > high) high = deviation;
  }
  return { scale, origin, sum, low, high };
}

function fromDeviations({ scale, origin, sum, low, high }: Deviations, rows: number): Standardisation {
  if (low === high) return { scale, origin, shift: 0, unit: 0 };
  const shift = sum / rows;
  return { scale, origin, shift, unit: 1 / Math.max(high - shift, shift - low, SMALLEST_DEVIATION) };
}
