import { type FlowExplanation, FlowRules } from "@mlsec/attack-tree/score";
import type { InputRecord } from "@mlsec/preprocess";
import { type ConnectionExplanation, explainConnection } from "@mlsec/threat-ensemble/score";
import type { AttackPipeline } from "../manifest.js";
import type { Detector } from "./detector.js";

/** Why a verdict is what it is, by a threat detector, and by an attack classifier. */
export type Explanation = ConnectionExplanation | FlowExplanation;

/** What is the same for every flow. */
const rules = new WeakMap<AttackPipeline, FlowRules>();

/**
 * Why a detector judges one record as it does: the parts that features have in the score, by a threat detector; the questions
 * on the way to the leaf and the nearest flip, by an attack classifier.
 *
 * @throws MlsecError as `Detector.detect`; `no-baseline` for a threat detector from before typical connections were kept.
 */
export function explain(detector: Detector, record: InputRecord): Explanation {
  const { pipeline } = detector.bundle;
  if (pipeline.kind === "threat_detector") return explainConnection(pipeline, record);
  let own = rules.get(pipeline);
  if (own === undefined) {
    own = FlowRules.of(pipeline);
    rules.set(pipeline, own);
  }
  return own.explain(record);
}
