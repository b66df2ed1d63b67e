import { type FitOptions, type Labels, listSome, MlsecError } from "@mlsec/preprocess";
import { log2 } from "@mlsec/preprocess/numeric";
import type { ForestThreads, ForestThreadsOptions } from "./forest-threads.js";

/** How impure a node is: the Gini index, or Shannon's entropy in bits (`logLoss` is its other name). */
export type Criterion = "gini" | "entropy" | "logLoss";

/**
 * Weights of classes: `"balanced"` gives every class the same total, rows ÷ (classes present × rows of the class); or
 * weights by class name, where a class that is not named has 1.
 */
export type ClassWeight = "balanced" | Readonly<Record<string, number>> | ReadonlyMap<string, number>;

/** What trees and forests have in common. */
export interface TreeOptions extends FitOptions {
  /** Default `"gini"`. */
  readonly criterion?: Criterion | undefined;
  /** The most edges from the root to a leaf, at least 1. Default: as deep as it takes. */
  readonly maxDepth?: number | undefined;
  /** A node with fewer rows is a leaf; at least 2. Default 2. */
  readonly minSamplesSplit?: number | undefined;
  /** A split that leaves fewer rows on a side is not taken; at least 1. Default 1. */
  readonly minSamplesLeaf?: number | undefined;
  /**
   * How many features to draw per node: a whole number from 1 on, a fraction of them below 1 (rounded down, at least
   * one), `"sqrt"` or `"log2"` of their number (rounded down). Constant features that are drawn count, but drawing goes
   * on until one is not constant. All of them by default in a tree, `"sqrt"` in a forest.
   */
  readonly maxFeatures?: number | "sqrt" | "log2" | undefined;
  /** Default: every row weighs 1. */
  readonly classWeight?: ClassWeight | undefined;
  /**
   * A split is taken only if it takes away at least this much impurity, weighted by the node's share of all weight; finite,
   * at least 0. Default 0.
   */
  readonly minImpurityDecrease?: number | undefined;
  /**
   * The most leaves, at least 2: the tree then grows best first, always by the split that takes away most. Default: as many
   * as it takes, depth first.
   */
  readonly maxLeafNodes?: number | undefined;
  /**
   * Prunes every branch whose impurity saved per leaf is at most this (minimal cost-complexity pruning); finite, at least
   * 0. Default 0: nothing. See `costComplexityPruningPath`.
   */
  readonly ccpAlpha?: number | undefined;
}

/**
 * Which thresholds a tree looks at: `"exact"`, between every two neighbouring values; `"histogram"`, between at most 255
 * bins a feature, for many rows; `"auto"`, histograms from 100,000 rows on where all features are looked at.
 */
export type SplitterOption = "exact" | "histogram" | "auto";

/** From so many rows on `"auto"` takes histograms. */
const AUTO_HISTOGRAM_ROWS = 100_000;

/** Options of `DecisionTreeClassifier.fit`. */
export interface DecisionTreeOptions extends TreeOptions {
  /** Default `"exact"`. `"histogram"` does not go with `maxFeatures` below the number of features. */
  readonly splitter?: SplitterOption | undefined;
  /** One finite weight of at least 0 per row, multiplied with the class's. A row of weight 0 is left out. */
  readonly sampleWeight?: Float64Array | undefined;
}

/** Options of `RandomForestClassifier.fit`. */
export interface RandomForestOptions extends Omit<TreeOptions, "classWeight">, ForestThreadsOptions {
  /**
   * As in trees; or `"balancedSubsample"`: balanced in every tree's bootstrap sample anew, instead of once over all rows.
   * Default: every row weighs 1.
   */
  readonly classWeight?: ClassWeight | "balancedSubsample" | undefined;
  /** Whether to ask every tree about the rows that its sample left out; needs `bootstrap`. Default false. */
  readonly oobScore?: boolean | undefined;
  /** Number of trees, from 1 to 10,000. Default 100. */
  readonly nEstimators?: number | undefined;
  /** Whether each tree sees as many rows as there are, drawn with replacement, instead of all. Default true. */
  readonly bootstrap?: boolean | undefined;
  /**
   * How many threads to grow trees on, at least 1; or threads that several fits share. The forest is the same. Default 1,
   * the thread of the caller; with more, that one only waits.
   */
  readonly threads?: number | ForestThreads | undefined;
}

/** Checked options in the form in which a tree is grown. */
export interface GrowthRules {
  readonly criterion: "gini" | "entropy";
  /** Infinity where there is no limit. */
  readonly maxDepth: number;
  readonly minSamplesSplit: number;
  readonly minSamplesLeaf: number;
  /** From 1 to the number of features. */
  readonly maxFeatures: number;
  readonly minImpurityDecrease: number;
  /** Infinity where there is no limit. */
  readonly maxLeafNodes: number;
  readonly ccpAlpha: number;
}

/** @throws MlsecError `invalid-option`, naming the option and what it may be. */
export function growthRules(options: Omit<TreeOptions, "classWeight">, features: number): GrowthRules {
  const { criterion = "gini", maxDepth, minSamplesSplit = 2, minSamplesLeaf = 1, maxFeatures } = options;
  const { minImpurityDecrease = 0, maxLeafNodes, ccpAlpha = 0 } = options;
  if (!["gini", "entropy", "logLoss"].includes(criterion)) {
    throw invalidOption("criterion", '"gini", "entropy" or "logLoss"', criterion);
  }
  if (maxDepth !== undefined) checkCount("maxDepth", maxDepth, 1);
  checkCount("minSamplesSplit", minSamplesSplit, 2);
  checkCount("minSamplesLeaf", minSamplesLeaf, 1);
  checkAmount("minImpurityDecrease", minImpurityDecrease);
  if (maxLeafNodes !== undefined) checkCount("maxLeafNodes", maxLeafNodes, 2);
  checkAmount("ccpAlpha", ccpAlpha);
  return {
    criterion: criterion === "gini" ? "gini" : "entropy",
    maxDepth: maxDepth ?? Number.POSITIVE_INFINITY,
    minSamplesSplit,
    minSamplesLeaf,
    maxFeatures: countFeatures(maxFeatures, features),
    minImpurityDecrease,
    maxLeafNodes: maxLeafNodes ?? Number.POSITIVE_INFINITY,
    ccpAlpha,
  };
}

/** What is meant by `splitter` for so many rows. @throws MlsecError `invalid-option`. */
export function chosenSplitter(
  splitter: SplitterOption | undefined,
  rows: number,
  drawing: boolean,
): "exact" | "histogram" {
  if (splitter === undefined) return "exact";
  if (!["exact", "histogram", "auto"].includes(splitter)) {
    throw invalidOption("splitter", '"exact", "histogram" or "auto"', splitter);
  }
  if (splitter === "auto") return rows >= AUTO_HISTOGRAM_ROWS && !drawing ? "histogram" : "exact";
  if (splitter === "histogram" && drawing) {
    throw invalidOption("splitter", '"exact" or "auto" where maxFeatures draws some of the features', splitter);
  }
  return splitter;
}

function countFeatures(maxFeatures: TreeOptions["maxFeatures"], features: number): number {
  if (maxFeatures === undefined) return features;
  if (maxFeatures === "sqrt") return Math.max(1, Math.floor(Math.sqrt(features)));
  if (maxFeatures === "log2") return Math.max(1, Math.floor(log2(features)));
  if (typeof maxFeatures === "number" && maxFeatures > 0 && maxFeatures < 1) {
    return Math.max(1, Math.floor(maxFeatures * features));
  }
  if (!Number.isSafeInteger(maxFeatures) || maxFeatures < 1) {
    throw invalidOption("maxFeatures", 'a whole number from 1, a fraction below 1, "sqrt" or "log2"', maxFeatures);
  }
  return Math.min(maxFeatures, features);
}

/** The weight of each class, in class order. @throws MlsecError `invalid-option`. */
export function classFactors(classWeight: ClassWeight | undefined, labels: Labels): Float64Array {
  const { classes, codes } = labels;
  const factors = new Float64Array(classes.length).fill(1);
  if (classWeight === undefined) return factors;
  if (classWeight === "balanced") {
    const counts = new Int32Array(classes.length);
    for (const code of codes) counts[code]!++;
    const present = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
    return factors.map((_, index) => (counts[index]! > 0 ? codes.length / (present * counts[index]!) : 1));
  }
  if (typeof classWeight !== "object" || classWeight === null) {
    throw invalidOption("classWeight", '"balanced" or weights by class name', classWeight);
  }
  const entries: Iterable<[string, number]> =
    classWeight instanceof Map ? classWeight.entries() : Object.entries(classWeight as Record<string, number>);
  for (const [name, weight] of entries) {
    const index = classes.indexOf(name);
    if (index < 0) throw invalidOption("classWeight", `weights of the classes ${listSome(classes, 8)}`, name);
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw invalidOption(`classWeight of ${JSON.stringify(name)}`, "a finite number of at least 0", weight);
    }
    factors[index] = weight;
  }
  return factors;
}

/** @throws MlsecError `invalid-option` unless the value is an integer of at least `min`. */
export function checkCount(option: string, value: number, min: number): void {
  if (!Number.isSafeInteger(value) || value < min) {
    throw invalidOption(option, `a whole number of at least ${min}`, value);
  }
}

function checkAmount(option: string, value: number): void {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw invalidOption(option, "a finite number of at least 0", value);
  }
}

export function invalidOption(option: string, expected: string, got: unknown): MlsecError {
  const shown = typeof got === "string" ? JSON.stringify(got) : String(got);
  return new MlsecError("invalid-option", `${option} must be ${expected}, but is ${shown}.`, {
    option,
    expected,
    got,
  });
}
