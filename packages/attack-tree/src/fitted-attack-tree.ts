import { type FeatureMatrix, type Json, type State, StateReader, toPlain } from "@mlsec/preprocess";
import { FittedTree } from "@mlsec/trees/score";
import { type AttackVerdict, LeafVerdicts } from "./leaf-verdicts.js";

/** The attack classifier's model, for scoring: a decision tree whose classes are kinds of traffic. It brings no training code along. */
export class FittedAttackTree {
  /** Made when the first verdict is asked for. */
  #verdicts: LeafVerdicts | undefined;

  /**
   * `AttackTree.fit` and `fromState` make one.
   *
   * @param leafCounts how many training rows of each class each leaf has: leaves (in node order) × classes, row-major; null
   *   where they are not known, as in bundles from before they were kept.
   */
  constructor(
    readonly tree: FittedTree,
    readonly leafCounts: Int32Array | null = null,
  ) {}

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

  /**
   * rows × classes probabilities, row-major, as scikit-learn gives them: the class shares of the training rows in each row's
   * leaf, as they were weighted. A leaf of one row is as sure as one of a thousand; `verdicts` is not.
   */
  predictProba(matrix: FeatureMatrix): Float64Array {
    return this.tree.predictProba(matrix);
  }

  /** The verdict on each row, with a confidence that knows how few rows it rests on. @throws MlsecError as `predict`. */
  verdicts(matrix: FeatureMatrix): AttackVerdict[] {
    return Array.from(this.tree.apply(matrix), (leaf) => this.verdictOf(leaf));
  }

  /** The verdict on one row. @param values one per feature, in order. @throws MlsecError `length-mismatch`, `not-finite`. */
  verdictRow(values: ArrayLike<number>): AttackVerdict {
    return this.verdictOf(this.tree.compile().applyRow(values));
  }

  /** The verdict on the rows that fall into a leaf, by its node number. */
  verdictOf(leaf: number): AttackVerdict {
    this.#verdicts ??= new LeafVerdicts(this.tree, this.leafCounts);
    return this.#verdicts.of(leaf);
  }

  toState(): State {
    const tree = this.tree.toState();
    return this.leafCounts === null ? { tree } : { tree, leafCounts: this.leafCounts };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  /** @throws MlsecError `invalid-state`. */
  static fromState(state: unknown): FittedAttackTree {
    const reader = new StateReader(state, "AttackTree");
    const tree = FittedTree.fromState(reader.raw("tree"));
    if (!reader.has("leafCounts")) return new FittedAttackTree(tree);
    return new FittedAttackTree(tree, reader.int32("leafCounts", tree.leaves * tree.classes.length, { min: 0 }));
  }

  static fromJSON(json: Json): FittedAttackTree {
    return FittedAttackTree.fromState(json);
  }
}
