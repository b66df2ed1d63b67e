import { type FeatureMatrix, type Json, requireFeatures, type State, StateReader, toPlain } from "@mlsec/preprocess";
import type { MemberName } from "./architecture.js";
import { InputLayout } from "./inputs.js";
import { Network } from "./network/network.js";

/** The members in their order. */
export const MEMBERS: readonly MemberName[] = ["ann", "lstm"];

/** How a member's training went. */
export interface MemberHistory {
  readonly member: MemberName;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly validationLoss: number;
}

/** A network of the ensemble. */
export interface Member {
  readonly name: MemberName;
  readonly network: Network;
}

/**
 * A trained threat detector's model, for scoring: it brings no training code along. The attack probabilities of a
 * feed-forward network and of an LSTM over the features as time steps are averaged (soft voting).
 */
export class FittedEnsemble {
  /** `ThreatEnsemble.fit` and `fromState` make one. */
  constructor(
    readonly features: readonly string[],
    private readonly layout: InputLayout,
    private readonly members: readonly Member[],
    /** How the training of each member went. */
    readonly history: readonly MemberHistory[],
  ) {}

  /**
   * The probability of an attack for each row, 0 to 1: the mean over the members.
   *
   * @throws MlsecError `feature-mismatch`.
   */
  predictProba(matrix: FeatureMatrix): Float64Array {
    const mean = new Float64Array(matrix.rows);
    for (const scores of this.memberProba(matrix).values()) {
      for (let row = 0; row < mean.length; row++) mean[row]! += scores[row]! / this.members.length;
    }
    return mean;
  }

  /** The probability of an attack for each row by each member. @throws MlsecError `feature-mismatch`. */
  memberProba(matrix: FeatureMatrix): Map<MemberName, Float32Array> {
    requireFeatures(matrix, this.features);
    return new Map(
      this.members.map(({ name, network }) => [name, network.score(memberInputs(name, this.layout, matrix))]),
    );
  }

  toState(): State {
    return {
      features: this.features,
      sources: this.layout.sources,
      members: this.members.map(({ name, network }) => ({ name, network: network.toState() })),
      history: this.history.map((entry) => ({ ...entry })),
    };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  /** @throws MlsecError `invalid-state` or `invalid-network`. */
  static fromState(state: unknown): FittedEnsemble {
    const reader = new StateReader(state, "ThreatEnsemble");
    const features = reader.strings("features");
    const sources = reader.strings("sources");
    if (features.length === 0 || sources.length !== features.length)
      reader.fail("sources", `${features.length} strings, and at least one`);
    const layout = new InputLayout(sources);
    const stored = reader.objects("members");
    if (stored.length === 0) reader.fail("members", "at least one member");
    const members = stored.map((member): Member => {
      const name = member.oneOf("name", MEMBERS);
      const network = Network.fromState(member.raw("network"));
      const { steps, width } = network.spec;
      const fits =
        name === "ann"
          ? steps === 1 && width === features.length
          : steps === layout.steps.length && width === layout.width;
      if (!fits) member.fail("network", "a network for this ensemble's inputs");
      return { name, network };
    });
    const history = reader.objects("history").map((entry) => ({
      member: entry.oneOf("member", MEMBERS),
      epochs: entry.integer("epochs", { min: 0 }),
      bestEpoch: entry.integer("bestEpoch", { min: 0 }),
      validationLoss: entry.number("validationLoss"),
    }));
    return new FittedEnsemble(features, layout, members, history);
  }

  static fromJSON(json: Json): FittedEnsemble {
    return FittedEnsemble.fromState(json);
  }
}

/** A member's inputs: the rows as they are for the ANN, as sequences for the LSTM. */
export function memberInputs(name: MemberName, layout: InputLayout, matrix: FeatureMatrix): Float32Array {
  return name === "ann" ? layout.flat(matrix) : layout.sequence(matrix);
}
