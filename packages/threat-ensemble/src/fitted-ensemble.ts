import {
  type FeatureMatrix,
  type Json,
  MlsecError,
  requireFeatures,
  type State,
  StateReader,
  toPlain,
} from "@mlsec/preprocess";
import { sigmoid } from "@mlsec/preprocess/numeric";
import type { MemberName } from "./architecture.js";
import { InputLayout } from "./inputs.js";
import { integratedGradients } from "./integrated-gradients.js";
import { InputGradient } from "./network/input-gradient.js";
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

/** Why a row's score is not that of the baseline. */
export interface Explanation {
  /** The row's probability of an attack, and the baseline's. */
  readonly score: number;
  readonly baselineScore: number;
  /** For each original column its part of the difference; they sum to it within 1e-3. */
  readonly attributions: ReadonlyMap<string, number>;
}

/**
 * A trained threat detector's model, for scoring: it brings no training code along. The attack probabilities of a
 * feed-forward network and of an LSTM over the features as time steps are averaged (soft voting).
 */
export class FittedEnsemble {
  /** What a row goes through on its way to each member, made when it is first needed. */
  private rowInputs: Float64Array[] | null = null;

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

  /**
   * The probability of an attack for one row: the bits that `predictProba` gives, without allocating anything.
   *
   * @param row the matrix row: a number for each of `features`.
   * @throws MlsecError `length-mismatch`, or `not-finite` where a number has no finite float32.
   */
  score(row: ArrayLike<number>): number {
    this.requireRow(row);
    this.rowInputs ??= this.members.map(({ network }) => new Float64Array(network.spec.steps * network.spec.width));
    let mean = 0;
    for (let i = 0; i < this.members.length; i++) {
      const { name, network } = this.members[i]!;
      const inputs = this.rowInputs[i]!;
      this.placeRow(name, row, inputs);
      mean += network.scoreRow(inputs) / this.members.length;
    }
    return mean;
  }

  /**
   * Attributes the difference between a row's score and a baseline's to the original columns, by integrated gradients over
   * the networks (see `integratedGradients`). What the columns made of one original column get is added up.
   *
   * @param row @param baseline a number for each of `features`; the baseline is what the row is compared with, such as a
   *   typical normal connection.
   * @throws MlsecError as `score`.
   */
  explain(row: ArrayLike<number>, baseline: ArrayLike<number>): Explanation {
    const baselineScore = this.score(baseline);
    const score = this.score(row);
    // The numbers that the networks see.
    const [from, to] = [Float64Array.from(baseline, Math.fround), Float64Array.from(row, Math.fround)];
    const attributions = new Map(this.layout.steps.map((source) => [source, 0]));
    // One by one, as each needs its own pieces of the path.
    for (const member of this.members) {
      for (const [column, part] of this.memberAttributions(member, from, to).entries()) {
        const source = this.layout.sources[column]!;
        attributions.set(source, attributions.get(source)! + part / this.members.length);
      }
    }
    return { score, baselineScore, attributions };
  }

  private memberAttributions({ name, network }: Member, baseline: Float64Array, row: Float64Array): Float64Array {
    const gradientOf = new InputGradient(network);
    const inputs = new Float64Array(network.spec.steps * network.spec.width);
    const slopes = new Float64Array(inputs.length);
    return integratedGradients(
      (point, gradient) => {
        this.placeRow(name, point, inputs);
        const probability = sigmoid(gradientOf.at(inputs, slopes));
        const slope = probability * (1 - probability);
        for (let column = 0; column < gradient.length; column++)
          gradient[column] = slope * slopes[this.placeOf(name, column)]!;
        return probability;
      },
      baseline,
      row,
    );
  }

  private placeOf(name: MemberName, column: number): number {
    return name === "ann" ? column : this.layout.places[column]!;
  }

  private placeRow(name: MemberName, row: ArrayLike<number>, inputs: Float64Array): void {
    for (let column = 0; column < row.length; column++) inputs[this.placeOf(name, column)] = row[column]!;
  }

  private requireRow(row: ArrayLike<number>): void {
    const { features } = this;
    if (row.length !== features.length) {
      throw new MlsecError("length-mismatch", `A row has ${features.length} numbers, not ${row.length}.`, {
        expected: features.length,
        got: row.length,
      });
    }
    for (let column = 0; column < row.length; column++) {
      const value = Math.fround(row[column]!);
      if (value - value === 0) continue;
      throw new MlsecError(
        "not-finite",
        `Feature ${JSON.stringify(features[column])} is ${row[column]}; networks need finite float32 values.`,
        { column: features[column], got: row[column] },
      );
    }
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
