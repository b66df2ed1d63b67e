import { type FeatureMatrix, type Json, type State, StateReader } from "@mlsec/preprocess";
import { FittedTree } from "@mlsec/trees/score";

/** The attack classifier's model, for scoring: a decision tree whose classes are kinds of traffic. It brings no training code along. */
export class FittedAttackTree {
  /** `AttackTree.fit` and `fromState` make one. */
  constructor(readonly tree: FittedTree) {}

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
  static fromState(state: unknown): FittedAttackTree {
    return new FittedAttackTree(FittedTree.fromState(new StateReader(state, "AttackTree").raw("tree")));
  }

  static fromJSON(json: Json): FittedAttackTree {
    return FittedAttackTree.fromState(json);
  }
}
