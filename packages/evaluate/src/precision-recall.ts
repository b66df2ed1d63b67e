import { requireClassCount, requireCodes, requireSameRows } from "./checks.js";
import { invalidOption } from "./options.js";

/** Precision, recall and F-score, each from 0 to 1. */
export interface Scores {
  /** Of the rows predicted as the class, the share that belongs to it. */
  readonly precision: number;
  /** Of the rows of the class, the share that was predicted as it. */
  readonly recall: number;
  /** The weighted harmonic mean of both: (1 + β²) · tp / (β² · true rows + predicted rows). */
  readonly fscore: number;
}

/** The scores of one class. */
export interface ClassScores extends Scores {
  readonly class: string;
  /** How many rows truly belong to the class. */
  readonly support: number;
}

/** A metric that is 0 only because its divisor is 0. */
export interface UndefinedMetric {
  readonly class: string;
  /** `precision` of a class that was never predicted, `recall` of one that has no true rows, or `fscore`. */
  readonly metric: keyof Scores;
}

/** What `precisionRecallFscore` returns. */
export interface PrecisionRecallFscore {
  /** One entry per class, in class order. */
  readonly perClass: readonly ClassScores[];
  readonly average: {
    /** Over all rows together; where each row has one class, all three equal the accuracy. */
    readonly micro: Scores;
    /** The plain mean over the classes that occur among the true or the predicted rows. */
    readonly macro: Scores;
    /** The mean weighted by support. */
    readonly weighted: Scores;
  };
  /** What was set to 0 for want of a divisor, in the classes that occur. */
  readonly undefinedMetrics: readonly UndefinedMetric[];
  /** Classes with neither true nor predicted rows: 0 throughout, and left out of the macro mean. */
  readonly absentClasses: readonly string[];
}

/**
 * Precision, recall, F-score and support of every class, and their three averages.
 *
 * The values are those of scikit-learn's `precision_recall_fscore_support(true, predicted, zero_division=0)`, whose
 * macro average likewise runs over the labels that occur in either argument. Instead of warning about divisions by zero,
 * the result lists them.
 *
 * @param trueCodes class codes, one per row: indices into `classes`.
 * @param predictedCodes class codes of the same rows.
 * @param classes class names in code order.
 * @param options `beta`: how many times as much recall counts as precision, at least 0; default 1 (F1).
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range` or `invalid-option`.
 */
export function precisionRecallFscore(
  trueCodes: ArrayLike<number>,
  predictedCodes: ArrayLike<number>,
  classes: readonly string[],
  options: { readonly beta?: number } = {},
): PrecisionRecallFscore {
  const beta = options.beta ?? 1;
  if (!(beta >= 0 && Number.isFinite(beta))) throw invalidOption("beta", "a finite number of at least 0", beta);
  const tallies = tally(trueCodes, predictedCodes, classes.length);
  const scores = tallies.map((counts) => scoresOf(counts, beta));
  const present = scores.filter((_, index) => occurs(tallies[index]!));
  const rows = trueCodes.length;
  const hits = tallies.reduce((sum, { hits }) => sum + hits, 0);
  return {
    perClass: classes.map((name, index) => ({
      class: name,
      ...scores[index]!,
      support: tallies[index]!.actual,
    })),
    average: {
      micro: scoresOf({ hits, actual: rows, predicted: rows }, beta),
      macro: meanScores(present, () => 1),
      weighted: meanScores(scores, (index) => tallies[index]!.actual),
    },
    undefinedMetrics: classes.flatMap((name, index) =>
      undefinedOf(tallies[index]!, beta).map((metric) => ({ class: name, metric })),
    ),
    absentClasses: classes.filter((_, index) => !occurs(tallies[index]!)),
  };
}

/**
 * The mean F1 over the classes that occur among the true or the predicted rows, from 0 to 1: every class counts alike,
 * however rare. An F1 is 0 where nothing of a class was found.
 *
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range` or `invalid-option`.
 */
export function macroF1(trueCodes: ArrayLike<number>, predictedCodes: ArrayLike<number>, nClasses: number): number {
  const present = tally(trueCodes, predictedCodes, nClasses).filter(occurs);
  return present.reduce((sum, counts) => sum + scoresOf(counts, 1).fscore, 0) / present.length;
}

/**
 * The mean F1 of the classes, weighted by how many rows each truly has, from 0 to 1.
 *
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range` or `invalid-option`.
 */
export function weightedF1(trueCodes: ArrayLike<number>, predictedCodes: ArrayLike<number>, nClasses: number): number {
  const tallies = tally(trueCodes, predictedCodes, nClasses);
  return tallies.reduce((sum, counts) => sum + scoresOf(counts, 1).fscore * counts.actual, 0) / trueCodes.length;
}

/**
 * The mean recall over the classes that have true rows, from 0 to 1: the accuracy that a data set with equally many rows
 * of each would give (scikit-learn's `balanced_accuracy_score`).
 *
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range` or `invalid-option`.
 */
export function balancedAccuracy(
  trueCodes: ArrayLike<number>,
  predictedCodes: ArrayLike<number>,
  nClasses: number,
): number {
  const populated = tally(trueCodes, predictedCodes, nClasses).filter(({ actual }) => actual > 0);
  return populated.reduce((sum, { hits, actual }) => sum + hits / actual, 0) / populated.length;
}

/** What the scores of a class are made of: rows that are it and predicted as it, rows that are it, rows predicted as it. */
export interface Tally {
  readonly hits: number;
  readonly actual: number;
  readonly predicted: number;
}

/** Precision, recall and F-score of one tally, with 0 for a division by zero. */
export function scoresOf({ hits, actual, predicted }: Tally, beta: number): Scores {
  return {
    precision: ratio(hits, predicted),
    recall: ratio(hits, actual),
    fscore: ratio((1 + beta * beta) * hits, beta * beta * actual + predicted),
  };
}

/** `part / whole`, or 0 of nothing. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function tally(trueCodes: ArrayLike<number>, predictedCodes: ArrayLike<number>, nClasses: number): Tally[] {
  requireClassCount(nClasses);
  requireSameRows(trueCodes, predictedCodes, "trueCodes", "predictedCodes");
  requireCodes(trueCodes, nClasses, "trueCodes");
  requireCodes(predictedCodes, nClasses, "predictedCodes");
  const tallies = Array.from({ length: nClasses }, () => ({ hits: 0, actual: 0, predicted: 0 }));
  for (let i = 0; i < trueCodes.length; i++) {
    const actual = tallies[trueCodes[i]!]!;
    const predicted = tallies[predictedCodes[i]!]!;
    actual.actual++;
    predicted.predicted++;
    if (actual === predicted) actual.hits++;
  }
  return tallies;
}

function occurs({ actual, predicted }: Tally): boolean {
  return actual + predicted > 0;
}

function undefinedOf(counts: Tally, beta: number): (keyof Scores)[] {
  if (!occurs(counts)) return [];
  const metrics: (keyof Scores)[] = [];
  if (counts.predicted === 0) metrics.push("precision");
  if (counts.actual === 0) metrics.push("recall");
  if (beta * beta * counts.actual + counts.predicted === 0) metrics.push("fscore");
  return metrics;
}

function meanScores(scores: readonly Scores[], weight: (index: number) => number): Scores {
  const total = scores.reduce((sum, _, index) => sum + weight(index), 0);
  const mean = (metric: keyof Scores): number =>
    scores.reduce((sum, entry, index) => sum + entry[metric] * weight(index), 0) / total;
  return { precision: mean("precision"), recall: mean("recall"), fscore: mean("fscore") };
}
