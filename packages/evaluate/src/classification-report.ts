import type { Labels } from "@mlsec/preprocess";
import { accuracy } from "./confusion-matrix.js";
import { precisionRecallFscore, type Scores } from "./precision-recall.js";

/** Precision, recall and F1, each from 0 to 1, and the number of true rows that they rest on. */
export interface ReportScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

/** The line of one class in a report. */
export interface ReportLine extends ReportScores {
  readonly class: string;
}

/** What `classificationReport` returns: plain data, ready for `JSON.stringify`. */
export interface ClassificationReport {
  readonly accuracy: number;
  /** One line per class, in class order. */
  readonly perClass: readonly ReportLine[];
  /** The plain mean over the classes that occur among the true or the predicted rows. */
  readonly macro: ReportScores;
  /** The mean weighted by support. */
  readonly weighted: ReportScores;
  /** Metrics that are 0 only because their divisor is 0, in the classes that occur. */
  readonly undefinedMetrics: readonly { readonly class: string; readonly metric: "precision" | "recall" | "f1" }[];
  /** Classes with neither true nor predicted rows: 0 throughout, and left out of the macro mean. */
  readonly absentClasses: readonly string[];
}

/**
 * How well a classifier does, class by class, with the values of scikit-learn's `classification_report`.
 *
 * Two things differ. Divisions by zero give 0 and are listed instead of warned about. And the macro mean runs over the
 * classes that occur among the true or the predicted rows, as scikit-learn's does where it is given no list of labels:
 * classes that the data at hand lacks altogether are listed, not averaged in as zeros.
 *
 * @param labels the true class of each row, with the class names.
 * @param predictedCodes the predicted class of each row, as an index into `labels.classes`.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, or `invalid-option` where there are no
 * classes.
 */
export function classificationReport(labels: Labels, predictedCodes: ArrayLike<number>): ClassificationReport {
  const { perClass, average, undefinedMetrics, absentClasses } = precisionRecallFscore(
    labels.codes,
    predictedCodes,
    labels.classes,
  );
  const rows = labels.codes.length;
  return {
    accuracy: accuracy(labels.codes, predictedCodes),
    perClass: perClass.map((line) => ({ class: line.class, ...withF1(line, line.support) })),
    macro: withF1(average.macro, rows),
    weighted: withF1(average.weighted, rows),
    undefinedMetrics: undefinedMetrics.map(({ class: name, metric }) => ({
      class: name,
      metric: metric === "fscore" ? "f1" : metric,
    })),
    absentClasses,
  };
}

function withF1({ precision, recall, fscore }: Scores, support: number): ReportScores {
  return { precision, recall, f1: fscore, support };
}
