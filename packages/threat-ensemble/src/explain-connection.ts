import { type Cell, type InputRecord, MlsecError, type TrainedPipeline, transformReport } from "@mlsec/preprocess";
import { explainScore } from "./explain-score.js";
import type { FittedEnsemble } from "./fitted-ensemble.js";

/** A selected feature's part in a verdict. */
export interface FeatureAttribution {
  readonly feature: string;
  /** The connection's cell, in the feature's own unit, and that of the typical normal connection. */
  readonly value: Cell;
  readonly typical: Cell;
  /** Its part of `score` − `typicalScore`: above 0 where it speaks for an attack. */
  readonly attribution: number;
}

/** Why a connection is scored as it is. */
export interface ConnectionExplanation {
  /** The connection's probability of an attack, and that of the typical normal connection. */
  readonly score: number;
  readonly typicalScore: number;
  /** How unlike the training rows it is, 0 to 1, as `FittedEnsemble.unfamiliar`; null where that was not learnt. */
  readonly unfamiliar: number | null;
  /** Columns whose category training never saw, or that have none. They make it unfamiliar. */
  readonly unseenCategories: readonly string[];
  /** The selected features, the weightiest first. Attributions sum to `score` − `typicalScore` within 1e-3. */
  readonly features: readonly FeatureAttribution[];
}

/**
 * Explains a threat detector's score of one connection: how much each selected feature contributes to the difference from
 * a typical normal connection of the training rows, by integrated gradients over the networks. It takes some ten
 * milliseconds, a thousand times as long as a score.
 *
 * @param record one property a column, as for `Preprocessor.transformRecord`.
 * @throws MlsecError `no-baseline` where the pipeline is from before baselines were kept; what `transformRecord` throws.
 */
export function explainConnection(
  { preprocessor, model, baseline }: TrainedPipeline<"threat_detector", FittedEnsemble>,
  record: InputRecord,
): ConnectionExplanation {
  if (baseline === null)
    throw new MlsecError("no-baseline", "The model keeps no typical normal connection to compare with. Train it anew.");
  const { inputs } = preprocessor;
  const met = transformReport();
  const row = preprocessor.transformRecord(record, undefined, met);
  const unseenCategories = [...new Set([...met.unseen.keys(), ...met.missing.keys()])];
  // Data properties, whatever the columns are called.
  const typical = Object.fromEntries(inputs.map(({ name }, i) => [name, baseline[i]!]));
  const { score, baselineScore, attributions } = explainScore(model, row, preprocessor.transformRecord(typical));
  const features = inputs.map(({ name }, i) => ({
    feature: name,
    value: record[name] ?? null,
    typical: baseline[i]!,
    attribution: attributions.get(name) ?? 0,
  }));
  features.sort((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution));
  return {
    score,
    typicalScore: baselineScore,
    unfamiliar: model.unfamiliar(row, unseenCategories.length),
    unseenCategories,
    features,
  };
}
