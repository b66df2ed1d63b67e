import { type ErrorDetails, MlsecError } from "@mlsec/preprocess";

/** A file that is no valid bundle, or not one of the kind that was expected. Nothing of it has been used. */
export class BundleError extends MlsecError {
  constructor(code: string, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(code, message, details, options);
  }
}
