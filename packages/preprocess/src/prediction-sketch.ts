import { type NumberSketch, sketchColumn, sketchFromState, type TextSketch } from "./fingerprint.js";
import { type Json, StateReader } from "./state.js";

/** What a model said of rows like its training rows, without the rows: what its later predictions are compared with. */
export interface PredictionSketch {
  /** Which rows were predicted, in words. */
  readonly measuredOn: string;
  /** Rows by predicted class; rows that could not be predicted are missing. */
  readonly classes: TextSketch;
  /**
   * Of an attack, for a threat detector; of the predicted class, for an attack classifier. Null where the rows were not
   * scored as new rows will be, and so only the classes can be compared.
   */
  readonly probabilities: NumberSketch | null;
}

/**
 * Summarises predictions, in at most `MAX_SKETCH_BYTES` for the classes and as much for the probabilities.
 *
 * @param classes the model's classes.
 * @param codes index into the classes per row; −1 for a row without a prediction.
 * @param probabilities NaN for a row without a prediction; null where they are not comparable.
 */
export function sketchPredictions(
  measuredOn: string,
  classes: readonly string[],
  codes: Int32Array,
  probabilities: Float64Array | null,
): PredictionSketch {
  return {
    measuredOn,
    classes: sketchColumn({ kind: "text", codes, dictionary: classes }) as TextSketch,
    probabilities:
      probabilities === null ? null : (sketchColumn({ kind: "number", values: probabilities }) as NumberSketch),
  };
}

/** A sketch of predictions from plain data, everything in it checked. @throws MlsecError `invalid-state`. */
export function predictionSketchFromJSON(json: Json | undefined): PredictionSketch {
  const reader: StateReader = new StateReader(json, "predictions");
  const classes = sketchFromState(reader.object("classes"));
  if (classes.type !== "text") reader.fail("classes", "a sketch of text");
  const probabilities = reader.has("probabilities") ? sketchFromState(reader.object("probabilities")) : null;
  if (probabilities?.type === "text") reader.fail("probabilities", "a sketch of numbers");
  if (probabilities?.quantiles.some((value) => value < 0 || value > 1))
    reader.fail("probabilities", "a sketch of numbers from 0 to 1");
  return { measuredOn: reader.string("measuredOn"), classes, probabilities };
}
