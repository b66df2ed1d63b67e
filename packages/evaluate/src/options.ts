import { MlsecError } from "@mlsec/preprocess";

/** The error of code `invalid-option` for an option that is not what it must be. */
export function invalidOption(option: string, expected: string, got: unknown): MlsecError {
  return new MlsecError("invalid-option", `${option} must be ${expected}, but is ${String(got)}.`, {
    option,
    expected,
    got,
  });
}
