/**
 * How far new data is from what was expected: `"none"`, or no further than chance explains; `"watch"`: something changed;
 * `"drift"`: enough that figures measured before need not hold any more.
 */
export type DriftLevel = "none" | "watch" | "drift";

/** From which size on a change is to be watched, and drift, if chance does not explain it. */
export const driftThresholds: {
  /** Of the population stability index of a column: the convention of credit scoring (Siddiqi, 2006). */
  readonly psi: { readonly watch: number; readonly drift: number };
  /** Of the difference of two shares, 0 to 1: of cells that are missing, infinite, out of range, of new categories. */
  readonly share: { readonly watch: number; readonly drift: number };
} = {
  psi: { watch: 0.1, drift: 0.25 },
  share: { watch: 0.01, drift: 0.05 },
};

/** One thing that was tested. */
export interface DriftCheck {
  readonly check: "distribution" | "missing" | "infinite" | "out-of-range" | "new-categories";
  readonly level: DriftLevel;
  /** The population stability index of a distribution; else by how much the share grew, −1 to 1. */
  readonly size: number;
  /**
   * How probable such a change is by chance: of numbers by the Kolmogorov–Smirnov test, of shares by Chernoff's bound, of
   * categories by that of the share that changed most, of new values by that of all of them being in the new rows; corrected for the number of the report's tests (Holm, 1979).
   */
  readonly p: number;
}

/** A share of the training rows and of the new rows, 0 to 1. */
export interface SharePair {
  readonly training: number;
  readonly now: number;
}

/** Categories that training had not. */
export interface NewCategories {
  readonly rows: number;
  /** Of the rows that have a category, 0 to 1. */
  readonly share: number;
  /** The most frequent ones, at most ten. */
  readonly examples: readonly { readonly category: string; readonly rows: number }[];
}

interface ColumnDrift {
  readonly name: string;
  /** The worst of the checks. */
  readonly level: DriftLevel;
  readonly checks: readonly DriftCheck[];
  /** The population stability index; null where either side has nothing but missing cells. */
  readonly psi: number | null;
  /** About what the index is without drift, for so many bins and rows. */
  readonly psiByChance: number | null;
  readonly missing: SharePair;
}

/** A column of numbers. Distances are of the finite values, null where either side has none. */
export interface NumberDrift extends ColumnDrift {
  readonly type: "number";
  /** The Kolmogorov–Smirnov distance, 0 to 1, at the points of the sketch: at most the distance between all values. */
  readonly ks: number | null;
  /**
   * The Wasserstein distance, in the unit of the values: by the sketch, which can give half of that of all values where
   * only a long tail changed.
   */
  readonly wasserstein: number | null;
  /** The same in units of the training values' mean distance from their median; null, too, where these are all equal. */
  readonly normalizedWasserstein: number | null;
  readonly infinite: SharePair;
  /** Finite new values below the least and above the greatest training value. */
  readonly belowRange: number;
  readonly aboveRange: number;
}

/** A column of categories. */
export interface TextDrift extends ColumnDrift {
  readonly type: "text";
  /**
   * Half the sum of the differences of the categories' shares, 0 to 1: those that the sketch has no room for count as one,
   * and so do new ones. Null where either side has nothing but missing cells.
   */
  readonly totalVariation: number | null;
  /** Null where the sketch had no room for all categories: then rare ones cannot be told from new ones. */
  readonly newCategories: NewCategories | null;
}

export type FeatureDrift = NumberDrift | TextDrift;

/** How the predictions of the new rows differ from those that the model made before. */
export interface PredictionDrift {
  readonly level: DriftLevel;
  /** Which rows the expected predictions are of. */
  readonly measuredOn: string;
  readonly classes: TextDrift;
  /** Null where the expected predictions have none to compare with. */
  readonly probabilities: NumberDrift | null;
}

/** What was found. Plain JSON. */
export interface DriftReport {
  /** The worst of the features and the predictions. */
  readonly verdict: DriftLevel;
  readonly trainingRows: number;
  readonly rows: number;
  /** The most probable it is that a report without any drift has an alert. */
  readonly significance: number;
  /** How many tests share that. */
  readonly tests: number;
  /** The least Kolmogorov–Smirnov distance of a column that so few rows tell from chance. */
  readonly detectableDistance: number;
  /** In the order of the training columns. */
  readonly features: readonly FeatureDrift[];
  /** Null where no predictions were expected, or none were added. */
  readonly predictions: PredictionDrift | null;
}
