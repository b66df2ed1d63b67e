import type { FeatureMatrix, Labels } from "@mlsec/preprocess";
import type { FittedTree } from "@mlsec/trees/score";

/** Of each node that is a leaf its place among the leaves, from 0 in node order; −1 for the others. */
export function leafPlaces({ nodes }: Pick<FittedTree, "nodes">): Int32Array {
  let leaves = 0;
  return nodes.left.map((child) => (child < 0 ? leaves++ : -1));
}

/** How many rows of each class fall into each leaf: leaves (in node order) × classes, row-major. */
export function leafCounts(tree: FittedTree, matrix: FeatureMatrix, { codes }: Labels): Int32Array {
  const places = leafPlaces(tree);
  const classes = tree.classes.length;
  const counts = new Int32Array(tree.leaves * classes);
  for (const [row, leaf] of tree.apply(matrix).entries()) counts[places[leaf]! * classes + codes[row]!]!++;
  return counts;
}
