import type { SureClass } from "@mlsec/attack-tree/score";
import type { FeatureMatrix } from "@mlsec/preprocess";

/** What the model says of one row. What only the other kind of model knows is null. */
export interface Verdict {
  readonly class: string;
  /**
   * Of an attack, for a threat detector; for an attack classifier the predicted class's share of its leaf's training rows, as
   * scikit-learn's `predict_proba` has it. 0 to 1.
   */
  readonly probability: number;
  readonly isAttack: boolean;
  /** Columns whose category training never saw, or that have none. */
  readonly unknownCategories: readonly string[];
  /** Threat detector: an attack where the probability is greater. */
  readonly threshold: number | null;
  /** Threat detector: each member's own probability of an attack, not calibrated; "ann", "lstm", "forest". */
  readonly members: Readonly<Record<string, number>> | null;
  /** Threat detector: how unlike all training rows this one is, 0 to 1; see `FittedEnsemble.unfamiliar`. Null also if not learnt. */
  readonly unfamiliar: number | null;
  /** Attack classifier: how sure it is of the class, by how few rows that rests on; see `AttackVerdict` of `@mlsec/attack-tree`. */
  readonly confidence: number | null;
  /** Attack classifier: the class that it would be next. Null also if the tree knows one class alone. */
  readonly runnerUp: SureClass | null;
}

/** What a detector asks of a model. */
export interface Judge {
  /** @param row the matrix row. */
  verdict(row: Float64Array, unknownCategories: readonly string[]): Verdict;
  /** Class code and `Verdict.probability` of each row. */
  columns(matrix: FeatureMatrix): { readonly codes: Int32Array; readonly probabilities: Float64Array };
}
