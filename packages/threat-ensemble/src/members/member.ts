import type { FeatureMatrix, State } from "@mlsec/preprocess";

/** The networks of the ensemble: a feed-forward one and an LSTM. */
export type NetworkName = "ann" | "lstm";

/** The kinds of members: networks, and a random forest. */
export type MemberName = NetworkName | "forest";

export const NETWORKS: readonly NetworkName[] = ["ann", "lstm"];

/** The members in their order. */
export const MEMBERS: readonly MemberName[] = ["ann", "lstm", "forest"];

/** What scores rows of a member's own columns. */
export interface MemberModel {
  /** The probability of an attack for each row. */
  proba(own: FeatureMatrix): ArrayLike<number>;
  /** The same bits for one row. */
  probaRow(own: Float64Array): number;
  toState(): State;
}

/** A voter of the ensemble. */
export interface Member {
  readonly name: MemberName;
  /** Number from 1 of the fold whose training rows it learnt from; null where there are no folds. */
  readonly fold: number | null;
  /** Its share of the vote; those of all members sum to 1. */
  readonly weight: number;
  /** Places of its columns among those of the ensemble's matrix. */
  readonly columns: Int32Array;
  readonly model: MemberModel;
}

/** The same members with the vote shared among their kinds as given, and equally within a kind. */
export function withVotes(members: readonly Member[], votes: ReadonlyMap<MemberName, number>): Member[] {
  const count = (name: MemberName): number => members.filter((member) => member.name === name).length;
  return members.map((member) => ({ ...member, weight: votes.get(member.name)! / count(member.name) }));
}

/** The same share of the vote for each kind. */
export function equalVotes(names: Iterable<MemberName>): Map<MemberName, number> {
  const kinds = [...new Set(names)];
  return new Map(kinds.map((name) => [name, 1 / kinds.length]));
}
