import { accuracy, balancedAccuracy, type Candidate, macroF1, randomSearch, type ScoreOfFolds } from "@mlsec/evaluate";
import {
  DEFAULT_SEED,
  type FeatureMatrix,
  type FitOptions,
  type Labels,
  MlsecError,
  stratifiedKFold,
  takeLabels,
  takeRows,
} from "@mlsec/preprocess";
import { type Criterion, pruneTree } from "@mlsec/trees";
import type { FittedTree } from "@mlsec/trees/score";
import type { AttackTree, AttackTreeOptions, Resampling } from "./attack-tree.js";
import type { AttackClassWeight, ErrorCost } from "./class-weighting.js";
import { growWhole, type PlainOptions } from "./grow-tree.js";

/** What a search chooses among. */
export interface CandidateOptions {
  readonly maxDepth: number;
  readonly criterion: Criterion;
  /** Null: all rows alike. */
  readonly classWeight: AttackClassWeight | null;
  readonly minSamplesLeaf: number;
  readonly ccpAlpha: number;
}

export interface AttackSearchOptions extends FitOptions {
  /** Default 10 alone: what a reader can follow. */
  readonly maxDepth?: readonly number[] | undefined;
  /** Default "entropy" and "gini". */
  readonly criterion?: readonly Criterion[] | undefined;
  /** Default "balanced", "squareRoot" and null. */
  readonly classWeight?: readonly (AttackClassWeight | null)[] | undefined;
  /** Default 1 and 2. */
  readonly minSamplesLeaf?: readonly number[] | undefined;
  /** Default 0 and 3e-4. */
  readonly ccpAlpha?: readonly number[] | undefined;
  /** How many combinations are tried at most, drawn at random, each on all folds. Default 24: all of the defaults. */
  readonly candidates?: number | undefined;
  /** Default 5. */
  readonly folds?: number | undefined;
  /** How often the rows are dealt into folds anew. Default 2. */
  readonly repeats?: number | undefined;
  /** What decides, by its mean over the folds. Default "macroF1". */
  readonly by?: "macroF1" | "balancedAccuracy" | "accuracy" | undefined;
  /**
   * Which candidate is taken: the one with the best mean; or, of those that are behind it by no more than the standard error of
   * the difference, the first in the order in which the values of options are given, earlier options first (Breiman,
   * Friedman, Olshen and Stone, 1984, section 3.4.3). Rare classes leave a few rows to a fold, and the best of many means is
   * then mostly luck. Default "one-standard-error".
   */
  readonly choose?: "best" | "one-standard-error" | undefined;
  /** As of `AttackTreeOptions`, the same for all candidates. */
  readonly costs?: readonly ErrorCost[] | undefined;
  readonly excludeFeatures?: readonly string[] | undefined;
  readonly resample?: Resampling | undefined;
}

/** A combination of options, and how it did on the folds. */
export interface AttackCandidate extends Candidate<CandidateOptions> {
  /**
   * By how much it is behind the best: mean over folds of the difference of the score that decides, and its standard error;
   * the latter takes folds for independent, which they are not, and so is too small.
   */
  readonly behind: { readonly mean: number; readonly standardError: number };
}

/** What a search found. */
export interface AttackSearch {
  /** Fitted on all rows with the chosen options. */
  readonly tree: AttackTree;
  readonly options: AttackTreeOptions;
  readonly chosen: AttackCandidate;
  /** All that were tried, the best first. */
  readonly candidates: readonly AttackCandidate[];
}

/** The chosen options of a search, and all candidates in the order of their ranks. */
export async function chosenOptions(
  matrix: FeatureMatrix,
  labels: Labels,
  options: AttackSearchOptions,
): Promise<Omit<AttackSearch, "tree">> {
  const { seed = DEFAULT_SEED, folds = 5, repeats = 2, by = "macroF1", candidates = 24, signal, onProgress } = options;
  const { choose = "one-standard-error" } = options;
  if (choose !== "best" && choose !== "one-standard-error") {
    throw new MlsecError("invalid-option", `choose must be "best" or "one-standard-error", not ${String(choose)}.`, {
      got: choose,
    });
  }
  if (!Number.isSafeInteger(repeats) || repeats < 1) {
    throw new MlsecError("invalid-option", `repeats must be a whole number of at least 1, not ${repeats}.`, {
      got: repeats,
    });
  }
  const { costs, excludeFeatures, resample } = options;
  const fixed = { costs, excludeFeatures, resample, seed };
  const parts = Array.from({ length: repeats }, (_, repeat) =>
    stratifiedKFold(labels, { folds, seed: seed + repeat }),
  ).flat();
  const data = parts.map(({ train, test }) => ({
    train: { matrix: takeRows(matrix, train), labels: takeLabels(labels, train) },
    test: { matrix: takeRows(matrix, test), labels: takeLabels(labels, test) },
  }));
  // Candidates that differ in their pruning alone are one tree.
  const known = new Map<string, FittedTree>();
  const grid = {
    maxDepth: options.maxDepth ?? [10],
    criterion: options.criterion ?? ["entropy", "gini"],
    classWeight: options.classWeight ?? ["balanced", "squareRoot", null],
    minSamplesLeaf: options.minSamplesLeaf ?? [1, 2],
    ccpAlpha: options.ccpAlpha ?? [0, 3e-4],
  } as const;
  const { candidates: tried } = await randomSearch<CandidateOptions>(
    grid,
    {
      folds: parts,
      by,
      signal,
      onProgress,
      evaluate: async (parameters, _, { fold, signal: stop }) => {
        const { train, test } = data[fold]!;
        const key = growthKey(parameters, fold);
        const options = { ...growth(parameters), ...fixed, signal: stop };
        const whole = known.get(key) ?? (await growWhole(train.matrix, train.labels, options));
        known.set(key, whole);
        const predicted = pruneTree(whole, parameters.ccpAlpha).predict(test.matrix);
        const { codes, classes } = test.labels;
        return {
          macroF1: macroF1(codes, predicted, classes.length),
          balancedAccuracy: balancedAccuracy(codes, predicted, classes.length),
          accuracy: accuracy(codes, predicted),
        };
      },
    },
    { candidates, seed },
  );
  const ranked = [...tried].sort((a, b) => a.rank - b.rank);
  const ofBest = ranked[0]!.scores[by]!;
  const behind = ranked.map((candidate) => ({ ...candidate, behind: behindOf(candidate.scores[by]!, ofBest) }));
  const chosen = choose === "best" ? behind[0]! : firstNearBest(behind, grid);
  const { parameters } = chosen;
  return {
    options: { ...growth(parameters), ccpAlpha: parameters.ccpAlpha, ...fixed },
    chosen,
    candidates: behind,
  };
}

/** Of the candidates within a standard error of the best the first by the places of its values. */
function firstNearBest(
  candidates: readonly AttackCandidate[],
  grid: { readonly [Name in keyof CandidateOptions]: readonly CandidateOptions[Name][] },
): AttackCandidate {
  const names = Object.keys(grid) as (keyof CandidateOptions)[];
  const placeOf = ({ parameters }: AttackCandidate): number =>
    names.reduce((place, name) => {
      const values: readonly unknown[] = grid[name];
      return place * values.length + values.indexOf(parameters[name]);
    }, 0);
  return candidates
    .filter(({ behind }) => behind.mean <= behind.standardError)
    .reduce((first, candidate) => (placeOf(candidate) < placeOf(first) ? candidate : first));
}

function growth({ maxDepth, criterion, classWeight, minSamplesLeaf }: CandidateOptions): PlainOptions {
  return { maxDepth, criterion, classWeight: classWeight ?? undefined, minSamplesLeaf };
}

/** What tells grown trees apart; weights may be a map, which JSON would not write. */
function growthKey(parameters: CandidateOptions, fold: number): string {
  const { classWeight, ...rest } = growth(parameters);
  return JSON.stringify([fold, rest, classWeight instanceof Map ? [...classWeight] : classWeight]);
}

function behindOf(score: ScoreOfFolds, best: ScoreOfFolds): AttackCandidate["behind"] {
  const differences = best.values.map((value, fold) => value - score.values[fold]!);
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const squares = differences.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { mean, standardError: Math.sqrt(squares / (differences.length - 1) / differences.length) };
}
