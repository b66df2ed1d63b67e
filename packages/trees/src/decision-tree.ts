import {
  Breather,
  DEFAULT_SEED,
  type FeatureMatrix,
  type Json,
  type Labels,
  MlsecError,
  type State,
  StateReader,
  throwIfAborted,
  toPlain,
} from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { type Scoring, scoring } from "./criterion.js";
import { DrawingSplitter } from "./drawing-splitter.js";
import { growTree } from "./grow.js";
import { checkFeatures, checkFinite, checkTrainingShape } from "./input-checks.js";
import { classFactors, type DecisionTreeOptions, type GrowthRules, growthRules, invalidOption } from "./options.js";
import { prunedNodes } from "./pruning.js";
import { RankedMatrix, rankColumns } from "./ranked-matrix.js";
import { sortedColumns } from "./sorted-columns.js";
import { SortedSplitter } from "./sorted-splitter.js";
import type { Splitter } from "./splitter.js";
import { type TrainingRows, trainingRows } from "./training-rows.js";
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

/** What trees learn from: a matrix, or its ranked columns where several fits share the ranking. */
export type TrainingMatrix = FeatureMatrix | RankedMatrix;

/**
 * A fitted CART classification tree with scikit-learn's semantics: exact splits on float32 values, float64 thresholds.
 *
 * Differs from scikit-learn's `DecisionTreeClassifier` where several splits are equally good: there the winner is
 * drawn, here it is the first feature in column order, and of its thresholds the lowest; so a tree of all features
 * depends on its data alone. Where features are drawn (`maxFeatures`), the one drawn first wins.
 */
export class DecisionTreeClassifier {
  /** Classes in the order of probabilities and codes, those without a training row included. */
  readonly classes: readonly string[];
  /** Feature names in order. */
  readonly features: readonly string[];
  readonly nodes: TreeNodes;
  /** Edges from the root to the deepest leaf. */
  readonly depth: number;
  /** Number of leaves. */
  readonly leaves: number;
  readonly nodeCount: number;
  /** Share of every feature in the reduction of impurity; they sum to 1, or are all 0 if nothing was split. */
  readonly featureImportances: Float64Array;
  private readonly nodeClass: Int32Array;

  /** @internal */
  constructor(classes: readonly string[], features: readonly string[], nodes: TreeNodes) {
    this.classes = classes;
    this.features = features;
    this.nodes = nodes;
    this.depth = treeDepth(nodes);
    this.leaves = leafCount(nodes);
    this.nodeCount = nodes.left.length;
    this.featureImportances = impurityImportances(nodes, features.length);
    this.nodeClass = majorityClasses(nodes, classes.length);
  }

  /**
   * Grows a tree.
   *
   * @param matrix at least one row and one feature, every value finite and within float32's range, or NaN where missing.
   * @param labels one class per row.
   * @param options see `DecisionTreeOptions`; `seed` matters only where `maxFeatures` draws features.
   * @throws MlsecError `not-finite`, `no-rows`, `no-features`, `length-mismatch`, `invalid-labels`, `invalid-option`,
   *   `invalid-seed` or `aborted`.
   */
  static async fit(
    matrix: TrainingMatrix,
    labels: Labels,
    options: DecisionTreeOptions = {},
  ): Promise<DecisionTreeClassifier> {
    checkTrainingShape(matrix, labels);
    const rules = growthRules(options, matrix.features.length);
    const random = Random.seeded(options.seed ?? DEFAULT_SEED);
    const factors = classFactors(options.classWeight, labels);
    const units = sampleUnits(options.sampleWeight, matrix.rows);
    const data = trainingRows(labels.codes, units, factors);
    if (data.rows.length === 0) {
      throw invalidOption("sampleWeight with classWeight", "positive for at least one row", "0 for all");
    }
    throwIfAborted(options.signal);
    const { signal, onProgress } = options;
    const breather = new Breather(signal);
    const scores = scoring(rules.criterion, factors, data.classUnits, data.whole);
    const nodes = await growTree({
      data,
      splitter: await splitterOf(matrix, data, scores, rules, random, breather),
      scoring: scores,
      rules,
      breather,
      onSettled: (done) => onProgress?.({ what: "growing the tree", done, total: data.rows.length }),
    });
    return new DecisionTreeClassifier([...labels.classes], [...matrix.features], prunedNodes(nodes, rules.ccpAlpha));
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
    checkFinite(matrix, new Set(this.nodes.feature));
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
    return { classes: this.classes, features: this.features, nodes: nodesState(this.nodes) };
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
  static fromState(state: unknown): DecisionTreeClassifier {
    const reader = new StateReader(state, "tree");
    const { classes, features } = namesFromState(reader);
    const nodes = nodesFromState(reader.object("nodes"), features.length, classes.length);
    return new DecisionTreeClassifier(classes, features, nodes);
  }

  /** The same as `fromState`. */
  static fromJSON(json: unknown): DecisionTreeClassifier {
    return DecisionTreeClassifier.fromState(json);
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

/** Where all features are looked at, sorting them once is fastest; where few are drawn, only those are sorted. */
async function splitterOf(
  matrix: TrainingMatrix,
  data: TrainingRows,
  scores: Scoring,
  rules: GrowthRules,
  random: Random,
  breather: Breather,
): Promise<Splitter> {
  if (rules.maxFeatures === matrix.features.length) {
    if (!(matrix instanceof RankedMatrix)) checkFinite(matrix);
    return new SortedSplitter(await sortedColumns(matrix, data.rows, breather), data, scores, rules);
  }
  const ranked = matrix instanceof RankedMatrix ? matrix : await rankColumns(matrix, { signal: breather.signal });
  return new DrawingSplitter(ranked, data, scores, rules, random);
}

function sampleUnits(sampleWeight: Float64Array | undefined, rows: number): Float64Array {
  if (sampleWeight === undefined) return new Float64Array(rows).fill(1);
  if (sampleWeight.length !== rows) {
    throw invalidOption("sampleWeight", `a list of ${rows} weights, one per row`, `of length ${sampleWeight.length}`);
  }
  const bad = sampleWeight.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (bad >= 0) throw invalidOption(`sampleWeight[${bad}]`, "a finite number of at least 0", sampleWeight[bad]);
  return sampleWeight;
}
