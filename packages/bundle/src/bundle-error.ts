import { type ErrorDetails, MlsecError } from "@mlsec/preprocess";
import { MAX_BUNDLE_BYTES } from "./limits.js";

/** A file that is no valid bundle, or not one of the kind that was expected. Nothing of it has been used. */
export class BundleError extends MlsecError {
  constructor(code: string, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(code, message, details, options);
  }
}

/** The error of a bundle of so many bytes, which are more than it may have. */
export function tooLarge(got: number): BundleError {
  return new BundleError("too-large", `A bundle has at most ${MAX_BUNDLE_BYTES} bytes, this one has ${got}.`, {
    limit: MAX_BUNDLE_BYTES,
    got,
  });
}
