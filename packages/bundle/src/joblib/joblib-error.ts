import { type ErrorDetails, MlsecError } from "@mlsec/preprocess";

/**
 * A joblib or pickle file that cannot be read, or holds what no mlsec object can be made of. Where a byte is to blame,
 * `details.offset` is its place in the file, in the unpacked one where it was compressed.
 */
export class JoblibError extends MlsecError {
  constructor(code: string, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(code, message, details, options);
  }
}

/** The error of bytes that no pickler writes. */
export function invalidPickle(offset: number, what: string): JoblibError {
  return new JoblibError("invalid-pickle", `Byte ${offset}: ${what}. The file is damaged, or no pickle.`, { offset });
}

/** The error of a file that asks for more than it may. */
export function beyondLimit(offset: number, what: string, limit: number): JoblibError {
  return new JoblibError("too-large", `Byte ${offset}: more than ${limit} ${what}, which is the limit.`, {
    offset,
    limit,
  });
}

/** A name of the file for a message: not long, and without control characters. */
export function shownName(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}
