import {
  DEFAULT_SEED,
  type FeatureMatrix,
  type FitOptions,
  type Json,
  type Labels,
  StateReader,
  type StepSpec,
} from "@mlsec/preprocess";
import { RankedMatrix, rankColumns } from "@mlsec/trees";
import { requireLabelled } from "./checks.js";
import {
  eliminate,
  type ForestOptions,
  type ImportanceEstimator,
  keepCount,
  type RfeRound,
  roundSizes,
  stepCount,
  withForest,
} from "./elimination.js";
import { textTable } from "./text-table.js";

/** Options of `rfe`; `seed` goes to every fit. */
export interface RfeOptions extends FitOptions {
  /** How many features to keep, from 1 to the number there are, or below 1 their share. Default: half of them, as in scikit-learn. */
  readonly nFeatures?: number | undefined;
  /** How many features each round removes: a whole number from 1 on, or below 1 a share of all features. Default 1. */
  readonly step?: number | undefined;
  /** Default: a `RandomForestClassifier`, its options as in `forest`. */
  readonly estimator?: ImportanceEstimator | undefined;
  /** Options of the default estimator; `threads` are shared by all rounds. */
  readonly forest?: ForestOptions | undefined;
  /** Trees of the default estimator: short for the same in `forest`. Default 100. */
  readonly nEstimators?: number | undefined;
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

  /** The selected features, as a step of a `Preprocessor`. */
  toStep(): StepSpec {
    return { step: "keepColumns", columns: this.selected };
  }

  /** Every feature with its rank and its importance in the last round that it was part of, the best first. */
  toText(): string {
    const last = new Map(
      this.rounds.flatMap(({ features, importances }) => features.map((name, index) => [name, importances[index]!])),
    );
    const rows = [...this.features.entries()]
      .sort(([a], [b]) => this.ranking[a]! - this.ranking[b]! || a - b)
      .map(([index, name]) => [name, `${this.ranking[index]}`, last.get(name)?.toFixed(4) ?? "–"]);
    return textTable(["feature", "rank", "importance"], rows);
  }

  toJSON(): Json {
    return {
      features: this.features,
      selected: this.selected,
      ranking: [...this.ranking],
      rounds: this.rounds.map((round) => ({ ...round })),
    };
  }

  /** @throws MlsecError `invalid-state`. */
  static fromJSON(json: unknown): FeatureElimination {
    const reader = new StateReader(json, "FeatureElimination");
    const features = reader.strings("features");
    const rounds = reader.objects("rounds").map((round) => {
      const left = round.strings("features");
      return {
        features: left,
        importances: [...round.float64("importances", left.length)],
        removed: round.strings("removed"),
      };
    });
    return new FeatureElimination(features, reader.int32("ranking", features.length, { min: 1 }), rounds);
  }
}

/**
 * Recursive feature elimination (Guyon, Weston, Barnhill and Vapnik, 2002): fit, remove the least important features, and
 * again, until `nFeatures` are left. As in scikit-learn every round fits with the same seed. Of equally important features
 * the later goes first (there, the earlier). Values are ranked once and shared by all rounds.
 *
 * @param matrix finite values within float32's range, categories as ordinal codes; or its ranked columns.
 * @throws MlsecError `invalid-option`, `not-finite`, `length-mismatch`, `no-rows`, `no-features`, `aborted`,
 *   `invalid-importances` if the estimator does not give one number per feature, and what the estimator throws.
 */
export async function rfe(
  matrix: FeatureMatrix | RankedMatrix,
  labels: Labels,
  options: RfeOptions = {},
): Promise<FeatureElimination> {
  requireLabelled(matrix, labels);
  const { features } = matrix;
  const { seed = DEFAULT_SEED, signal, onProgress } = options;
  const nFeatures = keepCount("nFeatures", options.nFeatures ?? Math.max(1, features.length >> 1), features.length);
  const sizes = roundSizes(features.length, nFeatures, stepCount(options.step ?? 1, features.length));
  const progress = (left: number): void =>
    onProgress?.({ what: "eliminate features", done: features.length - left, total: features.length - nFeatures });
  const ranked = matrix instanceof RankedMatrix ? matrix : await rankColumns(matrix, { signal });
  const run = (estimator: ImportanceEstimator): Promise<RfeRound[]> =>
    eliminate({ matrix: ranked, labels, estimator, sizes, seed, signal, onRound: progress });
  const { estimator, nEstimators, forest } = options;
  const rounds = await (estimator ? run(estimator) : withForest({ nEstimators, ...forest }, run));
  progress(nFeatures);
  return new FeatureElimination([...features], rankingOf(features, rounds), rounds);
}

function rankingOf(features: readonly string[], rounds: readonly RfeRound[]): Int32Array {
  const rankOf = new Map(
    rounds.flatMap(({ removed }, round) => removed.map((name) => [name, rounds.length - round + 1] as const)),
  );
  return Int32Array.from(features, (name) => rankOf.get(name) ?? 1);
}
