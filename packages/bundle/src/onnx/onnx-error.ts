import { type ErrorDetails, MlsecError } from "@mlsec/preprocess";

/** A model that cannot be written as ONNX; the message says how it can. */
export class OnnxError extends MlsecError {
  constructor(code: string, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(code, message, details, options);
  }
}
