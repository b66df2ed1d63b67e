import { MlsecError } from "@mlsec/preprocess";
import { requireCodes, requireFinite, requireProbabilities, requireSameRows } from "../checks.js";
import { invalidOption } from "../options.js";
import type {
  ClassifierEvaluation,
  DetectorEvaluation,
  FeatureImportances,
  ReportContent,
  TrainingCurve,
} from "./content.js";

/**
 * What metrics check themselves is left to them; this is the rest.
 *
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, `not-finite`, `not-a-probability`, `invalid-option`.
 */
export function checkContent({ title, detector, classifier, importances, training = [] }: ReportContent): void {
  if (typeof title !== "string" || title.trim() === "") throw invalidOption("title", "a text that is not empty", title);
  if (detector !== undefined) checkDetector(detector);
  if (classifier !== undefined) checkClassifier(classifier);
  if (importances !== undefined) checkImportances(importances);
  training.forEach(checkTraining);
}

function checkDetector({ isPositive, scores, threshold, types }: DetectorEvaluation): void {
  requireSameRows(isPositive, scores, "isPositive", "scores");
  requireCodes(isPositive, 2, "isPositive");
  requireFinite(scores, "scores");
  if (!Number.isFinite(threshold.value)) throw invalidOption("threshold.value", "a finite number", threshold.value);
  if (types !== undefined && types.length !== isPositive.length)
    throw lengths("types", isPositive.length, types.length);
}

function checkClassifier({ labels, predicted, probabilities }: ClassifierEvaluation): void {
  requireSameRows(labels.codes, predicted, "labels", "predicted");
  requireCodes(labels.codes, labels.classes.length, "labels");
  requireCodes(predicted, labels.classes.length, "predicted");
  if (probabilities === undefined) return;
  const expected = labels.codes.length * labels.classes.length;
  if (probabilities.length !== expected) throw lengths("probabilities", expected, probabilities.length);
  requireProbabilities(probabilities, "probabilities");
}

function checkImportances({ features }: FeatureImportances): void {
  requireFinite(
    features.map(({ importance }) => importance),
    "importances",
  );
  const wrong = features.find(({ sd }) => sd !== undefined && !(sd >= 0 && sd < Number.POSITIVE_INFINITY));
  if (wrong !== undefined) throw invalidOption("sd", "a finite number of at least 0", wrong.sd);
}

function checkTraining({ name, epochs }: TrainingCurve): void {
  if (epochs.length === 0) throw invalidOption("epochs", `at least one for ${JSON.stringify(name)}`, "none");
  let before = 0;
  for (const { epoch, loss, validationLoss } of epochs) {
    if (!Number.isSafeInteger(epoch) || epoch <= before)
      throw invalidOption("epoch", `a whole number above ${before}`, epoch);
    before = epoch;
    for (const value of [loss, validationLoss])
      if (value !== null && !(value >= 0 && value < Number.POSITIVE_INFINITY))
        throw invalidOption("loss", "null or a finite number of at least 0", value);
  }
}

function lengths(what: string, expected: number, got: number): MlsecError {
  return new MlsecError("length-mismatch", `${what} has ${got} values where the rows need ${expected}.`, {
    expected,
    got,
  });
}
