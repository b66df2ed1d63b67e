import { isNumericArray, type State } from "@mlsec/preprocess";
import type { ThreatPipeline } from "../../manifest.js";
import { dict, numberArray, PythonFloat, textArray, type Writable, WritableObject } from "./values.js";

/** The class of `mlsec_backend.py`. */
export const BACKEND_CLASS = "mlsec_backend.MlsecModel";

/** Of the states in a `MlsecModel`. */
export const BACKEND_FORMAT = 1;

/**
 * The model of a backend's threat layout: an object of `mlsec_backend.MlsecModel`, which computes scores from the states of the
 * ensemble and, where the layout has no fields for them, of the preprocessor's steps.
 *
 * @param columns those that the backend hands over, in order.
 * @param transforms whether the model does the preprocessing: it then takes raw columns, texts as codes.
 */
export function backendModel(
  { preprocessor, model, classes, threshold }: ThreatPipeline,
  columns: readonly string[],
  transforms: boolean,
): WritableObject {
  return new WritableObject(
    BACKEND_CLASS,
    dict({
      format: BACKEND_FORMAT,
      class_names: classes,
      threshold: new PythonFloat(threshold?.value ?? 0.5),
      feature_names_in_: textArray(columns),
      preprocessor: transforms ? writableState(preprocessor.toState()) : null,
      ensemble: writableState(model.toState()),
    }),
  );
}

/** A state as dicts, lists and arrays. */
export function writableState(state: State): Writable {
  if (isNumericArray(state)) return numberArray(state instanceof Uint8Array ? Int32Array.from(state) : state);
  if (Array.isArray(state)) return (state as readonly State[]).map(writableState);
  if (state === null || typeof state !== "object") return state as Writable;
  return new Map(Object.entries(state as Record<string, State>).map(([key, part]) => [key, writableState(part)]));
}
