import type { FeatureMatrix, FitOptions, Labels } from "@mlsec/preprocess";
import type { Criterion } from "@mlsec/trees";
import type { AttackClassWeight, ErrorCost } from "./class-weighting.js";
import { FittedAttackTree } from "./fitted-attack-tree.js";
import { growTree } from "./grow-tree.js";
import { leafCounts } from "./leaf-counts.js";
import { type AttackSearch, type AttackSearchOptions, chosenOptions } from "./search.js";

export interface AttackTreeOptions extends FitOptions {
  /** Deepest level of the tree, at least 1; default 10. */
  readonly maxDepth?: number | undefined;
  /** Default "gini". */
  readonly criterion?: Criterion | undefined;
  /** "balanced" weighs classes by the inverse of their frequency; see `AttackClassWeight`. Default: all rows alike. */
  readonly classWeight?: AttackClassWeight | undefined;
  /** What errors cost, besides; see `ErrorCost`. Default: all 1. */
  readonly costs?: readonly ErrorCost[] | undefined;
  /** A node with fewer rows is a leaf; at least 2. Default 2. */
  readonly minSamplesSplit?: number | undefined;
  /** A split that leaves fewer rows on a side is not taken; at least 1. Default 1. */
  readonly minSamplesLeaf?: number | undefined;
  /** The most leaves, at least 2, best first. Default: as many as it takes. */
  readonly maxLeafNodes?: number | undefined;
  /**
   * Prunes branches whose impurity saved per leaf is at most this, at least 0. `"cross-validated"` chooses it: see
   * `crossValidatedAlpha`. Default 0: nothing.
   */
  readonly ccpAlpha?: number | "cross-validated" | undefined;
  /** Features that the tree must not ask about. They remain in the matrix. Default none. */
  readonly excludeFeatures?: readonly string[] | undefined;
  /** Changes how many rows of each class the tree is grown on. Default: as they are. */
  readonly resample?: Resampling | undefined;
}

/** Rows of small classes drawn more than once, rows of large ones left out; see `oversample` and `undersample`. */
export interface Resampling {
  /** A class with fewer rows gets as many by repetition. */
  readonly atLeast?: number | undefined;
  /** A class with more rows loses the rest, drawn at random. */
  readonly atMost?: number | undefined;
}

/** The attack classifier's model, and its training. */
export class AttackTree extends FittedAttackTree {
  /**
   * Grows a tree, and counts the given rows in its leaves: each once, whatever they weigh and however they were resampled.
   *
   * @param matrix at least one row and one feature; finite values within float32's range, or NaN where missing.
   * @param labels one class a row.
   * @throws MlsecError `not-finite`, `no-rows`, `no-features`, `length-mismatch`, `invalid-labels`, `invalid-option`,
   *   `missing-column` and `unknown-class` where options name what is not there, `class-too-small` where folds are to have
   *   every class, `aborted`.
   */
  static async fit(matrix: FeatureMatrix, labels: Labels, options: AttackTreeOptions = {}): Promise<AttackTree> {
    const tree = await growTree(matrix, labels, options);
    return new AttackTree(tree, leafCounts(tree, matrix, labels));
  }

  /**
   * Tries options on the rows of folds and fits the chosen ones on all rows. Every candidate sees the same folds, so that their
   * differences do not hang on which rows a fold happened to get. The best one's score is the best of many: measure the
   * tree on rows that the search did not see.
   *
   * @throws MlsecError as `fit`.
   */
  static async search(matrix: FeatureMatrix, labels: Labels, options: AttackSearchOptions = {}): Promise<AttackSearch> {
    const { signal, onProgress } = options;
    const found = await chosenOptions(matrix, labels, options);
    return { tree: await AttackTree.fit(matrix, labels, { ...found.options, signal, onProgress }), ...found };
  }
}
