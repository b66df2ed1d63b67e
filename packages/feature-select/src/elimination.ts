import { type Labels, MlsecError, throwIfAborted } from "@mlsec/preprocess";
import { ForestThreads, RandomForestClassifier, type RandomForestOptions, type RankedMatrix } from "@mlsec/trees";
import { invalidOption, requireCount } from "./checks.js";

/**
 * Fits something to the features still left and says how much each of them matters, in their order. The matrix holds
 * ranks, which our trees and forests take as they are; `columns[j].values[columns[j].ranks[i]]` is the float32 value of
 * feature j in row i.
 */
export type ImportanceEstimator<Fitted extends WithImportances = WithImportances> = (
  matrix: RankedMatrix,
  labels: Labels,
  options: { readonly seed: number; readonly signal: AbortSignal | undefined },
) => Promise<Fitted>;

/** What an estimator gives: one number per feature, the larger the more important. */
export interface WithImportances {
  readonly featureImportances: ArrayLike<number>;
}

/** Options of the default estimator, a `RandomForestClassifier`; the seed and the signal are the elimination's. */
export type ForestOptions = Omit<RandomForestOptions, "seed" | "signal" | "onProgress">;

/** One round: the features that were left, their importances, and which of them were removed. */
export interface RfeRound {
  readonly features: readonly string[];
  readonly importances: readonly number[];
  readonly removed: readonly string[];
}

/** Does something with a forest as the estimator, all of whose fits share the threads; they end with it. */
export async function withForest<Result>(
  options: ForestOptions,
  use: (estimator: ImportanceEstimator<RandomForestClassifier>) => Promise<Result>,
): Promise<Result> {
  const { threads: given = 1, createWorker, onNotice } = options;
  const threads = given instanceof ForestThreads ? given : new ForestThreads(given, { createWorker, onNotice });
  try {
    return await use((matrix, labels, { seed, signal }) =>
      RandomForestClassifier.fit(matrix, labels, { ...options, threads, seed, signal }),
    );
  } finally {
    if (threads !== given) await threads.close();
  }
}

/** How many features each round removes: `step` itself from 1 on, or below 1 that share of all features, at least one. */
export function stepCount(step: number, features: number): number {
  if (step > 0 && step < 1) return Math.max(1, Math.floor(step * features));
  if (!Number.isSafeInteger(step) || step < 1) {
    throw invalidOption("step", "a whole number of at least 1, or a share between 0 and 1", step);
  }
  return step;
}

/** How many features to keep: a whole number from 1 on, or below 1 that share of all (rounded down, at least one). */
export function keepCount(option: string, wanted: number, features: number): number {
  if (wanted > 0 && wanted < 1) return Math.max(1, Math.floor(wanted * features));
  requireCount(option, wanted, 1, features);
  return wanted;
}

/** Numbers of features from all of them down to the last, as the rounds have them. */
export function roundSizes(features: number, least: number, step: number): number[] {
  const sizes = [features];
  for (let left = features; left > least; ) {
    left = Math.max(least, left - step);
    sizes.push(left);
  }
  return sizes;
}

export interface Elimination<Fitted extends WithImportances> {
  readonly matrix: RankedMatrix;
  readonly labels: Labels;
  readonly estimator: ImportanceEstimator<Fitted>;
  /** Numbers of features, from all of them on, each smaller than the one before. */
  readonly sizes: readonly number[];
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
  /** Called before each round with the number of features that are left. */
  readonly onRound?: ((left: number) => void) | undefined;
  /** Called with each round's fit; where it is given, the features that stay to the end are fitted too. */
  readonly onFitted?: ((fitted: Fitted, features: readonly string[]) => Promise<void>) | undefined;
}

/**
 * Fits, removes the least important features, and again, down to the last of the sizes. Every round fits with the same
 * seed. Of equally important features the later goes first.
 */
export async function eliminate<Fitted extends WithImportances>(elimination: Elimination<Fitted>): Promise<RfeRound[]> {
  const { matrix, labels, estimator, sizes, seed, signal, onRound, onFitted } = elimination;
  const rounds: RfeRound[] = [];
  let left = matrix.features;
  for (const [round, size] of sizes.entries()) {
    const next = sizes[round + 1];
    if (next === undefined && onFitted === undefined) break;
    throwIfAborted(signal);
    onRound?.(size);
    const fitted = await estimator(matrix.select(left), labels, { seed, signal });
    await onFitted?.(fitted, left);
    if (next === undefined) break;
    const importances = checkedImportances(fitted.featureImportances, size);
    const order = [...left.keys()].sort((a, b) => importances[a]! - importances[b]! || b - a);
    const gone = new Set(order.slice(0, size - next).map((index) => left[index]!));
    rounds.push({ features: left, importances, removed: [...gone] });
    left = left.filter((name) => !gone.has(name));
  }
  return rounds;
}

function checkedImportances(given: ArrayLike<number>, expected: number): number[] {
  const importances = Array.from(given);
  if (importances.length !== expected || importances.some((importance) => !Number.isFinite(importance))) {
    throw new MlsecError(
      "invalid-importances",
      `The estimator must give ${expected} importances, one finite number per feature left, but gave ${importances.length}` +
        `${importances.every(Number.isFinite) ? "" : ", some of them not finite"}.`,
      { expected, got: importances.length },
    );
  }
  return importances;
}
