import { macroF1 } from "@mlsec/evaluate";
import {
  DEFAULT_SEED,
  type FeatureMatrix,
  type Labels,
  stratifiedKFold,
  takeLabels,
  takeRows,
} from "@mlsec/preprocess";
import { costComplexityPruningPath, pruneTree } from "@mlsec/trees";
import type { FittedTree } from "@mlsec/trees/score";
import { growWhole, type PlainOptions } from "./grow-tree.js";

/** Folds in which pruning is tried. */
const FOLDS = 5;

/** Most alphas that are tried; of more, some spread evenly over their ranks. */
const MOST_ALPHAS = 50;

/**
 * The alpha whose pruned trees have the best mean macro F1 on the rows of five stratified folds that they were not grown
 * on; of equals the largest. Tried are the geometric means of neighbours on the whole tree's pruning path, each of which
 * stands for all alphas between the two (Breiman, Friedman, Olshen and Stone, 1984, section 3.4.2), and 0.
 *
 * @param tree grown on all rows with the same options.
 * @throws MlsecError `class-too-small` where a class has fewer rows than there are folds, `aborted`.
 */
export async function crossValidatedAlpha(
  tree: FittedTree,
  matrix: FeatureMatrix,
  labels: Labels,
  options: PlainOptions,
): Promise<number> {
  const alphas = candidates(costComplexityPruningPath(tree).ccpAlphas);
  const sums = new Float64Array(alphas.length);
  for (const { train, test } of stratifiedKFold(labels, { folds: FOLDS, seed: options.seed ?? DEFAULT_SEED })) {
    const grown = await growWhole(takeRows(matrix, train), takeLabels(labels, train), options);
    const held = takeRows(matrix, test);
    const { codes, classes } = takeLabels(labels, test);
    for (const [at, alpha] of alphas.entries())
      sums[at]! += macroF1(codes, pruneTree(grown, alpha).predict(held), classes.length);
  }
  return alphas[sums.lastIndexOf(Math.max(...sums))]!;
}

/** Ascending; the path's last alpha, which leaves the root alone, is none of them. */
function candidates(path: Float64Array): number[] {
  const means = Array.from({ length: Math.max(0, path.length - 2) }, (_, i) => Math.sqrt(path[i + 1]! * path[i + 2]!));
  const distinct = [...new Set([0, ...means.filter((alpha) => alpha > 0)])].sort((a, b) => a - b);
  if (distinct.length <= MOST_ALPHAS) return distinct;
  return Array.from(
    { length: MOST_ALPHAS },
    (_, i) => distinct[Math.round((i * (distinct.length - 1)) / (MOST_ALPHAS - 1))]!,
  );
}
