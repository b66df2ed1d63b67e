/** What an error carries besides its message: positions (0-based `row`, `column` by name), what was expected, what was found. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * The base of every error that mlsec throws on purpose.
 *
 * `code` is stable and meant for programs, `message` says what is wrong, where, and what to do, and `details` carries
 * the same facts as data. Packages derive their own classes from it.
 */
export class MlsecError extends Error {
  readonly code: string;
  readonly details: ErrorDetails;

  constructor(code: string, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/**
 * Formats some of many values for an error message: `"a", "b", "c" and 7 more`.
 *
 * @param values what to list.
 * @param limit how many to write out; default 5.
 */
export function listSome(values: readonly (string | number)[], limit = 5): string {
  const shown = values.slice(0, limit).map((value) => JSON.stringify(value));
  const rest = values.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}
