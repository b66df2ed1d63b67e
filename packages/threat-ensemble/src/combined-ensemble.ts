import { type Calibration, IsotonicCalibration, PlattCalibration } from "@mlsec/evaluate";
import { FittedEnsemble, logitOf } from "./fitted-ensemble.js";
import { type MemberName, withVotes } from "./members/member.js";

/**
 * How the kinds of members share the vote: equally; as explains rows best that none has learnt from; or as given, in
 * proportion to numbers from 0 up.
 */
export type Voting = "equal" | "fitted" | Readonly<Partial<Record<MemberName, number>>>;

/** How the mean becomes a probability. */
export type CalibrationMethod = "none" | "platt" | "isotonic";
export const CALIBRATIONS: readonly CalibrationMethod[] = ["none", "platt", "isotonic"];

/** How mean scores become verdicts' probabilities; chosen on rows that no member learnt from. */
export interface Vote {
  readonly votes: ReadonlyMap<MemberName, number>;
  readonly calibration: Calibration | null;
}

/** Most rounds of fitting votes, and the change at which they are found. */
const ROUNDS = 1000;
const FOUND = 1e-10;

/**
 * Ensembles as one, over the columns that `Preprocessor.union` of the same names makes of their preprocessors.
 * Familiarity is that of the first which has it.
 */
export function combinedEnsemble(
  parts: ReadonlyMap<string, FittedEnsemble>,
  { votes, calibration }: Vote,
): FittedEnsemble {
  let offset = 0;
  const placed = [...parts].map(([name, model]) => {
    const from = offset;
    offset += model.features.length;
    const moved = (columns: Int32Array): Int32Array => columns.map((column) => from + column);
    return {
      features: parts.size === 1 ? model.features : model.features.map((feature) => `${name}: ${feature}`),
      sources: model.sources,
      members: model.members.map((member) => ({ ...member, columns: moved(member.columns) })),
      familiarity: model.familiarity?.at(moved(model.familiarity.columns)) ?? null,
      history: model.history,
    };
  });
  return new FittedEnsemble(
    placed.flatMap(({ features }) => features),
    placed.flatMap(({ sources }) => sources),
    withVotes(
      placed.flatMap(({ members }) => members),
      votes,
    ),
    {
      calibration,
      familiarity: placed.find(({ familiarity }) => familiarity !== null)?.familiarity ?? null,
      history: placed.flatMap(({ history }) => history),
    },
  );
}

/**
 * The votes that make the rows' classes most likely: weights of a mixture by expectation and maximisation (Dempster, Laird
 * and Rubin 1977), from equal ones.
 *
 * @param isAttack 1 for an attack, 0 for a normal row. @param scores each kind's probabilities of an attack.
 */
export function fittedVotes(
  isAttack: ArrayLike<number>,
  scores: ReadonlyMap<MemberName, ArrayLike<number>>,
): Map<MemberName, number> {
  const names = [...scores.keys()];
  // Never 0, so that no row makes all others not matter.
  const likelihoods = [...scores.values()].map((proba) =>
    Float64Array.from(proba, (p, row) => Math.max(isAttack[row] === 1 ? p : 1 - p, 1e-9)),
  );
  let votes = names.map(() => 1 / names.length);
  for (let round = 0; round < ROUNDS; round++) {
    const sums = names.map(() => 0);
    for (let row = 0; row < isAttack.length; row++) {
      let all = 0;
      for (const [i, vote] of votes.entries()) all += vote * likelihoods[i]![row]!;
      for (const [i, vote] of votes.entries()) sums[i]! += (vote * likelihoods[i]![row]!) / all;
    }
    const next = sums.map((sum) => sum / isAttack.length);
    const change = Math.max(...next.map((vote, i) => Math.abs(vote - votes[i]!)));
    votes = next;
    if (change < FOUND) break;
  }
  return new Map(names.map((name, i) => [name, votes[i]!]));
}

/** The members' mean by their votes, before any calibration. */
export function meanOf(
  scores: ReadonlyMap<MemberName, ArrayLike<number>>,
  votes: ReadonlyMap<MemberName, number>,
): Float64Array {
  const [first] = scores.values();
  const mean = new Float64Array(first?.length ?? 0);
  for (const [name, proba] of scores) {
    const vote = votes.get(name)!;
    for (let row = 0; row < mean.length; row++) mean[row]! += vote * proba[row]!;
  }
  return mean;
}

/** Fits a calibration of mean probabilities. */
export function fittedCalibration(
  method: CalibrationMethod,
  isAttack: ArrayLike<number>,
  means: Float64Array,
): Calibration | null {
  if (method === "none") return null;
  const logits = means.map(logitOf);
  return method === "platt" ? PlattCalibration.fit(isAttack, logits) : IsotonicCalibration.fit(isAttack, logits);
}
