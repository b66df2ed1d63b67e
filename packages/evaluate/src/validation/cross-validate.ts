import { Breather, MlsecError, type Progress, throwIfAborted } from "@mlsec/preprocess";
import { together } from "@mlsec/preprocess/workers";
import { invalidOption } from "../options.js";

/** The rows of one fold, as `kFold`, `stratifiedKFold`, `groupKFold`, `leaveGroupsOut` and `timeSplit` give them. */
export interface Fold {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** What a fold's fit gets besides its rows. */
export interface FoldContext {
  /** The number of the fold, from 0. */
  readonly fold: number;
  /** Triggered when the whole is stopped, or another fold failed. */
  readonly signal: AbortSignal;
}

/** Scores by name; NaN where a fold does not define one. */
export type FoldScores = Readonly<Record<string, number>>;

export interface CrossValidation {
  readonly folds: readonly Fold[];
  /**
   * Fits on the training rows and scores on the test rows, and on nothing else: selection, preprocessing, resampling and
   * whatever else learns belongs in here, so that no test row is learnt from.
   */
  readonly evaluate: (fold: Fold, context: FoldContext) => FoldScores | Promise<FoldScores>;
  /** How many folds are under way at a time; default 1. More are faster where fitting runs in workers or on threads. */
  readonly atOnce?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** A score over the folds. */
export interface ScoreOfFolds {
  /** Mean over the folds that define it; NaN where none does. */
  readonly mean: number;
  /** Standard deviation over the same (divided by their number less one); NaN for fewer than two. */
  readonly sd: number;
  /** In the order of the folds. */
  readonly values: readonly number[];
}

/**
 * Cross-validation of anything that can be fitted and scored. The result depends neither on `atOnce` nor on which fold ends
 * first.
 *
 * @returns every score by name.
 * @throws MlsecError `invalid-option`, `score-mismatch` where folds give scores of different names, `aborted`, and what
 *   `evaluate` throws: the first failure, when the other folds have ended.
 */
export async function crossValidate(validation: CrossValidation): Promise<Record<string, ScoreOfFolds>> {
  const { folds, evaluate, atOnce = 1, signal, onProgress } = validation;
  if (folds.length === 0) throw invalidOption("folds", "a list of at least one fold", "empty");
  if (!Number.isSafeInteger(atOnce) || atOnce < 1) {
    throw invalidOption("atOnce", "a whole number of at least 1", atOnce);
  }
  throwIfAborted(signal);
  const breather = new Breather(signal);
  let done = 0;
  const scores = await together([...folds.keys()], atOnce, signal, async (fold, stop) => {
    if (breather.due()) await breather.pause();
    throwIfAborted(stop);
    const given = await evaluate(folds[fold]!, { fold, signal: stop });
    onProgress?.({ what: "cross-validate", done: ++done, total: folds.length });
    return given;
  });
  const names = Object.keys(scores[0]!);
  for (const [fold, given] of scores.entries()) requireNames(given, names, fold);
  return Object.fromEntries(names.map((name) => [name, overFolds(scores.map((given) => given[name]!))]));
}

function requireNames(given: FoldScores, names: readonly string[], fold: number): void {
  const same = Object.keys(given).length === names.length && names.every((name) => typeof given[name] === "number");
  if (same) return;
  throw new MlsecError(
    "score-mismatch",
    `Every fold must give the numbers ${names.join(", ")}, but fold ${fold} gave ${JSON.stringify(given)}.`,
    { fold, expected: names },
  );
}

function overFolds(values: readonly number[]): ScoreOfFolds {
  const defined = values.filter((value) => !Number.isNaN(value));
  const mean = defined.reduce((sum, value) => sum + value, 0) / defined.length;
  const squares = defined.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { mean, sd: defined.length < 2 ? Number.NaN : Math.sqrt(squares / (defined.length - 1)), values };
}
