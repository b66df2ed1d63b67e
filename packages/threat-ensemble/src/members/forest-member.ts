import type { FeatureMatrix, State } from "@mlsec/preprocess";
import type { FittedForest } from "@mlsec/trees/score";
import type { MemberModel } from "./member.js";

/** Index of the attack class. */
export const ATTACK = 1;

/** A random forest that votes. */
export class ForestMember implements MemberModel {
  constructor(readonly forest: FittedForest) {}

  proba({ rows, columns }: FeatureMatrix): Float64Array {
    const { features, classes } = this.forest;
    const shares = this.forest.predictProba({ rows, features, columns });
    return Float64Array.from({ length: rows }, (_, row) => shares[row * classes.length + ATTACK]!);
  }

  probaRow(own: Float64Array): number {
    return this.forest.probaRow(own)[ATTACK]!;
  }

  toState(): State {
    return this.forest.toState();
  }
}
