import type { Labels, Threshold } from "@mlsec/preprocess";
import type { Traffic } from "../alerts.js";
import type { DatasetAudit } from "../audit/audit-dataset.js";

/**
 * What a report shows: plain data. Every part but the title may be left out, and has no section then. All texts are taken
 * for text, whatever they hold.
 */
export interface ReportContent {
  readonly title: string;
  /** What was trained, or measured, on what: a sentence below the title. */
  readonly subtitle?: string | undefined;
  /** The detector, measured on rows that neither trained it nor chose its threshold. */
  readonly detector?: DetectorEvaluation | undefined;
  /** The classifier of several classes, measured on rows that did not train it. */
  readonly classifier?: ClassifierEvaluation | undefined;
  readonly importances?: FeatureImportances | undefined;
  /** One for each network, or other model that learns in epochs. */
  readonly training?: readonly TrainingCurve[] | undefined;
  /** As `auditDataset` gives it. */
  readonly audit?: DatasetAudit | undefined;
  /** The model card: what the model is, and where it comes from. */
  readonly facts?: readonly FactGroup[] | undefined;
}

/** A detector of two classes, row by row. */
export interface DetectorEvaluation {
  /** 1 for a row of the positive class (an attack), 0 for any other. */
  readonly isPositive: ArrayLike<number>;
  /**
   * One finite score per row; higher means more likely positive. Calibration is shown where all of them are probabilities,
   * 0 to 1.
   */
  readonly scores: ArrayLike<number>;
  /** A row is flagged where its score is greater. */
  readonly threshold: Threshold;
  /** Names of the classes, the positive one last. Default "Normal" and "Attack". */
  readonly classes?: readonly [string, string] | undefined;
  /** For each row the label that it came with, such as the type of its attack: shows how well each of several types is found. */
  readonly types?: readonly string[] | undefined;
  /** Where the detector is to work: shows its alerts per day there. */
  readonly traffic?: Traffic | undefined;
}

/** A classifier of several classes, row by row. */
export interface ClassifierEvaluation {
  /** The true class of each row, with the class names. */
  readonly labels: Labels;
  /** The predicted class of each row, as an index into `labels.classes`. */
  readonly predicted: ArrayLike<number>;
  /** Rows × classes, row by row, as `predictProba` gives them: shows how well each class is told from all others. */
  readonly probabilities?: ArrayLike<number> | undefined;
}

/** How much each feature matters to a model. */
export interface FeatureImportances {
  /** In words, what the numbers are: "mean decrease of impurity". */
  readonly measure: string;
  /** In any order; shown from the greatest down. */
  readonly features: readonly {
    readonly feature: string;
    /** Any finite number; 0 means that the model does not need the feature. */
    readonly importance: number;
    /** Its standard deviation, at least 0, where it was measured repeatedly. */
    readonly sd?: number | undefined;
  }[];
}

/** How a training went. */
export interface TrainingCurve {
  /** Whose: "LSTM, fold 2". */
  readonly name: string;
  readonly epochs: readonly {
    /** From 1, ascending. */
    readonly epoch: number;
    /** Mean loss over the training rows; null where it is not known. */
    readonly loss: number | null;
    /** Mean loss over the validation rows; null where it is not known. */
    readonly validationLoss: number | null;
  }[];
  /** The epoch whose model was kept; null where none was chosen. */
  readonly bestEpoch: number | null;
}

/** Facts that belong together, under a heading. */
export interface FactGroup {
  readonly title: string;
  readonly facts: readonly Fact[];
}

/** A name and what it stands for. Whole numbers are shown in groups of three digits, null as "none". */
export interface Fact {
  readonly name: string;
  readonly value: string | number | boolean | null | readonly (string | number)[];
}
