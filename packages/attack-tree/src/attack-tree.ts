import {
  type FeatureMatrix,
  type FitOptions,
  type Json,
  type Labels,
  type State,
  StateReader,
} from "@mlsec/preprocess";
import { type ClassWeight, type Criterion, DecisionTreeClassifier } from "@mlsec/trees";

export interface AttackTreeOptions extends FitOptions {
  /** Deepest level of the tree; default 10. */
  readonly maxDepth?: number | undefined;
  /** Default "gini". */
  readonly criterion?: Criterion | undefined;
  /** "balanced" weighs classes by the inverse of their frequency. Default: all rows alike. */
  readonly classWeight?: ClassWeight | undefined;
}

/** The attack classifier's model: a decision tree whose classes are kinds of traffic. */
export class AttackTree {
  private constructor(readonly tree: DecisionTreeClassifier) {}

  /** @throws MlsecError `single-class`, `not-finite`, `invalid-option`, `aborted`. */
  static async fit(
    matrix: FeatureMatrix,
    labels: Labels,
    { maxDepth = 10, ...options }: AttackTreeOptions = {},
  ): Promise<AttackTree> {
    return new AttackTree(await DecisionTreeClassifier.fit(matrix, labels, { maxDepth, ...options }));
  }

  get features(): readonly string[] {
    return this.tree.features;
  }

  get classes(): readonly string[] {
    return this.tree.classes;
  }

  /** The class code of each row. @throws MlsecError `feature-mismatch`, `not-finite`. */
  predict(matrix: FeatureMatrix): Int32Array {
    return this.tree.predict(matrix);
  }

  /** rows × classes probabilities, row-major: the class shares of the training rows in each row's leaf. */
  predictProba(matrix: FeatureMatrix): Float64Array {
    return this.tree.predictProba(matrix);
  }

  toState(): State {
    return { tree: this.tree.toState() };
  }

  toJSON(): Json {
    return { tree: this.tree.toJSON() };
  }

  /** @throws MlsecError `invalid-state`. */
  static fromState(state: unknown): AttackTree {
    return new AttackTree(DecisionTreeClassifier.fromState(new StateReader(state, "AttackTree").raw("tree")));
  }

  static fromJSON(json: Json): AttackTree {
    return AttackTree.fromState(json);
  }
}
