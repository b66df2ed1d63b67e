import { type FeatureMatrix, type Json, type State, StateReader, toPlain } from "@mlsec/preprocess";
import { CompiledTree } from "./compiled-tree.js";
import { checkFeatures, requireCode, requireLength } from "./input-checks.js";
import { addAttributions } from "./reference-attribution.js";
import { childOf } from "./row-walk.js";
import {
  impurityImportances,
  leafCount,
  majorityClasses,
  nodesFromState,
  nodesState,
  onlyClasses,
  type TreeNodes,
  treeDepth,
} from "./tree-nodes.js";
import { type TreeRule, treeRules } from "./tree-rules.js";
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
  /** The class of each node, as a code: that of the largest share, of equal ones the first. */
  readonly nodeClass: Int32Array;
  /** The class of each node whose rows are of one class; −1 elsewhere. @internal */
  readonly onlyClass: Int32Array;
  /** Caches, and nothing that two equal trees could differ in. */
  #compiled: CompiledTree | undefined;
  #importances: Float64Array | undefined;

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
    this.nodeClass = majorityClasses(nodes, classes.length);
    this.onlyClass = onlyClasses(nodes, this.nodeClass, classes.length);
  }

  /**
   * Share of every feature in the reduction of impurity; they sum to 1, or are all 0 if nothing was split. Made when first asked
   * for: a file may claim many features and many trees, of which together they need the product.
   */
  get featureImportances(): Float64Array {
    this.#importances ??= impurityImportances(this.nodes, this.features.length);
    return this.#importances;
  }

  /** Class index per row. @throws MlsecError `feature-mismatch`, or `not-finite` for an infinite value on the way of a row. */
  predict(matrix: FeatureMatrix): Int32Array {
    return this.apply(matrix).map((leaf) => this.nodeClass[leaf]!);
  }

  /** Rows × classes, row-major: the class shares in each row's leaf. Errors as in `predict`. */
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

  /** The leaf (node number) that each row falls into. Errors as in `predict`. */
  apply(matrix: FeatureMatrix): Int32Array {
    checkFeatures(this.features, matrix.features);
    return this.compile().applyMatrix(matrix);
  }

  /** The tree laid out for speed: one row without allocation, or rows that lie one after another. Made once. */
  compile(): CompiledTree {
    this.#compiled ??= new CompiledTree(this.nodes, this.depth, this.classes, this.features, this.nodeClass);
    return this.#compiled;
  }

  /** Class index of one row. Values and errors as in `decisionPath`. */
  predictRow(values: ArrayLike<number>): number {
    return this.compile().predictRow(values);
  }

  /** Class shares of one row, in class order. Values and errors as in `decisionPath`. */
  probaRow(values: ArrayLike<number>): Float64Array {
    return this.compile().probaRow(values);
  }

  /**
   * The nodes that a row passes, from the root to its leaf.
   *
   * @param values one value per feature, in order; NaN where missing.
   * @throws MlsecError `length-mismatch`, or `not-finite` for an infinite value on the way.
   */
  decisionPath(values: ArrayLike<number>): Int32Array {
    const leaf = this.compile().applyRow(values);
    const path = [0];
    for (let node = 0; node !== leaf; path.push(node)) {
      node = childOf(this.nodes, node, values[this.nodes.feature[node]!]!, this.features, null);
    }
    return Int32Array.from(path);
  }

  /**
   * For each feature its part of the difference in a class's share between a row and a reference row: exact Shapley values
   * (interventional TreeSHAP with one background row), which sum to the difference.
   *
   * @param values @param reference one value per feature, in order; NaN where missing.
   * @param code index of the class.
   * @param out the values are added to these; a new array by default.
   * @throws MlsecError `length-mismatch`, `not-finite` as in `decisionPath`, or `code-out-of-range`.
   */
  attributions(
    values: ArrayLike<number>,
    reference: ArrayLike<number>,
    code: number,
    out: Float64Array = new Float64Array(this.features.length),
  ): Float64Array {
    const classes = this.classes.length;
    for (const row of [values, reference, out]) requireLength(row, this.features.length);
    requireCode(code, classes);
    const { value } = this.nodes;
    addAttributions(this.nodes, this.features, (leaf) => value[leaf * classes + code]!, values, reference, out);
    return out;
  }

  /** The tree as indented rules, like scikit-learn's `export_text`. */
  toText(options: TreeTextOptions = {}): string {
    return treeText(this.nodes, this.features, this.classes, options);
  }

  /** The tree as data: a rule per leaf, of which every row meets exactly one. */
  rules(): TreeRule[] {
    return treeRules(this.nodes, this.features, this.classes, this.nodeClass);
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
