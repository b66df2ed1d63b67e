import { type ErrorDetails, MlsecError } from "@mlsec/preprocess";

/**
 * A log of connections that cannot be read as it stands. Codes: `record-issues` (`details.issues` holds the first findings,
 * `details.total` their number, `details.counts` how many of each kind), `no-header`, `bad-header`, `missing-field`.
 */
export class RecordError extends MlsecError {
  constructor(code: string, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(code, message, details, options);
  }
}
