import { type FeatureMatrix, type Json, type State, StateReader, toPlain } from "@mlsec/preprocess";
import { FittedTree, namesFromState } from "./fitted-tree.js";
import { walkForest } from "./forest-walk.js";
import { checkFeatures } from "./input-checks.js";
import { argmax, impurityImportances, nodesFromState, nodesState, normalised, type TreeNodes } from "./tree-nodes.js";

/** Most trees of a forest: each takes 1.5 KB of memory, of which a file need have no more than 50 bytes. */
export const MAX_TREES = 10_000;

/**
 * A grown random forest, for scoring: it brings no training code along. `RandomForestClassifier.fit` and `fromState`
 * make one. Probabilities are averaged over the trees.
 */
export class FittedForest {
  /** Classes in the order of probabilities and codes, those without a training row included. */
  readonly classes: readonly string[];
  /** Feature names in order. */
  readonly features: readonly string[];
  readonly trees: readonly FittedTree[];
  #importances: Float64Array | undefined;

  /** @internal */
  constructor(classes: readonly string[], features: readonly string[], trees: readonly FittedTree[]) {
    this.classes = classes;
    this.features = features;
    this.trees = trees;
  }

  /** Mean of the trees' importances; they sum to 1, or are all 0 if no tree has a split. */
  get featureImportances(): Float64Array {
    this.#importances ??= meanImportances(this.trees, this.features.length);
    return this.#importances;
  }

  /** Class index per row: the most probable, the first among equals. Errors as in `predictProba`. */
  predict(matrix: FeatureMatrix): Int32Array {
    const shares = this.predictProba(matrix);
    const classes = this.classes.length;
    return new Int32Array(matrix.rows).map((_, row) => argmax(shares, row * classes, classes));
  }

  /**
   * Rows × classes, row-major: the mean of the trees' class shares.
   *
   * @throws MlsecError `feature-mismatch`, or `not-finite` for an infinite value on the way of a row.
   */
  predictProba(matrix: FeatureMatrix): Float64Array {
    checkFeatures(this.features, matrix.features);
    const classes = this.classes.length;
    const sums = new Float64Array(matrix.rows * classes);
    walkForest(this.trees, matrix, ({ nodes: { value }, onlyClass }, from, leaves) => {
      for (let row = 0; row < leaves.length; row++) {
        const leaf = leaves[row]!;
        const sum = (from + row) * classes;
        const only = onlyClass[leaf]!;
        if (only >= 0) sums[sum + only]!++;
        else for (let c = 0; c < classes; c++) sums[sum + c]! += value[leaf * classes + c]!;
      }
    });
    return sums.map((sum) => sum / this.trees.length);
  }

  /** Class shares of one row, in class order. @throws MlsecError `length-mismatch`, or `not-finite` as in `predictProba`. */
  probaRow(values: ArrayLike<number>): Float64Array {
    const sums = new Float64Array(this.classes.length);
    const shares = new Float64Array(this.classes.length);
    for (const tree of this.trees) {
      tree.compile().probaRow(values, shares);
      for (let c = 0; c < sums.length; c++) sums[c]! += shares[c]!;
    }
    return sums.map((sum) => sum / this.trees.length);
  }

  /** Class index of one row. Values and errors as in `probaRow`. */
  predictRow(values: ArrayLike<number>): number {
    return argmax(this.probaRow(values), 0, this.classes.length);
  }

  /** As `FittedTree.attributions`, of the mean share over the trees. */
  attributions(values: ArrayLike<number>, reference: ArrayLike<number>, code: number): Float64Array {
    const sums = new Float64Array(this.features.length);
    for (const tree of this.trees) tree.attributions(values, reference, code, sums);
    return sums.map((sum) => sum / this.trees.length);
  }

  /** Everything that the forest knows, for `fromState`: the nodes of all trees one after another, and each tree's number of nodes. */
  toState(): State {
    return {
      classes: this.classes,
      features: this.features,
      nodeCounts: Int32Array.from(this.trees, (tree) => tree.nodeCount),
      nodes: nodesState(concatNodes(this.trees.map((tree) => tree.nodes))),
    };
  }

  /** `toState` as plain JSON, for `fromJSON`. */
  toJSON(): Json {
    return toPlain(this.toState());
  }

  /**
   * Reads a forest back, from a state or its JSON, and checks all of it.
   *
   * @throws MlsecError `invalid-state`.
   */
  static fromState(state: unknown): FittedForest {
    const reader = new StateReader(state, "forest");
    const { classes, features } = namesFromState(reader);
    const counts = reader.int32("nodeCounts", undefined, { min: 1 });
    if (counts.length === 0 || counts.length > MAX_TREES)
      reader.fail("nodeCounts", `a list of 1 to ${MAX_TREES} trees`);
    const slices = sliceNodes(reader.object("nodes"), counts, classes.length);
    const trees = slices.map(
      (slice) => new FittedTree(classes, features, nodesFromState(slice, features.length, classes.length)),
    );
    return new FittedForest(classes, features, trees);
  }

  /** The same as `fromState`. */
  static fromJSON(json: unknown): FittedForest {
    return FittedForest.fromState(json);
  }
}

function meanImportances(trees: readonly FittedTree[], features: number): Float64Array {
  const sums = new Float64Array(features);
  for (const { nodes } of trees) {
    const own = impurityImportances(nodes, features);
    for (let feature = 0; feature < features; feature++) sums[feature]! += own[feature]!;
  }
  return normalised(sums);
}

function concatNodes(trees: readonly TreeNodes[]): TreeNodes {
  const ints = (key: "feature" | "missingLeft" | "left" | "right" | "samples"): Int32Array =>
    concat(
      Int32Array,
      trees.map((nodes) => nodes[key]),
    );
  const doubles = (key: "threshold" | "impurity" | "weightedSamples" | "value"): Float64Array =>
    concat(
      Float64Array,
      trees.map((nodes) => nodes[key]),
    );
  return {
    feature: ints("feature"),
    threshold: doubles("threshold"),
    missingLeft: ints("missingLeft"),
    left: ints("left"),
    right: ints("right"),
    impurity: doubles("impurity"),
    samples: ints("samples"),
    weightedSamples: doubles("weightedSamples"),
    value: doubles("value"),
  };
}

function concat<T extends Int32Array | Float64Array>(type: new (length: number) => T, parts: readonly T[]): T {
  const all = new type(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** One reader per tree over its part of the arrays, which are not copied. Only lengths are checked here; `nodesFromState` checks the rest. */
function sliceNodes(all: StateReader, counts: Int32Array, classes: number): StateReader[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const arrays = {
    feature: all.int32("feature", total),
    threshold: all.float64("threshold", total),
    missingLeft: all.has("missingLeft") ? all.int32("missingLeft", total) : null,
    left: all.int32("left", total),
    right: all.int32("right", total),
    impurity: all.float64("impurity", total),
    samples: all.int32("samples", total),
    weightedSamples: all.float64("weightedSamples", total),
    value: all.float64("value", total * classes),
  };
  let from = 0;
  return Array.from(counts, (count, tree) => {
    const to = from + count;
    const slice = {
      feature: arrays.feature.subarray(from, to),
      threshold: arrays.threshold.subarray(from, to),
      missingLeft: arrays.missingLeft?.subarray(from, to) ?? null,
      left: arrays.left.subarray(from, to),
      right: arrays.right.subarray(from, to),
      impurity: arrays.impurity.subarray(from, to),
      samples: arrays.samples.subarray(from, to),
      weightedSamples: arrays.weightedSamples.subarray(from, to),
      value: arrays.value.subarray(from * classes, to * classes),
    };
    from = to;
    return new StateReader(slice, `forest.trees[${tree}].nodes`);
  });
}
