import {
  DEFAULT_SEED,
  type FeatureMatrix,
  type FitOptions,
  type Json,
  type Labels,
  MlsecError,
  throwIfAborted,
} from "@mlsec/preprocess";
import { RandomForestClassifier, type RankedMatrix, rankColumns } from "@mlsec/trees";

/**
 * Fits something to the features still left and says how much each of them matters, in their order. The matrix holds
 * ranks, which our trees and forests take as they are; `columns[j].values[columns[j].ranks[i]]` is the float32 value of
 * feature j in row i.
 */
export type ImportanceEstimator = (
  matrix: RankedMatrix,
  labels: Labels,
  options: { readonly seed: number; readonly signal: AbortSignal | undefined },
) => Promise<{ readonly featureImportances: ArrayLike<number> }>;

/** Options of `rfe`; `seed` goes to every fit. */
export interface RfeOptions extends FitOptions {
  /** How many features to keep, from 1 to the number there are. Default: half of them, as in scikit-learn. */
  readonly nFeatures?: number | undefined;
  /** How many features each round removes, at least 1. Default 1. */
  readonly step?: number | undefined;
  /** Trees of the default estimator. Default 100. */
  readonly nEstimators?: number | undefined;
  /** Default: a `RandomForestClassifier` of `nEstimators` trees with its other defaults. */
  readonly estimator?: ImportanceEstimator | undefined;
}

/** One round: the features that were left, their importances, and which of them were removed. */
export interface RfeRound {
  readonly features: readonly string[];
  readonly importances: readonly number[];
  readonly removed: readonly string[];
}

/** What recursive feature elimination decided. */
export class FeatureElimination {
  constructor(
    /** All features, in order. */
    readonly features: readonly string[],
    /** Per feature: 1 for a selected one, 2 for those removed last, and so on. */
    readonly ranking: Int32Array,
    /** What happened, in order. */
    readonly rounds: readonly RfeRound[],
  ) {}

  /** The selected features, in their original order. */
  get selected(): string[] {
    return this.features.filter((_, index) => this.ranking[index] === 1);
  }

  /** Per feature, whether it is selected. */
  get support(): boolean[] {
    return Array.from(this.ranking, (rank) => rank === 1);
  }

  toJSON(): Json {
    return {
      features: this.features,
      selected: this.selected,
      ranking: [...this.ranking],
      rounds: this.rounds.map((round) => ({ ...round })),
    };
  }
}

/**
 * Recursive feature elimination (Guyon, Weston, Barnhill and Vapnik, 2002): fit, remove the least important features, and
 * again, until `nFeatures` are left. As in scikit-learn every round fits with the same seed. Of equally important features
 * the later goes first. Values are ranked once and shared by all rounds.
 *
 * @param matrix finite values within float32's range; categories as ordinal codes.
 * @throws MlsecError `invalid-option`, `not-finite`, `aborted`, `invalid-importances` if the estimator does not give one
 *   number per feature, and what the estimator throws.
 */
export async function rfe(
  matrix: FeatureMatrix,
  labels: Labels,
  options: RfeOptions = {},
): Promise<FeatureElimination> {
  const count = matrix.features.length;
  const { nFeatures = Math.max(1, Math.floor(count / 2)), step = 1, seed = DEFAULT_SEED, signal, onProgress } = options;
  requireCount("nFeatures", nFeatures, count);
  requireCount("step", step, Number.MAX_SAFE_INTEGER);
  const { estimator = forestOf(options.nEstimators) } = options;
  const ranked = await rankColumns(matrix, { signal });
  const rounds: RfeRound[] = [];
  let left: readonly string[] = matrix.features;
  while (left.length > nFeatures) {
    throwIfAborted(signal);
    onProgress?.({ what: "eliminate features", done: count - left.length, total: count - nFeatures });
    const { featureImportances } = await estimator(ranked.select(left), labels, { seed, signal });
    const importances = checkedImportances(featureImportances, left.length);
    const order = [...left.keys()].sort((a, b) => importances[a]! - importances[b]! || b - a);
    const gone = new Set(order.slice(0, Math.min(step, left.length - nFeatures)).map((index) => left[index]!));
    rounds.push({ features: left, importances, removed: [...gone] });
    left = left.filter((name) => !gone.has(name));
  }
  onProgress?.({ what: "eliminate features", done: count - nFeatures, total: count - nFeatures });
  return new FeatureElimination(matrix.features, rankingOf(matrix.features, rounds), rounds);
}

function forestOf(nEstimators: number | undefined): ImportanceEstimator {
  return (matrix, labels, { seed, signal }) =>
    RandomForestClassifier.fit(matrix, labels, { nEstimators, seed, signal });
}

function checkedImportances(given: ArrayLike<number>, expected: number): number[] {
  const importances = Array.from(given);
  if (importances.length !== expected || importances.some((importance) => Number.isNaN(importance))) {
    throw new MlsecError(
      "invalid-importances",
      `The estimator must give ${expected} importances, one number per feature left, but gave ${importances.length}` +
        `${importances.some(Number.isNaN) ? ", some of them NaN" : ""}.`,
      { expected, got: importances.length },
    );
  }
  return importances;
}

function rankingOf(features: readonly string[], rounds: readonly RfeRound[]): Int32Array {
  const rankOf = new Map(
    rounds.flatMap(({ removed }, round) => removed.map((name) => [name, rounds.length - round + 1] as const)),
  );
  return Int32Array.from(features, (name) => rankOf.get(name) ?? 1);
}

function requireCount(option: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  const range = max === Number.MAX_SAFE_INTEGER ? "at least 1" : `from 1 to ${max}, the number of features`;
  throw new MlsecError("invalid-option", `${option} must be an integer ${range}, not ${value}.`, {
    option,
    got: value,
  });
}
