import type { FeatureMatrix, FitOptions, Labels } from "@mlsec/preprocess";
import { type ClassWeight, type Criterion, DecisionTreeClassifier } from "@mlsec/trees";
import { FittedAttackTree } from "./fitted-attack-tree.js";

export interface AttackTreeOptions extends FitOptions {
  /** Deepest level of the tree; default 10. */
  readonly maxDepth?: number | undefined;
  /** Default "gini". */
  readonly criterion?: Criterion | undefined;
  /** "balanced" weighs classes by the inverse of their frequency. Default: all rows alike. */
  readonly classWeight?: ClassWeight | undefined;
}

/** The attack classifier's model, and its training. */
export class AttackTree extends FittedAttackTree {
  /** @throws MlsecError `single-class`, `not-finite`, `invalid-option`, `aborted`. */
  static async fit(
    matrix: FeatureMatrix,
    labels: Labels,
    { maxDepth = 10, ...options }: AttackTreeOptions = {},
  ): Promise<AttackTree> {
    return new AttackTree(await DecisionTreeClassifier.fit(matrix, labels, { maxDepth, ...options }));
  }
}
