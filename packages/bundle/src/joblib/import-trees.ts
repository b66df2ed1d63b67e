import { log2 } from "@mlsec/preprocess/numeric";
import { FittedForest, FittedTree } from "@mlsec/trees/score";
import { Attributes, fittedAttributes, invalidModel, itemsOf, sklearnClass } from "./attributes.js";
import { beyondLimit } from "./joblib-error.js";
import { MAX_FEATURES, MAX_IMPORTANCES, MAX_SHARES, MAX_TREES } from "./limits.js";
import { NumpyArray } from "./numpy-array.js";
import { PythonObject, type PythonValue } from "./python-value.js";

/** A classifier as the file has it: its classes by their own names, which may be the codes of a label encoder. */
export interface ImportedClassifier {
  readonly model: FittedTree | FittedForest;
  /** Names of the features, where the file has them. */
  readonly features: readonly string[] | null;
  /** As `labelsOf` writes them, in the model's order. */
  readonly classes: readonly string[];
  /** Rows that the tree was grown on; null for forests, whose trees know only their own samples. */
  readonly trainingRows: number | null;
}

const FORESTS: ReadonlySet<string> = /* @__PURE__ */ new Set(["RandomForestClassifier", "ExtraTreesClassifier"]);
const TREES: ReadonlySet<string> = /* @__PURE__ */ new Set(["DecisionTreeClassifier", "ExtraTreeClassifier"]);

export function isClassifier(value: PythonValue | undefined): value is PythonObject {
  const name = sklearnClass(value);
  return name !== null && (FORESTS.has(name) || TREES.has(name));
}

/**
 * A tree or forest of scikit-learn, of any version from 0.18 on, for scoring: predictions are equal to the last bit, as both
 * compare float32 values with float64 thresholds and sum trees in their order.
 *
 * @param naming names for features that the file does not name; default `x0`, `x1`, …, as scikit-learn calls them.
 * @throws JoblibError `invalid-model`, `too-large`; MlsecError `invalid-state` for nodes that are no tree.
 */
export function importClassifier(
  estimator: PythonObject,
  path: string,
  naming?: readonly string[],
): ImportedClassifier {
  const isForest = FORESTS.has(sklearnClass(estimator)!);
  const attributes = fittedAttributes(estimator, path, isForest ? "estimators_" : "tree_");
  const outputs = attributes.number("n_outputs_") ?? 1;
  const classes = outputs === 1 ? attributes.labels("classes_") : undefined;
  if (classes === undefined || classes.length === 0 || new Set(classes).size < classes.length)
    throw invalidModel(path, "must have one output with distinct classes");
  const members = isForest ? (itemsOf(attributes.get("estimators_")) ?? []) : [estimator];
  if (members.length === 0 || members.length > MAX_TREES)
    throw invalidModel(attributes.at("estimators_"), `must hold 1 to ${MAX_TREES} trees`);
  const trees = members.map((member, place) =>
    treeObject(member, isForest ? `${attributes.at("estimators_")}[${place}]` : path),
  );
  const width = featureCount(trees[0]!, path);
  if (width * members.length > MAX_IMPORTANCES) throw invalidModel(path, "has too many trees for so many features");
  const named = attributes.labels("feature_names_in_") ?? null;
  const features = named ?? naming ?? defaultFeatures(width);
  if (features.length !== width)
    throw invalidModel(path, `has ${width} features, but ${features.length} names for them`);
  let shares = 0;
  const states = trees.map((tree) => {
    const nodes = nodesOf(tree, classes.length, width);
    shares += nodes.value.length;
    if (shares > MAX_SHARES) throw beyondLimit(0, "class shares of nodes", MAX_SHARES);
    return nodes;
  });
  const fitted = states.map((nodes) => FittedTree.fromState({ classes, features, nodes }));
  const model = isForest ? new FittedForest(classes, features, fitted) : fitted[0]!;
  return { model, features: named, classes, trainingRows: isForest ? null : fitted[0]!.nodes.samples[0]! };
}

/** scikit-learn's names of features that have none. */
export function defaultFeatures(count: number): string[] {
  return Array.from({ length: count }, (_, place) => `x${place}`);
}

/** The tree inside of an estimator: its arguments and its arrays. */
interface TreeObject {
  /** The estimator's option. */
  readonly criterion: PythonValue | undefined;
  readonly object: PythonObject;
  readonly state: Attributes;
}

function treeObject(estimator: PythonValue, path: string): TreeObject {
  const attributes = Attributes.of(estimator, path);
  const object = attributes?.get("tree_");
  const at = `${path === "" ? "" : `${path}.`}tree_`;
  const state =
    object instanceof PythonObject && sklearnClass(object) === "Tree" ? Attributes.of(object.state, at) : null;
  if (state === null) throw invalidModel(at, "must be a fitted tree of scikit-learn");
  return { criterion: attributes!.get("criterion"), object: object as PythonObject, state };
}

function featureCount({ object }: TreeObject, path: string): number {
  const [count] = object.args;
  if (typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= MAX_FEATURES) return count;
  throw invalidModel(path, `must have 1 to ${MAX_FEATURES} features`);
}

/** The arrays of a tree as mlsec has them. Node 0 is the root in both, and children come after their parents. */
function nodesOf({ criterion, object, state }: TreeObject, classes: number, features: number) {
  const records = state.get("nodes");
  const values = state.get("values");
  if (!(records instanceof NumpyArray) || !(values instanceof NumpyArray))
    return state.fail("nodes", "an array of nodes");
  const count = records.size;
  if (object.args[0] !== features) throw invalidModel(state.path, "must have as many features as the other trees");
  if (values.size !== count * classes || values.size > MAX_SHARES)
    return state.fail("values", `an array of ${count} × ${classes} shares or counts`);
  const field = (name: string): Float64Array =>
    records.fieldNumbers(name) ?? state.fail("nodes", `an array of nodes with the field ${name}`);
  const left = Int32Array.from(field("left_child"));
  const isLeaf = (node: number): boolean => left[node] === -1;
  const value = shares(values.numbers(), classes);
  // From scikit-learn 1.3 on.
  const missingLeft = records.fieldNumbers("missing_go_to_left");
  return {
    feature: Int32Array.from(field("feature"), (feature, node) => (isLeaf(node) ? -1 : feature)),
    threshold: field("threshold").map((threshold, node) => (isLeaf(node) ? 0 : finite(threshold))),
    ...(missingLeft === undefined
      ? {}
      : { missingLeft: Int32Array.from(missingLeft, (side, node) => (isLeaf(node) ? 0 : side)) }),
    left,
    right: Int32Array.from(field("right_child")),
    impurity: impurities(field("impurity"), value, criterion === "gini"),
    samples: Int32Array.from(field("n_node_samples")),
    weightedSamples: field("weighted_n_node_samples"),
    value,
  };
}

/**
 * The nodes' impurities. scikit-learn 1.3 has wrong ones below splits of missing values, NaN and negative ones among them:
 * then all are made of the class shares, as Gini's impurity or as the entropy in bits.
 */
function impurities(given: Float64Array, shares: Float64Array, isGini: boolean): Float64Array {
  if (given.every((impurity) => impurity >= 0)) return given;
  const classes = shares.length / given.length;
  return given.map((_, node) => {
    let sum = 0;
    for (const share of shares.subarray(node * classes, (node + 1) * classes))
      if (share > 0) sum += share * (isGini ? share : log2(share));
    return isGini ? Math.max(0, 1 - sum) : -sum;
  });
}

/** A threshold between all present values and the missing ones is infinite there, and the largest double here. */
function finite(threshold: number): number {
  if (threshold === Number.POSITIVE_INFINITY) return Number.MAX_VALUE;
  return threshold === Number.NEGATIVE_INFINITY ? -Number.MAX_VALUE : threshold;
}

/** How far the sum of shares may be from 1. */
const SHARES_TOLERANCE = 1e-6;

/** Class shares, which scikit-learn keeps from 1.3 on; before, it kept counts and divided them by their sum at each prediction. */
function shares(values: Float64Array, classes: number): Float64Array {
  const sums = new Float64Array(values.length / classes);
  for (let place = 0; place < values.length; place++) sums[Math.floor(place / classes)]! += values[place]!;
  if (sums.every((sum) => Math.abs(sum - 1) < SHARES_TOLERANCE)) return values;
  return values.map((value, place) => value / sums[Math.floor(place / classes)]!);
}

/**
 * The same tree or forest with other names.
 *
 * @param order places of the classes in the model, in the order that they shall have; default as they are.
 * @throws MlsecError `invalid-state` for names that are not distinct.
 */
export function renamed<T extends FittedTree | FittedForest>(
  model: T,
  features: readonly string[],
  classes: readonly string[],
  order: readonly number[] = classes.map((_, place) => place),
): T {
  const tree = ({ nodes }: FittedTree): FittedTree => {
    const value = new Float64Array(nodes.value.length);
    for (let at = 0; at < value.length; at += classes.length)
      for (const [place, from] of order.entries()) value[at + place] = nodes.value[at + from]!;
    return FittedTree.fromState({ classes, features, nodes: { ...nodes, value } });
  };
  return (model instanceof FittedTree ? tree(model) : new FittedForest(classes, features, model.trees.map(tree))) as T;
}
