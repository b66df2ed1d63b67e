import {
  DEFAULT_SEED,
  type FeatureMatrix,
  type Labels,
  listSome,
  MlsecError,
  oversample,
  takeLabels,
  takeRows,
  undersample,
} from "@mlsec/preprocess";
import { DecisionTreeClassifier, pruneTree } from "@mlsec/trees";
import type { FittedTree } from "@mlsec/trees/score";
import type { AttackTreeOptions, Resampling } from "./attack-tree.js";
import { treeWeights } from "./class-weighting.js";
import { crossValidatedAlpha } from "./cross-validated-alpha.js";

/** Options of a tree whose pruning is not left to cross-validation. */
export type PlainOptions = Omit<AttackTreeOptions, "ccpAlpha">;

/** Grows and prunes a tree. */
export async function growTree(
  matrix: FeatureMatrix,
  labels: Labels,
  { ccpAlpha = 0, ...options }: AttackTreeOptions,
): Promise<FittedTree> {
  const tree = await growWhole(matrix, labels, options);
  if (ccpAlpha !== "cross-validated") return pruneTree(tree, ccpAlpha);
  return pruneTree(tree, await crossValidatedAlpha(tree, matrix, labels, options));
}

/** Grows a tree that is not pruned. */
export async function growWhole(matrix: FeatureMatrix, labels: Labels, options: PlainOptions): Promise<FittedTree> {
  const { maxDepth = 10, classWeight, costs = [], excludeFeatures = [], resample, ...growth } = options;
  const visible = withoutFeatures(matrix, excludeFeatures);
  const rows = resample === undefined ? null : resampledRows(labels, resample, options.seed);
  const seen = rows === null ? labels : takeLabels(labels, rows);
  return DecisionTreeClassifier.fit(rows === null ? visible : takeRows(visible, rows), seen, {
    ...growth,
    maxDepth,
    classWeight: treeWeights(seen, classWeight, costs),
  });
}

/** A matrix in which the given features are constant, so that no split can ask about them. */
function withoutFeatures(matrix: FeatureMatrix, names: readonly string[]): FeatureMatrix {
  if (names.length === 0) return matrix;
  const missing = names.filter((name) => !matrix.features.includes(name));
  if (missing.length > 0)
    throw new MlsecError("missing-column", `There is no feature ${listSome(missing)} to exclude.`, {
      columns: missing,
    });
  if (matrix.features.every((name) => names.includes(name)))
    throw new MlsecError("no-features", "Every feature is excluded.", { columns: names });
  const constant = new Float64Array(matrix.rows);
  const columns = matrix.columns.map((column, index) => (names.includes(matrix.features[index]!) ? constant : column));
  return { ...matrix, columns };
}

function resampledRows(labels: Labels, { atLeast, atMost }: Resampling, seed = DEFAULT_SEED): Int32Array {
  if (atLeast !== undefined && atMost !== undefined && atLeast > atMost) {
    throw new MlsecError("invalid-option", `A class cannot have at least ${atLeast} rows and at most ${atMost}.`, {
      got: { atLeast, atMost },
    });
  }
  const fewer = atMost === undefined ? undefined : undersample(labels, { to: atMost, seed });
  if (atLeast === undefined) return fewer ?? Int32Array.from(labels.codes.keys());
  return oversample(labels, { rows: fewer, to: atLeast, seed });
}
