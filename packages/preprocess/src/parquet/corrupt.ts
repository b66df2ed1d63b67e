import { type ErrorDetails, MlsecError } from "../errors.js";

/** The error of a Parquet file that breaks its format. */
export function corrupt(what: string, details: ErrorDetails = {}, cause?: unknown): MlsecError {
  return new MlsecError(
    "parquet-corrupt",
    `The Parquet file is damaged: ${what}. Write or fetch it again.`,
    details,
    cause === undefined ? undefined : { cause },
  );
}
