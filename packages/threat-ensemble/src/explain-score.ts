import { sigmoid } from "@mlsec/preprocess/numeric";
import { type FittedEnsemble, overflow } from "./fitted-ensemble.js";
import { integratedGradients } from "./integrated-gradients.js";
import { ATTACK, ForestMember } from "./members/forest-member.js";
import type { MemberModel } from "./members/member.js";
import { NetworkMember } from "./members/network-member.js";
import { InputGradient } from "./network/input-gradient.js";

/** Why a row's score is not that of the baseline. */
export interface Explanation {
  /** The row's probability of an attack, and the baseline's. */
  readonly score: number;
  readonly baselineScore: number;
  /** For each original column its part of the difference; they sum to it within 1e-3. */
  readonly attributions: ReadonlyMap<string, number>;
}

/**
 * Attributes the difference between a row's score and a baseline's to the original columns: integrated gradients of the
 * networks (see `integratedGradients`), Shapley values of the forest. What the columns made of one original column get is
 * added up. A calibration stretches all parts alike.
 *
 * @param row @param baseline a number for each of the ensemble's `features`; the baseline is what the row is compared with, such
 *   as a typical normal connection.
 * @throws MlsecError as `FittedEnsemble.score`.
 */
export function explainScore(
  ensemble: FittedEnsemble,
  row: ArrayLike<number>,
  baseline: ArrayLike<number>,
): Explanation {
  const { sources, members, calibration } = ensemble;
  const [from, to] = [ensemble.mean(baseline), ensemble.mean(row)];
  const [baselineScore, score] = [ensemble.calibrated(from), ensemble.calibrated(to)];
  const attributions = new Map(sources.map((source) => [source, 0]));
  for (const { columns, weight, model } of members) {
    const [own, ownBaseline] = [row, baseline].map((values) => Float64Array.from(columns, (at) => values[at]!));
    for (const [place, part] of attributionsOf(model, own!, ownBaseline!).entries()) {
      const source = sources[columns[place]!]!;
      attributions.set(source, attributions.get(source)! + weight * part);
    }
  }
  if (calibration !== null && from !== to) stretch(attributions, score - baselineScore, to - from);
  // Gradients may overflow where scores do not.
  for (const attribution of attributions.values()) if (!Number.isFinite(attribution)) throw overflow();
  return { score, baselineScore, attributions };
}

/** For each column its part of the difference of a member's probabilities between a row and a baseline. */
function attributionsOf(model: MemberModel, own: Float64Array, baseline: Float64Array): Float64Array {
  if (model instanceof ForestMember) return model.forest.attributions(own, baseline, ATTACK);
  if (model instanceof NetworkMember) return networkAttributions(model, own, baseline);
  throw new TypeError("There are no other members.");
}

/** Integrated gradients of the probability, within 5e-4 of their sum. */
function networkAttributions(member: NetworkMember, own: Float64Array, baseline: Float64Array): Float64Array {
  const gradientOf = new InputGradient(member.network);
  const inputs = member.emptyInputs();
  const slopes = new Float64Array(inputs.length);
  return integratedGradients(
    (point, gradient) => {
      member.place(point, inputs);
      const probability = sigmoid(gradientOf.at(inputs, slopes));
      const slope = probability * (1 - probability);
      for (let column = 0; column < gradient.length; column++)
        gradient[column] = slope * slopes[member.placeOf(column)]!;
      return probability;
    },
    // The numbers that the network sees.
    baseline.map(Math.fround),
    own.map(Math.fround),
  );
}

/**
 * Turns parts of a difference of means into parts of the calibrated one: all by the same factor, and what the integration
 * lacks, which the factor may have made greater, by their size.
 */
function stretch(parts: Map<string, number>, calibrated: number, mean: number): void {
  for (const [source, part] of parts) parts.set(source, (calibrated / mean) * part);
  const values = [...parts.values()];
  const lacking = calibrated - values.reduce((sum, part) => sum + part, 0);
  const size = values.reduce((sum, part) => sum + Math.abs(part), 0);
  if (size > 0) for (const [source, part] of parts) parts.set(source, part + (lacking * Math.abs(part)) / size);
}
