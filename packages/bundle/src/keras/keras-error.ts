import { type ErrorDetails, MlsecError } from "@mlsec/preprocess";

/**
 * A file of Keras that cannot be read, or holds what the networks here do not have. Where a layer is to blame, it is in
 * `details.layer`, and its option in `details.option`.
 */
export class KerasError extends MlsecError {
  constructor(code: string, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(code, message, details, options);
  }
}

/** The error of a file that is damaged, or none of Keras. */
export function invalidKeras(what: string, details: ErrorDetails = {}, cause?: unknown): KerasError {
  return new KerasError("invalid-keras", what, details, cause === undefined ? undefined : { cause });
}

/** The error of a layer that no network here has. */
export function unsupportedLayer(layer: string, what: string): KerasError {
  return new KerasError("unsupported-layer", `The layer ${shown(layer)} ${what}.`, { layer: layer.slice(0, 200) });
}

/** The error of a layer's option that no network here has, or not with this value. */
export function unsupportedOption(layer: string, option: string, value: unknown, instead: string): KerasError {
  return new KerasError(
    "unsupported-option",
    `The layer ${shown(layer)} has ${option.slice(0, 100)} ${shownValue(value)}, which networks here do not have; ${instead}.`,
    { layer: layer.slice(0, 200), option: option.slice(0, 100) },
  );
}

/** The error of a file that asks for more than it may. */
export function tooLarge(what: string, limit: number): KerasError {
  return new KerasError("too-large", `${what}; the limit is ${limit}.`, { limit });
}

/** A name of the file for a message: not long, and without control characters. */
export function shown(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

function shownValue(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
