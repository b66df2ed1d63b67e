import { accuracy, macroF1 } from "@mlsec/evaluate";
import { type Breather, type FeatureMatrix, type Labels, MlsecError } from "@mlsec/preprocess";
import { invalidOption } from "./checks.js";

/** Rows that a model is asked about at a time, so that a signal is noticed in between. */
const SLICE_ROWS = 8192;

/** What can be scored: a model that predicts class codes. */
export interface Predictor {
  predict(matrix: FeatureMatrix): ArrayLike<number>;
}

/**
 * How good a model is on some rows, more being better: by the accuracy or the macro mean of F1 of its predictions, or a
 * function of your own.
 */
export type Scorer<Model extends Predictor = Predictor> =
  | "accuracy"
  | "macroF1"
  | ((model: Model, matrix: FeatureMatrix, labels: Labels) => number);

/** @throws MlsecError `invalid-option`. */
export function requireScorer(scorer: unknown): void {
  if (scorer === "accuracy" || scorer === "macroF1" || typeof scorer === "function") return;
  throw invalidOption("scorer", '"accuracy", "macroF1" or a function', scorer);
}

/**
 * The score of a model. Predictions are made in slices of rows with a pause between them; a scorer of one's own sees all
 * rows at once, and runs without a pause.
 *
 * @throws MlsecError `invalid-score` for a score that is not finite, `aborted`.
 */
export async function scoreOf<Model extends Predictor>(
  model: Model,
  matrix: FeatureMatrix,
  labels: Labels,
  scorer: Scorer<Model>,
  breather: Breather,
): Promise<number> {
  if (typeof scorer === "function") {
    const score = scorer(model, matrix, labels);
    if (Number.isFinite(score)) return score;
    throw new MlsecError("invalid-score", `The scorer must give a finite number, but gave ${score}.`, { got: score });
  }
  const predicted = new Int32Array(matrix.rows);
  for (let from = 0; from < matrix.rows; from += SLICE_ROWS) {
    if (breather.due()) await breather.pause();
    const to = Math.min(matrix.rows, from + SLICE_ROWS);
    const columns = matrix.columns.map((column) => column.subarray(from, to));
    predicted.set(model.predict({ rows: to - from, features: matrix.features, columns }), from);
  }
  return scorer === "accuracy"
    ? accuracy(labels.codes, predicted)
    : macroF1(labels.codes, predicted, labels.classes.length);
}
