import type { TrainingFingerprint } from "./fingerprint.js";
import type { PredictionSketch } from "./prediction-sketch.js";
import type { Preprocessor } from "./preprocessor/preprocessor.js";
import type { Json } from "./state.js";
import type { Cell } from "./table.js";

/** The two kinds of model. */
export type ModelKind = "threat_detector" | "attack_classifier";

/** A threshold on the probability of the attack class (attack where it is greater), and how it was chosen. */
export interface Threshold {
  readonly value: number;
  readonly chosenBy: string;
}

/** Metrics with the rows they were measured on. */
export interface MeasuredMetrics {
  /** For example "test part, 20 % of the rows, stratified". */
  readonly measuredOn: string;
  readonly rows: number;
  readonly values: Readonly<Record<string, Json>>;
}

/** Where a model comes from. */
export interface Provenance {
  readonly seed: number;
  /** How the rows were divided, in words and numbers. */
  readonly split: string;
  readonly metrics: readonly MeasuredMetrics[];
  readonly fingerprint: TrainingFingerprint;
  /** What the model said of rows like its training rows: what drift of its predictions is measured from. Null where not kept. */
  readonly predictions: PredictionSketch | null;
  /**
   * What computed the features from traffic: a profile of `@mlsec/flows` ("cic2017", "cic-improved", "cic-fixed", "kdd"), or another meter's
   * name. Features of another profile have the same names and other values. Null where the training was not told.
   */
  readonly flowProfile: string | null;
  /** Versions of the libraries that made it, by name. */
  readonly libraries: Readonly<Record<string, string>>;
  /** Options of the training that are not visible in the model itself. */
  readonly options: Readonly<Record<string, Json>>;
}

/**
 * A trained model with everything that turns a table of raw columns into verdicts: what training returns, saving writes
 * and loading gives back.
 */
export interface TrainedPipeline<Kind extends ModelKind = ModelKind, Model = unknown> {
  readonly kind: Kind;
  readonly preprocessor: Preprocessor;
  readonly model: Model;
  /** Class names in the model's order. */
  readonly classes: readonly string[];
  /** The class that means "attack", by name; null where several classes are attacks. */
  readonly attackClass: string | null;
  /** The class that means "no attack", by name. */
  readonly normalClass: string;
  /** For a binary model; null for others. */
  readonly threshold: Threshold | null;
  /**
   * The cells of a typical normal training row, in the order of the preprocessor's inputs: what explanations compare with.
   * Null where none was kept.
   */
  readonly baseline: readonly Cell[] | null;
  readonly provenance: Provenance;
}
