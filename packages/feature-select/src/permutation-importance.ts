import {
  Breather,
  DEFAULT_SEED,
  type FeatureMatrix,
  type FitOptions,
  type Json,
  type Labels,
  StateReader,
  type StepSpec,
  throwIfAborted,
} from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { requireCount, requireLabelled } from "./checks.js";
import { bestFeatures, bestFirst } from "./feature-scores.js";
import { type Predictor, requireScorer, type Scorer, scoreOf } from "./scorer.js";
import { textTable } from "./text-table.js";

/** Options of `permutationImportance`; the seed draws the orders. */
export interface PermutationImportanceOptions<Model extends Predictor = Predictor> extends FitOptions {
  /** How often each feature is shuffled, at least 1. Default 5. */
  readonly repeats?: number | undefined;
  /** Default `"accuracy"`. */
  readonly scorer?: Scorer<Model> | undefined;
}

/** How much a model's score falls when a feature is shuffled. */
export class PermutationImportance {
  /** Mean fall of the score, per feature. */
  readonly means: Float64Array;
  /** Standard deviation of the falls (the population's, as in scikit-learn), per feature. */
  readonly sds: Float64Array;

  constructor(
    /** All features, in order. */
    readonly features: readonly string[],
    /** The score with no feature shuffled. */
    readonly baseline: number,
    /** Per feature, the fall of the score at each repeat; negative where shuffling helped. */
    readonly falls: readonly Float64Array[],
  ) {
    this.means = Float64Array.from(falls, meanOf);
    this.sds = Float64Array.from(falls, (values, index) => {
      const mean = this.means[index]!;
      return Math.sqrt(meanOf(values.map((value) => (value - mean) * (value - mean))));
    });
  }

  /** The features from the most important one; of equal ones the earlier comes first. */
  get ranked(): string[] {
    return bestFirst(this.means).map((index) => this.features[index]!);
  }

  /**
   * So many features of the highest mean, in their original order.
   *
   * @throws MlsecError `invalid-option` unless `count` is a whole number from 1 to the number of features.
   */
  best(count: number): string[] {
    return bestFeatures(this.features, this.means, count);
  }

  /** So many features of the highest mean, as a step of a `Preprocessor`. Errors as in `best`. */
  toStep(count: number): StepSpec {
    return { step: "keepColumns", columns: this.best(count) };
  }

  /** Every feature with the mean fall and its standard deviation, the most important first. */
  toText(): string {
    const rows = bestFirst(this.means).map((index) => [
      this.features[index]!,
      this.means[index]!.toFixed(4),
      this.sds[index]!.toFixed(4),
    ]);
    return `${textTable(["feature", "importance", "sd"], rows)}score with no feature shuffled: ${this.baseline.toFixed(4)}\n`;
  }

  toJSON(): Json {
    const importances = this.features.map((feature, index) => ({ feature, falls: [...this.falls[index]!] }));
    return { baseline: this.baseline, repeats: this.falls[0]?.length ?? 0, importances };
  }

  /** @throws MlsecError `invalid-state`. */
  static fromJSON(json: unknown): PermutationImportance {
    const reader = new StateReader(json, "PermutationImportance");
    const repeats = reader.integer("repeats", { min: 1 });
    const importances = reader.objects("importances");
    return new PermutationImportance(
      importances.map((entry) => entry.string("feature")),
      reader.number("baseline"),
      importances.map((entry) => entry.float64("falls", repeats)),
    );
  }
}

/**
 * How much a fitted model relies on each feature: how far its score falls on these rows when the feature's values are
 * shuffled among them (Breiman, "Random Forests", 2001; scikit-learn's `permutation_importance`). Measure on rows that the
 * model was not trained on. Features that stand in for each other all look unimportant.
 *
 * Every feature is shuffled by the same orders, one per repeat, each from the seed and its number alone: more repeats
 * begin with the same ones, and so do other features. A feature that the model never reads has importance 0 exactly.
 *
 * @param model predicts class codes of rows of these features.
 * @param matrix at least one row; what the model takes, missing values included.
 * @throws MlsecError `length-mismatch`, `no-rows`, `no-features`, `invalid-option`, `invalid-seed`, `invalid-score`,
 *   `aborted`, and what the model throws.
 */
export async function permutationImportance<Model extends Predictor>(
  model: Model,
  matrix: FeatureMatrix,
  labels: Labels,
  options: PermutationImportanceOptions<Model> = {},
): Promise<PermutationImportance> {
  requireLabelled(matrix, labels);
  const { repeats = 5, scorer = "accuracy", seed = DEFAULT_SEED, signal, onProgress } = options;
  requireCount("repeats", repeats, 1);
  requireScorer(scorer);
  const random = Random.seeded(seed);
  throwIfAborted(signal);
  const order = (repeat: number): Int32Array =>
    random.fork(repeat).shuffle(Int32Array.from({ length: matrix.rows }, (_, row) => row));
  const score = (shuffled: FeatureMatrix, breather: Breather): Promise<number> =>
    scoreOf(model, shuffled, labels, scorer, breather);
  const total = repeats * matrix.features.length;
  return shuffledScores(matrix, repeats, order, score, new Breather(signal), (done) =>
    onProgress?.({ what: "shuffle features", done, total }),
  );
}

/** The falls of a score under given orders of rows: at each repeat, row i gets the value of row `order(repeat)[i]`. */
export async function shuffledScores(
  matrix: FeatureMatrix,
  repeats: number,
  order: (repeat: number) => Int32Array,
  score: (shuffled: FeatureMatrix, breather: Breather) => Promise<number>,
  breather: Breather,
  onDone: (done: number) => void,
): Promise<PermutationImportance> {
  const { features, columns } = matrix;
  const baseline = await score(matrix, breather);
  const falls = features.map(() => new Float64Array(repeats));
  const shuffled = new Float64Array(matrix.rows);
  for (let repeat = 0; repeat < repeats; repeat++) {
    const rows = order(repeat);
    for (const [index, column] of columns.entries()) {
      onDone(repeat * features.length + index);
      if (breather.due()) await breather.pause();
      for (let row = 0; row < rows.length; row++) shuffled[row] = column[rows[row]!]!;
      const others = columns.with(index, shuffled);
      falls[index]![repeat] = baseline - (await score({ ...matrix, columns: others }, breather));
    }
  }
  onDone(repeats * features.length);
  return new PermutationImportance([...features], baseline, falls);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
