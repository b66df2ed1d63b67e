import { MlsecError } from "@mlsec/preprocess";
import { invalidOption } from "./options.js";

/** One value per row of the two arguments. @throws MlsecError `length-mismatch` or `no-rows`. */
export function requireSameRows(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  firstName: string,
  secondName: string,
): void {
  if (first.length !== second.length) {
    throw new MlsecError(
      "length-mismatch",
      `${firstName} has ${first.length} rows, but ${secondName} has ${second.length}: both need one value per row, in the same order.`,
      { expected: first.length, got: second.length },
    );
  }
  requireRows(first, firstName);
}

/** @throws MlsecError `no-rows`: a metric over nothing is not a number. */
export function requireRows(values: ArrayLike<number>, name: string): void {
  if (values.length > 0) return;
  throw new MlsecError("no-rows", `${name} is empty: a metric needs at least one row.`);
}

/** A usable number of classes. @throws MlsecError `invalid-option`. */
export function requireClassCount(nClasses: number): void {
  if (Number.isSafeInteger(nClasses) && nClasses > 0) return;
  throw invalidOption("nClasses", "a positive integer", nClasses);
}

/** Every value is an integer from 0 to `nClasses` − 1. @throws MlsecError `code-out-of-range`. */
export function requireCodes(codes: ArrayLike<number>, nClasses: number, name: string): void {
  const wrong = scan(codes, (code) => code >= 0 && code < nClasses && Number.isInteger(code));
  if (wrong === undefined) return;
  throw new MlsecError(
    "code-out-of-range",
    `${name} must hold class codes from 0 to ${nClasses - 1}, but row ${wrong.row} is ${wrong.got}${more(wrong.count)}.`,
    { ...wrong, expected: `an integer from 0 to ${nClasses - 1}` },
  );
}

/** Every value is finite. @throws MlsecError `not-finite`. */
export function requireFinite(values: ArrayLike<number>, name: string): void {
  const wrong = scan(values, Number.isFinite);
  if (wrong === undefined) return;
  throw new MlsecError(
    "not-finite",
    `${name} must hold finite numbers, but row ${wrong.row} is ${wrong.got}${more(wrong.count)}.`,
    { ...wrong, expected: "a finite number" },
  );
}

/** Every value is a probability. @throws MlsecError `not-finite` or `not-a-probability`. */
export function requireProbabilities(values: ArrayLike<number>, name: string): void {
  requireFinite(values, name);
  const wrong = scan(values, (value) => value >= 0 && value <= 1);
  if (wrong === undefined) return;
  throw new MlsecError(
    "not-a-probability",
    `${name} must hold probabilities from 0 to 1, but value ${wrong.row} is ${wrong.got}${more(wrong.count)}.`,
    { ...wrong, expected: "a number from 0 to 1" },
  );
}

interface Offence {
  /** Where the first offending value stands. */
  readonly row: number;
  readonly got: number;
  /** How many offend in all. */
  readonly count: number;
}

function scan(values: ArrayLike<number>, accept: (value: number) => boolean): Offence | undefined {
  let row = -1;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (accept(values[i]!)) continue;
    if (count++ === 0) row = i;
  }
  return count === 0 ? undefined : { row, got: values[row]!, count };
}

function more(count: number): string {
  return count === 1 ? "" : `, and so are ${count - 1} more out of place`;
}
