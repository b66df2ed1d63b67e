import { nextDownFloat32, nextUpFloat32 } from "@mlsec/preprocess/numeric";
import type { FittedForest, FittedTree, TreeNodes } from "@mlsec/trees/score";
import { Arithmetic, cast } from "./arithmetic.js";
import { type GraphBuilder, ML_DOMAIN, type Value } from "./graph-builder.js";
import type { Attribute } from "./model.js";

/**
 * The class shares of a row's leaf as floats, rows × classes. The greatest of a leaf, of equal ones the first, is the class
 * that mlsec gives: where rounding to float32 made an equal one of it, it is the next float up.
 */
export function classShares(graph: GraphBuilder, { classes, nodes, nodeClass }: FittedTree, features: Value): Value {
  const leaves = leavesOf(nodes);
  const [treeIds, nodeIds, ids, weights]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (const leaf of leaves) {
    const shares = roundedShares(nodes.value, leaf * classes.length, classes.length, nodeClass[leaf]!);
    for (const [code, share] of shares.entries()) {
      // Of two classes both are written: runtimes take those of which only one has weights for binary ones, of which the
      // weights are those of the positive class and the label hangs on whether they are above 0.5, or above 0.
      if (share === 0 && classes.length > 2) continue;
      treeIds.push(0);
      nodeIds.push(leaf);
      ids.push(code);
      weights.push(share);
    }
  }
  const [, shares] = graph.nodeOf(
    ML_DOMAIN,
    "TreeEnsembleClassifier",
    [features],
    {
      ...nodeAttributes([nodes], (feature) => feature),
      class_treeids: { ints: treeIds },
      class_nodeids: { ints: nodeIds },
      class_ids: { ints: ids },
      class_weights: { floats: weights },
      classlabels_strings: { texts: classes },
      post_transform: { text: "NONE" },
    },
    // Its own label is not used: that of two classes is not the greatest share's in every runtime.
    ["tree label", "tree shares"],
  );
  return shares!;
}

/**
 * A forest's mean share of one class, as doubles with the bits that mlsec computes, rows × 1: runtimes sum a forest's shares as
 * float32, in an order of their own, and a score equal to the threshold would be above it or below. Here the trees give the
 * number of the row's leaf in each of them, and what the leaves say is looked up and added in order.
 *
 * @param columns for each feature of the forest its place among the features of the graph.
 */
export function forestShare(
  graph: GraphBuilder,
  { trees, classes }: FittedForest,
  code: number,
  columns: ArrayLike<number>,
  features: Value,
): Value {
  const [treeIds, nodeIds, numbers, shares]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (const [tree, { nodes }] of trees.entries()) {
    for (const leaf of leavesOf(nodes)) {
      treeIds.push(tree);
      nodeIds.push(leaf);
      // Exact as floats: a bundle has fewer than 2²⁴ nodes, by its size.
      numbers.push(numbers.length);
      shares.push(nodes.value[leaf * classes.length + code]!);
    }
  }
  const [leaves] = graph.nodeOf(
    ML_DOMAIN,
    "TreeEnsembleRegressor",
    [features],
    {
      ...nodeAttributes(
        trees.map(({ nodes }) => nodes),
        (feature) => columns[feature]!,
      ),
      target_treeids: { ints: treeIds },
      target_nodeids: { ints: nodeIds },
      target_ids: { ints: treeIds },
      target_weights: { floats: numbers },
      n_targets: { int: trees.length },
      aggregate_function: { text: "SUM" },
      post_transform: { text: "NONE" },
    },
    ["leaves"],
  );
  const said = graph.node("Gather", [graph.doubles("shares of leaves", shares), cast(graph, leaves!, "int64")]);
  return new Arithmetic(graph).divide(sumOfRow(graph, said, trees.length), trees.length);
}

/** The sum of each row, its numbers added from left to right: sums of ONNX may have any order, but running ones have this. */
function sumOfRow(graph: GraphBuilder, rows: Value, width: number): Value {
  const running = graph.node("CumSum", [rows, graph.integer(1)]);
  return graph.node("Gather", [running, graph.integers("last", [width - 1])], { axis: { int: 1 } });
}

function leavesOf({ left }: TreeNodes): number[] {
  return Array.from(left.keys()).filter((node) => left[node]! < 0);
}

/**
 * The attributes that describe nodes of trees. A row goes left where its float32 is at most the double threshold, which is
 * where it is at most the greatest float32 that is not above it.
 */
function nodeAttributes(
  trees: readonly TreeNodes[],
  columnOf: (feature: number) => number,
): Readonly<Record<string, Attribute>> {
  const attributes = {
    nodes_treeids: [] as number[],
    nodes_nodeids: [] as number[],
    nodes_featureids: [] as number[],
    nodes_truenodeids: [] as number[],
    nodes_falsenodeids: [] as number[],
    nodes_missing_value_tracks_true: [] as number[],
  };
  const [thresholds, modes]: [number[], string[]] = [[], []];
  for (const [tree, { feature, threshold, missingLeft, left, right }] of trees.entries()) {
    for (const node of feature.keys()) {
      const isLeaf = left[node]! < 0;
      attributes.nodes_treeids.push(tree);
      attributes.nodes_nodeids.push(node);
      attributes.nodes_featureids.push(isLeaf ? 0 : columnOf(feature[node]!));
      attributes.nodes_truenodeids.push(isLeaf ? 0 : left[node]!);
      attributes.nodes_falsenodeids.push(isLeaf ? 0 : right[node]!);
      attributes.nodes_missing_value_tracks_true.push(isLeaf ? 0 : missingLeft[node]!);
      thresholds.push(isLeaf ? 0 : greatestFloatUpTo(threshold[node]!));
      modes.push(isLeaf ? "LEAF" : "BRANCH_LEQ");
    }
  }
  return {
    ...Object.fromEntries(Object.entries(attributes).map(([name, ints]) => [name, { ints }])),
    nodes_values: { floats: thresholds },
    nodes_modes: { texts: modes },
  };
}

const MAX_FLOAT = 3.4028234663852886e38;

/** The greatest finite float32 that is at most a double; −∞ where there is none. */
function greatestFloatUpTo(value: number): number {
  if (value >= MAX_FLOAT) return MAX_FLOAT;
  if (value < -MAX_FLOAT) return Number.NEGATIVE_INFINITY;
  const rounded = Math.fround(value);
  return rounded <= value ? rounded : nextDownFloat32(rounded);
}

/** The shares from a place on as float32 numbers, of which the winner's is the first of the greatest. */
function roundedShares(value: Float64Array, from: number, count: number, winner: number): Float32Array {
  const shares = Float32Array.from(value.subarray(from, from + count));
  if (shares.indexOf(shares[winner]!) < winner) shares[winner] = nextUpFloat32(shares[winner]!);
  return shares;
}
