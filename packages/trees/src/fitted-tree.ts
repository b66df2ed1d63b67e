import { type FeatureMatrix, type Json, MlsecError, type State, StateReader, toPlain } from "@mlsec/preprocess";
import { checkFeatures, checkRange } from "./input-checks.js";
import {
  impurityImportances,
  leafCount,
  majorityClasses,
  nodesFromState,
  nodesState,
  type TreeNodes,
  treeDepth,
} from "./tree-nodes.js";
import { type TreeTextOptions, treeText } from "./tree-text.js";

/**
 * A grown CART classification tree, for scoring: it brings no training code along. `DecisionTreeClassifier.fit` and
 * `fromState` make one.
 */
export class FittedTree {
  /** Classes in the order of probabilities and codes, those without a training row included. */
  readonly classes: readonly string[];
  /** Feature names in order. */
  readonly features: readonly string[];
  readonly nodes: TreeNodes;
  /** How its splits were found; see `DecisionTreeOptions`. A tree of unknown origin counts as exact. */
  readonly splitter: "exact" | "histogram";
  /** Edges from the root to the deepest leaf. */
  readonly depth: number;
  /** Number of leaves. */
  readonly leaves: number;
  readonly nodeCount: number;
  /** Share of every feature in the reduction of impurity; they sum to 1, or are all 0 if nothing was split. */
  readonly featureImportances: Float64Array;
  private readonly nodeClass: Int32Array;

  /** @internal */
  constructor(
    classes: readonly string[],
    features: readonly string[],
    nodes: TreeNodes,
    splitter: "exact" | "histogram" = "exact",
  ) {
    this.splitter = splitter;
    this.classes = classes;
    this.features = features;
    this.nodes = nodes;
    this.depth = treeDepth(nodes);
    this.leaves = leafCount(nodes);
    this.nodeCount = nodes.left.length;
    this.featureImportances = impurityImportances(nodes, features.length);
    this.nodeClass = majorityClasses(nodes, classes.length);
  }

  /** Class index per row. @throws MlsecError `feature-mismatch` or `not-finite`. */
  predict(matrix: FeatureMatrix): Int32Array {
    return this.apply(matrix).map((leaf) => this.nodeClass[leaf]!);
  }

  /** Rows × classes, row-major: the class shares in each row's leaf. @throws MlsecError `feature-mismatch` or `not-finite`. */
  predictProba(matrix: FeatureMatrix): Float64Array {
    const classes = this.classes.length;
    const leaves = this.apply(matrix);
    const shares = new Float64Array(leaves.length * classes);
    for (let row = 0; row < leaves.length; row++) {
      const from = leaves[row]! * classes;
      for (let c = 0; c < classes; c++) shares[row * classes + c] = this.nodes.value[from + c]!;
    }
    return shares;
  }

  /** The leaf (node number) that each row falls into. @throws MlsecError `feature-mismatch` or `not-finite`. */
  apply(matrix: FeatureMatrix): Int32Array {
    checkFeatures(this.features, matrix.features);
    checkRange(matrix, new Set(this.nodes.feature));
    return leavesOf(this.nodes, matrix);
  }

  /**
   * The nodes that a row passes, from the root to its leaf.
   *
   * @param values one value per feature, in order.
   * @throws MlsecError `length-mismatch`, or `not-finite` for a value on the way.
   */
  decisionPath(values: ArrayLike<number>): Int32Array {
    this.checkLength(values);
    const path = [0];
    for (let node = 0; this.nodes.left[node]! >= 0; path.push(node)) node = this.step(node, values);
    return Int32Array.from(path);
  }

  /** Class index of one row. Values and errors as in `decisionPath`. */
  predictRow(values: ArrayLike<number>): number {
    return this.nodeClass[this.leafOf(values)]!;
  }

  /** Class shares of one row, in class order. Values and errors as in `decisionPath`. */
  probaRow(values: ArrayLike<number>): Float64Array {
    const from = this.leafOf(values) * this.classes.length;
    return this.nodes.value.slice(from, from + this.classes.length);
  }

  private leafOf(values: ArrayLike<number>): number {
    this.checkLength(values);
    let node = 0;
    while (this.nodes.left[node]! >= 0) node = this.step(node, values);
    return node;
  }

  private step(node: number, values: ArrayLike<number>): number {
    const { feature, threshold, missingLeft, left, right } = this.nodes;
    const index = feature[node]!;
    const value = Math.fround(values[index]!);
    if (Number.isNaN(value)) return missingLeft[node] === 1 ? left[node]! : right[node]!;
    // Zero for finite values, NaN otherwise.
    if (value - value !== 0) {
      throw new MlsecError(
        "not-finite",
        `Feature ${JSON.stringify(this.features[index])} is ${values[index]}; trees take finite numbers within float32's range.`,
        { feature: this.features[index], value: values[index] },
      );
    }
    return value <= threshold[node]! ? left[node]! : right[node]!;
  }

  private checkLength(values: ArrayLike<number>): void {
    if (values.length === this.features.length) return;
    throw new MlsecError(
      "length-mismatch",
      `A row must have ${this.features.length} values, one per feature, but has ${values.length}.`,
      { expected: this.features.length, got: values.length },
    );
  }

  /** The tree as indented rules, like scikit-learn's `export_text`. */
  toText(options: TreeTextOptions = {}): string {
    return treeText(this.nodes, this.features, this.classes, options);
  }

  /** Everything that the tree knows, for `fromState`. */
  toState(): State {
    const state = { classes: this.classes, features: this.features, nodes: nodesState(this.nodes) };
    return this.splitter === "exact" ? state : { ...state, splitter: this.splitter };
  }

  /** `toState` as plain JSON, for `fromJSON`. */
  toJSON(): Json {
    return toPlain(this.toState());
  }

  /**
   * Reads a tree back, from a state or its JSON, and checks all of it.
   *
   * @throws MlsecError `invalid-state`.
   */
  static fromState(state: unknown): FittedTree {
    const reader = new StateReader(state, "tree");
    const { classes, features } = namesFromState(reader);
    const nodes = nodesFromState(reader.object("nodes"), features.length, classes.length);
    const splitter = reader.has("splitter") ? reader.oneOf("splitter", ["exact", "histogram"]) : "exact";
    return new FittedTree(classes, features, nodes, splitter);
  }

  /** The same as `fromState`. */
  static fromJSON(json: unknown): FittedTree {
    return FittedTree.fromState(json);
  }
}

/** Reads the names of classes and features. @throws MlsecError `invalid-state` if there are none or one occurs twice. */
export function namesFromState(reader: StateReader): { classes: string[]; features: string[] } {
  const classes = reader.strings("classes");
  const features = reader.strings("features");
  if (classes.length === 0 || new Set(classes).size < classes.length)
    reader.fail("classes", "a list of distinct names");
  if (features.length === 0 || new Set(features).size < features.length) {
    reader.fail("features", "a list of distinct names");
  }
  return { classes, features };
}

/** The leaf of every row of a checked matrix. */
export function leavesOf(
  { feature, threshold, missingLeft, left, right }: TreeNodes,
  { columns, rows }: FeatureMatrix,
): Int32Array {
  const leaves = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    let node = 0;
    let asked = feature[0]!;
    while (asked >= 0) {
      const value = Math.fround(columns[asked]![row]!);
      const goesLeft = value <= threshold[node]! || (missingLeft[node] === 1 && Number.isNaN(value));
      node = goesLeft ? left[node]! : right[node]!;
      asked = feature[node]!;
    }
    leaves[row] = node;
  }
  return leaves;
}
