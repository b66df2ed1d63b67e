import type { FeatureMatrix } from "@mlsec/preprocess";
import type { AttackPipeline } from "../manifest.js";
import type { Judge, Verdict } from "./verdict.js";

/** Judges flows by the leaf of the tree that they fall into. */
export class AttackJudge implements Judge {
  constructor(private readonly pipeline: AttackPipeline) {}

  verdict(row: Float64Array, unknownCategories: readonly string[]): Verdict {
    const { model, classes, normalClass } = this.pipeline;
    const { leaf, class: name, confidence, runnerUp } = model.verdictRow(row);
    return {
      class: name,
      probability: model.tree.nodes.value[leaf * classes.length + classes.indexOf(name)]!,
      isAttack: name !== normalClass,
      unknownCategories,
      threshold: null,
      members: null,
      unfamiliar: null,
      confidence,
      runnerUp,
    };
  }

  columns(matrix: FeatureMatrix): { codes: Int32Array; probabilities: Float64Array } {
    const { tree } = this.pipeline.model;
    const { nodes, nodeClass, classes } = tree;
    const codes = tree.apply(matrix);
    const probabilities = new Float64Array(codes.length);
    for (let row = 0; row < codes.length; row++) {
      const leaf = codes[row]!;
      codes[row] = nodeClass[leaf]!;
      probabilities[row] = nodes.value[leaf * classes.length + codes[row]!]!;
    }
    return { codes, probabilities };
  }
}
