import {
  Breather,
  DEFAULT_SEED,
  type FeatureMatrix,
  type Json,
  type Labels,
  StateReader,
  type StepSpec,
  selectFeatures,
  stratifiedKFold,
  type TrainTest,
  takeLabels,
  takeRows,
} from "@mlsec/preprocess";
import { rankColumns } from "@mlsec/trees";
import { invalidOption, requireLabelled } from "./checks.js";
import {
  eliminate,
  type ImportanceEstimator,
  keepCount,
  roundSizes,
  stepCount,
  type WithImportances,
  withForest,
} from "./elimination.js";
import { FeatureElimination, type RfeOptions, rfe } from "./rfe.js";
import { type Predictor, requireScorer, type Scorer, scoreOf } from "./scorer.js";
import { textTable } from "./text-table.js";

/** A fitted model that says how much features matter and predicts classes. */
export type SelectingModel = WithImportances & Predictor;

/** Options of `rfecv`; `seed` goes to the folds and to every fit. */
export interface RfecvOptions<Model extends SelectingModel = SelectingModel>
  extends Omit<RfeOptions, "nFeatures" | "estimator"> {
  /** The fewest features to try, from 1 on, or below 1 a share of all. Default 1. */
  readonly minFeatures?: number | undefined;
  /** How many stratified folds, at least 2; or the folds themselves. Default 5. */
  readonly folds?: number | readonly TrainTest[] | undefined;
  /** Default `"accuracy"`. */
  readonly scorer?: Scorer<Model> | undefined;
  /** Default: a `RandomForestClassifier`, its options as in `forest`. */
  readonly estimator?: ImportanceEstimator<Model> | undefined;
}

/** What so many features scored. */
export interface RfecvPoint {
  readonly nFeatures: number;
  /** Mean of the folds. */
  readonly mean: number;
  /** Standard deviation of the folds (the population's, as in scikit-learn). */
  readonly sd: number;
  /** Per fold. */
  readonly scores: readonly number[];
}

/** What recursive feature elimination with cross-validation decided. */
export class FeatureEliminationCV {
  constructor(
    /** The elimination on all rows, down to the best number of features. */
    readonly elimination: FeatureElimination,
    /** The score by number of features, ascending. */
    readonly curve: readonly RfecvPoint[],
  ) {}

  /** The selected features, in their original order. */
  get selected(): string[] {
    return this.elimination.selected;
  }

  /** Per feature, whether it is selected. */
  get support(): boolean[] {
    return this.elimination.support;
  }

  /** Per feature: 1 for a selected one, 2 for those removed last, and so on. */
  get ranking(): Int32Array {
    return this.elimination.ranking;
  }

  /** The selected features, as a step of a `Preprocessor`. */
  toStep(): StepSpec {
    return this.elimination.toStep();
  }

  /** The curve, its best point marked, and the ranking. */
  toText(): string {
    const best = this.selected.length;
    const rows = this.curve.map(({ nFeatures, mean, sd }) => [
      `${nFeatures}${nFeatures === best ? " *" : ""}`,
      mean.toFixed(4),
      sd.toFixed(4),
    ]);
    return `${textTable(["features", "score", "sd"], rows)}\n${this.elimination.toText()}`;
  }

  toJSON(): Json {
    return { elimination: this.elimination.toJSON(), curve: this.curve.map((point) => ({ ...point })) };
  }

  /** @throws MlsecError `invalid-state`. */
  static fromJSON(json: unknown): FeatureEliminationCV {
    const reader = new StateReader(json, "FeatureEliminationCV");
    const curve = reader.objects("curve").map((point) => ({
      nFeatures: point.integer("nFeatures", { min: 1 }),
      mean: point.number("mean"),
      sd: point.number("sd", { min: 0 }),
      scores: [...point.float64("scores")],
    }));
    return new FeatureEliminationCV(FeatureElimination.fromJSON(reader.raw("elimination")), curve);
  }
}

/**
 * Chooses the number of features by cross-validation: in each fold, features are eliminated on its training part and every
 * subset is scored on its test part; the number with the best mean score, the smallest among equals, is what features are
 * then eliminated to on all rows (scikit-learn's `RFECV`). Values are ranked once; the folds share the ranks.
 *
 * @param matrix finite values within float32's range; categories as ordinal codes.
 * @throws MlsecError as `rfe`, `class-too-small` for a class with fewer rows than folds, and `invalid-score`.
 */
export async function rfecv<Model extends SelectingModel = SelectingModel>(
  matrix: FeatureMatrix,
  labels: Labels,
  options: RfecvOptions<Model> = {},
): Promise<FeatureEliminationCV> {
  const { estimator, nEstimators, forest } = options;
  if (estimator !== undefined) return crossValidate(matrix, labels, options, estimator);
  // A forest predicts and has importances; a scorer of one's own for another model brings that model's estimator.
  return withForest({ nEstimators, ...forest }, (ofForest) =>
    crossValidate(
      matrix,
      labels,
      options,
      ofForest as ImportanceEstimator<SelectingModel> as ImportanceEstimator<Model>,
    ),
  );
}

async function crossValidate<Model extends SelectingModel>(
  matrix: FeatureMatrix,
  labels: Labels,
  options: RfecvOptions<Model>,
  estimator: ImportanceEstimator<Model>,
): Promise<FeatureEliminationCV> {
  requireLabelled(matrix, labels);
  const { seed = DEFAULT_SEED, signal, onProgress, scorer = "accuracy" } = options;
  const count = matrix.features.length;
  const step = stepCount(options.step ?? 1, count);
  const sizes = roundSizes(count, keepCount("minFeatures", options.minFeatures ?? 1, count), step);
  requireScorer(scorer);
  const folds = foldsOf(options.folds ?? 5, labels, matrix.rows, seed);
  const ranked = await rankColumns(matrix, { signal });
  const breather = new Breather(signal);
  const total = folds.length * sizes.length;
  const scores = sizes.map((): number[] => []);
  let done = 0;
  for (const { train, test } of folds) {
    const testRows = takeRows(matrix, test);
    const testLabels = takeLabels(labels, test);
    let round = 0;
    await eliminate({
      matrix: ranked.takeRows(train),
      labels: takeLabels(labels, train),
      estimator,
      sizes,
      seed,
      signal,
      onRound: () => onProgress?.({ what: "cross-validate features", done: done++, total }),
      onFitted: async (model, features) => {
        scores[round++]!.push(await scoreOf(model, selectFeatures(testRows, features), testLabels, scorer, breather));
      },
    });
  }
  onProgress?.({ what: "cross-validate features", done, total });
  const curve = sizes.map((nFeatures, index) => pointOf(nFeatures, scores[index]!)).reverse();
  const best = curve.reduce((a, b) => (sumOf(b.scores) > sumOf(a.scores) ? b : a));
  const elimination = await rfe(ranked, labels, {
    nFeatures: best.nFeatures,
    step,
    estimator,
    seed,
    signal,
    onProgress,
  });
  return new FeatureEliminationCV(elimination, curve);
}

function foldsOf(
  folds: number | readonly TrainTest[],
  labels: Labels,
  rows: number,
  seed: number,
): readonly TrainTest[] {
  if (typeof folds === "number") return stratifiedKFold(labels, { folds, seed });
  const inside = (part: Int32Array): boolean => part.length > 0 && part.every((row) => row >= 0 && row < rows);
  if (folds.length === 0 || !folds.every(({ train, test }) => inside(train) && inside(test))) {
    throw invalidOption("folds", "a number of at least 2, or a list of folds with rows of the matrix", "neither");
  }
  return folds;
}

function pointOf(nFeatures: number, scores: readonly number[]): RfecvPoint {
  const mean = sumOf(scores) / scores.length;
  const sd = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) * (score - mean), 0) / scores.length);
  return { nFeatures, mean, sd, scores };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
