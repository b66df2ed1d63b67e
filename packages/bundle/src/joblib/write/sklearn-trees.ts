import type { FittedForest, FittedTree, TreeNodes } from "@mlsec/trees/score";
import type { Target } from "./targets.js";
import {
  type CellType,
  dict,
  FLOAT64,
  INT64,
  int64Array,
  numberArray,
  PythonFloat,
  UINT8,
  type Writable,
  WritableArray,
  WritableObject,
  WritableTuple,
} from "./values.js";

/** What a tree was grown with, as scikit-learn's constructor takes it. */
export interface TreeParameters {
  readonly criterion: string;
  readonly maxDepth: number | null;
  readonly minSamplesSplit: number;
  readonly minSamplesLeaf: number;
  readonly maxLeafNodes: number | null;
  readonly classWeight: string | null;
  readonly ccpAlpha: number;
  readonly randomState: number;
}

/** The arrays that all trees of a forest have in common. */
interface CommonArrays {
  /** Codes of the classes. */
  readonly classes: WritableArray;
  /** Their number, of the one output. */
  readonly counts: WritableArray;
}

const TREE_CLASS = "sklearn.tree._classes.DecisionTreeClassifier";

/** scikit-learn's DecisionTreeClassifier, whose classes are the codes 0, 1, …. */
export function treeObject(tree: FittedTree, parameters: TreeParameters, target: Target): WritableObject {
  return fittedTreeObject(tree, parameters, commonArrays(tree.classes.length), target);
}

/**
 * scikit-learn's RandomForestClassifier of these trees, whose classes are the codes 0, 1, …. It knows nothing of the rows that
 * each tree was grown on: `estimators_samples_` is an error there, rather than the wrong rows.
 */
export function forestObject(forest: FittedForest, parameters: TreeParameters, target: Target): WritableObject {
  const own = { ...parameters, maxFeatures: "sqrt" };
  const { maxDepth, minSamplesSplit, minSamplesLeaf, maxLeafNodes, criterion, classWeight, ccpAlpha } = parameters;
  const base = new WritableObject(TREE_CLASS, dict({ ...treeParameters(null), _sklearn_version: target.release }));
  const names = ["criterion", "max_depth", "min_samples_split", "min_samples_leaf", "min_weight_fraction_leaf"];
  names.push("max_features", "max_leaf_nodes", "min_impurity_decrease", "random_state", "ccp_alpha");
  if (target.hasMonotonicConstraints) names.push("monotonic_cst");
  const common = commonArrays(forest.classes.length);
  return new WritableObject(
    "sklearn.ensemble._forest.RandomForestClassifier",
    dict({
      [target.forestBase]: base,
      n_estimators: forest.trees.length,
      estimator_params: new WritableTuple(names),
      ...(target.hasDeprecatedBase ? { base_estimator: "deprecated" } : {}),
      bootstrap: true,
      oob_score: false,
      n_jobs: null,
      random_state: parameters.randomState,
      verbose: 0,
      warm_start: false,
      class_weight: classWeight,
      max_samples: null,
      criterion,
      max_depth: maxDepth,
      min_samples_split: minSamplesSplit,
      min_samples_leaf: minSamplesLeaf,
      min_weight_fraction_leaf: new PythonFloat(0),
      max_features: own.maxFeatures,
      max_leaf_nodes: maxLeafNodes,
      min_impurity_decrease: new PythonFloat(0),
      monotonic_cst: null,
      ccp_alpha: new PythonFloat(ccpAlpha),
      n_features_in_: forest.features.length,
      n_outputs_: 1,
      classes_: common.classes,
      n_classes_: forest.classes.length,
      [`${target.forestBase}_`]: base,
      estimators_: forest.trees.map((tree) => fittedTreeObject(tree, own, common, target)),
      _sklearn_version: target.release,
    }),
  );
}

function commonArrays(classes: number): CommonArrays {
  return { classes: int64Array(Array.from({ length: classes }, (_, code) => code)), counts: int64Array([classes]) };
}

/** The parameters of a tree; null for those of one that is only to be cloned, as a forest has it. */
function treeParameters(
  parameters: (TreeParameters & { readonly maxFeatures?: string }) | null,
): Record<string, Writable> {
  return {
    criterion: parameters?.criterion ?? "gini",
    splitter: "best",
    max_depth: parameters?.maxDepth ?? null,
    min_samples_split: parameters?.minSamplesSplit ?? 2,
    min_samples_leaf: parameters?.minSamplesLeaf ?? 1,
    min_weight_fraction_leaf: new PythonFloat(0),
    max_features: parameters?.maxFeatures ?? null,
    max_leaf_nodes: parameters?.maxLeafNodes ?? null,
    random_state: parameters?.randomState ?? null,
    min_impurity_decrease: new PythonFloat(0),
    class_weight: parameters?.classWeight ?? null,
    ccp_alpha: new PythonFloat(parameters?.ccpAlpha ?? 0),
    // Before 1.4 it means nothing; later versions cannot clone an object without it.
    monotonic_cst: null,
  };
}

function fittedTreeObject(
  tree: FittedTree,
  parameters: TreeParameters & { readonly maxFeatures?: string },
  { classes, counts }: CommonArrays,
  target: Target,
): WritableObject {
  const { features, nodes, depth } = tree;
  return new WritableObject(
    TREE_CLASS,
    dict({
      ...treeParameters(parameters),
      n_features_in_: features.length,
      n_outputs_: 1,
      classes_: classes,
      n_classes_: tree.classes.length,
      max_features_:
        parameters.maxFeatures === undefined ? features.length : Math.max(1, Math.floor(Math.sqrt(features.length))),
      tree_: new WritableObject(
        "sklearn.tree._tree.Tree",
        dict({
          max_depth: depth,
          node_count: tree.nodeCount,
          nodes: nodeArray(nodes, target),
          values: numberArray(target.hasShares ? nodes.value : countsOf(nodes, tree.classes.length), [
            tree.nodeCount,
            1,
            tree.classes.length,
          ]),
        }),
        [features.length, counts, 1],
      ),
      _sklearn_version: target.release,
    }),
  );
}

/** The fields of a node (sklearn/tree/_tree.pxd), the last of which came with 1.3. */
const NODE_FIELDS: readonly (readonly [name: string, type: CellType])[] = [
  ["left_child", INT64],
  ["right_child", INT64],
  ["feature", INT64],
  ["threshold", FLOAT64],
  ["impurity", FLOAT64],
  ["n_node_samples", INT64],
  ["weighted_n_node_samples", FLOAT64],
  ["missing_go_to_left", UINT8],
];

/** What a leaf has in place of a feature and a threshold. */
const UNDEFINED = -2;

function nodeArray(nodes: TreeNodes, { hasShares }: Target): WritableArray {
  const count = nodes.left.length;
  const named = hasShares ? NODE_FIELDS : NODE_FIELDS.slice(0, -1);
  const size = 8 * named.length;
  const fields = named.map(([name, type], place) => ({ name, type, offset: 8 * place }));
  const cells = new DataView(new ArrayBuffer(size * count));
  for (let node = 0; node < count; node++) {
    const isLeaf = nodes.left[node] === -1;
    const at = size * node;
    cells.setBigInt64(at, BigInt(nodes.left[node]!), true);
    cells.setBigInt64(at + 8, BigInt(nodes.right[node]!), true);
    cells.setBigInt64(at + 16, BigInt(isLeaf ? UNDEFINED : nodes.feature[node]!), true);
    cells.setFloat64(at + 24, isLeaf ? UNDEFINED : nodes.threshold[node]!, true);
    cells.setFloat64(at + 32, nodes.impurity[node]!, true);
    cells.setBigInt64(at + 40, BigInt(nodes.samples[node]!), true);
    cells.setFloat64(at + 48, nodes.weightedSamples[node]!, true);
    if (hasShares) cells.setUint8(at + 56, isLeaf ? 0 : nodes.missingLeft[node]!);
  }
  return new WritableArray({ kind: "V", itemSize: size, fields }, [count], new Uint8Array(cells.buffer));
}

/** How far a share times the rows may be from a count of rows. */
const WHOLE = 1e-6;

/**
 * What nodes held before 1.3: the weight of the rows of each class, which predictions divide by its sum. Where rows have no
 * weights these are counts, and the quotients are the shares to the last bit; else they may differ in it.
 */
function countsOf({ value, samples, weightedSamples }: TreeNodes, classes: number): Float64Array {
  return value.map((share, place) => {
    const node = Math.floor(place / classes);
    const weight = share * weightedSamples[node]!;
    const whole = Math.round(share * samples[node]!);
    return Math.abs(weight - whole) < WHOLE ? whole : weight;
  });
}
