import { FittedTree } from "./fitted-tree.js";
import { prunedNodes } from "./pruning.js";

/**
 * The tree that minimal cost-complexity pruning leaves at an alpha; `ccpAlpha` of `DecisionTreeClassifier.fit` does the same.
 * `costComplexityPruningPath` says which alphas matter.
 *
 * @param ccpAlpha finite, at least 0. Branches of an effective alpha of at most this become leaves; 0 prunes nothing.
 * @throws MlsecError `invalid-option`.
 */
export function pruneTree(tree: FittedTree, ccpAlpha: number): FittedTree {
  return new FittedTree(tree.classes, tree.features, prunedNodes(tree.nodes, ccpAlpha), tree.splitter);
}
