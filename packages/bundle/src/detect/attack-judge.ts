import { type FlowExplanation, FlowRules } from "@mlsec/attack-tree/score";
import type { FeatureMatrix, InputRecord } from "@mlsec/preprocess";
import type { AttackPipeline } from "../manifest.js";
import type { Judge, Verdict } from "./verdict.js";

/** Judges flows by the leaf of the tree that they fall into. */
export class AttackJudge implements Judge {
  /** Made when the first explanation is asked for. */
  private rules: FlowRules | null = null;

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
    const codes = tree.predict(matrix);
    const shares = tree.predictProba(matrix);
    return { codes, probabilities: Float64Array.from(codes, (code, row) => shares[row * tree.classes.length + code]!) };
  }

  explain(record: InputRecord): FlowExplanation {
    this.rules ??= FlowRules.of(this.pipeline);
    return this.rules.explain(record);
  }
}
