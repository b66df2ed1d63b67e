import type { FeatureMatrix } from "@mlsec/preprocess";
import type { ThreatPipeline } from "../manifest.js";
import type { Judge, Verdict } from "./verdict.js";

/** Judges connections: an attack where the ensemble's probability is above the threshold. */
export class ThreatJudge implements Judge {
  private readonly threshold: number;

  constructor(private readonly pipeline: ThreatPipeline) {
    this.threshold = pipeline.threshold!.value;
  }

  verdict(row: Float64Array, unknownCategories: readonly string[]): Verdict {
    const { model, classes } = this.pipeline;
    const { score, members } = model.scoreWithMembers(row);
    const isAttack = score > this.threshold;
    return {
      class: classes[isAttack ? 1 : 0]!,
      probability: score,
      isAttack,
      unknownCategories,
      threshold: this.threshold,
      members: Object.fromEntries(members),
      unfamiliar: model.unfamiliar(row, unknownCategories.length),
      confidence: null,
      runnerUp: null,
    };
  }

  columns(matrix: FeatureMatrix): { codes: Int32Array; probabilities: Float64Array } {
    const probabilities = this.pipeline.model.predictProba(matrix);
    return {
      codes: Int32Array.from(probabilities, (probability) => (probability > this.threshold ? 1 : 0)),
      probabilities,
    };
  }
}
