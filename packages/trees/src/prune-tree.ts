import { DecisionTreeClassifier } from "./decision-tree.js";
import { prunedNodes } from "./pruning.js";

/**
 * The tree that minimal cost-complexity pruning leaves at an alpha; `ccpAlpha` of `DecisionTreeClassifier.fit` does the same.
 * `costComplexityPruningPath` says which alphas matter.
 *
 * @param ccpAlpha finite, at least 0. Branches of an effective alpha of at most this become leaves; 0 prunes nothing.
 * @throws MlsecError `invalid-option`.
 */
export function pruneTree(tree: DecisionTreeClassifier, ccpAlpha: number): DecisionTreeClassifier {
  return new DecisionTreeClassifier(tree.classes, tree.features, prunedNodes(tree.nodes, ccpAlpha));
}
