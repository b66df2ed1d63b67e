import { type Calibration, calibrationFromState } from "@mlsec/evaluate";
import {
  type FeatureMatrix,
  type Json,
  MlsecError,
  requireFeatures,
  type State,
  StateReader,
  toPlain,
} from "@mlsec/preprocess";
import { log } from "@mlsec/preprocess/numeric";
import { FittedForest } from "@mlsec/trees/score";
import { Familiarity } from "./familiarity.js";
import { InputLayout } from "./inputs.js";
import { ForestMember } from "./members/forest-member.js";
import { MEMBERS, type Member, type MemberModel, type MemberName } from "./members/member.js";
import { NetworkMember } from "./members/network-member.js";
import { Network } from "./network/network.js";

/** How the training of a network went. */
export interface MemberHistory {
  readonly member: MemberName;
  /** Number of its fold from 1; null where there are none. */
  readonly fold: number | null;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly validationLoss: number;
}

/** What an ensemble knows besides its members. */
export interface EnsembleExtras {
  /** Makes probabilities of the members' mean; null where the mean is the score. */
  readonly calibration: Calibration | null;
  /** Null where none was fitted. */
  readonly familiarity: Familiarity | null;
  readonly history: readonly MemberHistory[];
}

/** How far a mean probability is kept from 0 and 1 before its logit is taken. */
const CERTAIN = 1e-6;
/** How far the votes' sum may be from 1. */
const VOTES_TOLERANCE = 1e-9;

/** Most members: three of each of 100 folds. */
const MAX_MEMBERS = 300;
/** Most trees of all forests together: each takes 1.5 KB of memory, of which a file need have no more than 50 bytes. */
const MAX_TREES = 10_000;

/**
 * A trained threat detector's model, for scoring: it brings no training code along. The attack probabilities of its members
 * (a feed-forward network, an LSTM over the features as time steps, a random forest) are averaged by their votes, and
 * calibrated where that was asked for.
 */
export class FittedEnsemble {
  /** A row's own columns of each member, made when they are first needed. */
  private ownRows: Float64Array[] | null = null;

  /** `ThreatEnsemble.fit`, `combinedEnsemble` and `fromState` make one. */
  constructor(
    readonly features: readonly string[],
    /** For each feature the original column that it came from. */
    readonly sources: readonly string[],
    readonly members: readonly Member[],
    private readonly extras: EnsembleExtras,
  ) {}

  /** How the training of each network went. */
  get history(): readonly MemberHistory[] {
    return this.extras.history;
  }

  get calibration(): Calibration | null {
    return this.extras.calibration;
  }

  get familiarity(): Familiarity | null {
    return this.extras.familiarity;
  }

  /**
   * The probability of an attack for each row, 0 to 1: the members' mean by their votes, calibrated.
   *
   * @throws MlsecError `feature-mismatch`, or `not-finite` where a network overflows.
   */
  predictProba(matrix: FeatureMatrix): Float64Array {
    requireFeatures(matrix, this.features);
    const mean = new Float64Array(matrix.rows);
    for (const { columns, weight, model } of this.members) {
      const scores = model.proba(ownColumns(matrix, columns));
      for (let row = 0; row < mean.length; row++) mean[row]! += weight * scores[row]!;
    }
    return mean.map((score) => this.calibrated(score));
  }

  /**
   * The probability of an attack for each row by each kind of member, not calibrated; the mean where folds gave several.
   *
   * @throws MlsecError `feature-mismatch`.
   */
  memberProba(matrix: FeatureMatrix): Map<MemberName, Float64Array> {
    requireFeatures(matrix, this.features);
    const means = new Map<MemberName, Float64Array>();
    for (const { name, columns, model } of this.members) {
      const count = this.members.filter((member) => member.name === name).length;
      const mean = means.get(name) ?? new Float64Array(matrix.rows);
      const scores = model.proba(ownColumns(matrix, columns));
      for (let row = 0; row < mean.length; row++) mean[row]! += scores[row]! / count;
      means.set(name, mean);
    }
    return means;
  }

  /**
   * The probability of an attack for one row: the bits that `predictProba` gives. Networks allocate nothing.
   *
   * @param row the matrix row: a number for each of `features`.
   * @throws MlsecError `length-mismatch`, or `not-finite` where a number has no finite float32 or a network overflows.
   */
  score(row: ArrayLike<number>): number {
    return this.calibrated(this.mean(row));
  }

  /** `score`, and what each kind of member says by itself, as `memberProba`. */
  scoreWithMembers(row: ArrayLike<number>): { readonly score: number; readonly members: Map<MemberName, number> } {
    const members = new Map<MemberName, number>();
    const mean = this.mean(row, (name, probability) => {
      const count = this.members.filter((member) => member.name === name).length;
      members.set(name, (members.get(name) ?? 0) + probability / count);
    });
    return { score: this.calibrated(mean), members };
  }

  /** The members' mean, before calibration. @internal */
  mean(row: ArrayLike<number>, note?: (name: MemberName, probability: number) => void): number {
    this.requireRow(row);
    this.ownRows ??= this.members.map(({ columns }) => new Float64Array(columns.length));
    let mean = 0;
    for (let i = 0; i < this.members.length; i++) {
      const { name, columns, weight, model } = this.members[i]!;
      const own = this.ownRows[i]!;
      for (let place = 0; place < own.length; place++) own[place] = row[columns[place]!]!;
      const probability = model.probaRow(own);
      note?.(name, probability);
      mean += weight * probability;
    }
    return mean;
  }

  /**
   * How unlike the training rows a row is: the share of rows of the same kind, held back from training, that are less
   * unlike. Above 0.999, about one in a thousand such rows is as strange. Numbers beyond the training range count as its
   * ends where the preprocessor clips or cuts them.
   *
   * @param row as for `score`. @param unseenCategories how many of its categories training never saw.
   * @returns 0 to 1; null where the ensemble was trained without it.
   * @throws MlsecError as `score`.
   */
  unfamiliar(row: ArrayLike<number>, unseenCategories = 0): number | null {
    this.requireRow(row);
    return this.familiarity?.rank(row, unseenCategories) ?? null;
  }

  /**
   * The score that a mean is.
   *
   * @throws MlsecError `not-finite` where weights, which may be any finite numbers, have made a network overflow.
   * @internal
   */
  calibrated(mean: number): number {
    if (Number.isNaN(mean)) throw overflow();
    const { calibration } = this.extras;
    // The votes sum to 1 but for rounding.
    return calibration === null ? Math.min(mean, 1) : calibration.calibrate(logitOf(mean));
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
      sources: this.sources,
      members: this.members.map(({ name, fold, weight, columns, model }) => ({
        name,
        fold,
        weight,
        columns,
        [modelKey(name)]: model.toState(),
      })),
      calibration: this.calibration?.toState() ?? null,
      familiarity: this.familiarity?.toState() ?? null,
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
    const stored = reader.objects("members");
    if (stored.length > MAX_MEMBERS) reader.fail("members", `a list of at most ${MAX_MEMBERS}`);
    let trees = 0;
    const members = stored.map((state) => {
      const member = memberFromState(state, sources);
      if (member.model instanceof ForestMember) trees += member.model.forest.trees.length;
      if (trees > MAX_TREES) reader.fail("members", `forests of at most ${MAX_TREES} trees together`);
      return member;
    });
    const votes = members.reduce((sum, { weight }) => sum + weight, 0);
    if (!(Math.abs(votes - 1) < VOTES_TOLERANCE)) reader.fail("members", "members whose weights sum to 1");
    return new FittedEnsemble(features, sources, members, {
      calibration: reader.has("calibration") ? calibrationFromState(reader.raw("calibration")) : null,
      familiarity: reader.has("familiarity")
        ? Familiarity.fromState(reader.object("familiarity"), features.length)
        : null,
      history: reader.objects("history").map((entry) => ({
        member: entry.oneOf("member", MEMBERS),
        fold: foldOf(entry),
        epochs: entry.integer("epochs", { min: 0 }),
        bestEpoch: entry.integer("bestEpoch", { min: 0 }),
        validationLoss: entry.number("validationLoss"),
      })),
    });
  }

  static fromJSON(json: Json): FittedEnsemble {
    return FittedEnsemble.fromState(json);
  }
}

/** What is thrown where a network computes no finite number. */
export function overflow(): MlsecError {
  return new MlsecError("not-finite", "A network of the model overflows on this row. Correct the row or the model.");
}

/** The logit of a mean probability, finite for certain ones too: what calibrations learn from and are given. */
export function logitOf(mean: number): number {
  const probability = Math.min(Math.max(mean, CERTAIN), 1 - CERTAIN);
  return log(probability / (1 - probability));
}

function ownColumns({ rows, features, columns }: FeatureMatrix, places: Int32Array): FeatureMatrix {
  const own = Array.from(places);
  return { rows, features: own.map((place) => features[place]!), columns: own.map((place) => columns[place]!) };
}

function modelKey(name: MemberName): "network" | "forest" {
  return name === "forest" ? "forest" : "network";
}

function foldOf(reader: StateReader): number | null {
  return reader.has("fold") ? reader.integer("fold", { min: 1 }) : null;
}

function memberFromState(reader: StateReader, sources: readonly string[]): Member {
  const name = reader.oneOf("name", MEMBERS);
  const columns = reader.int32("columns", undefined, { min: 0, max: sources.length - 1 });
  if (columns.length === 0) reader.fail("columns", "at least one column");
  const own = Array.from(columns, (column) => sources[column]!);
  return {
    name,
    fold: foldOf(reader),
    weight: reader.number("weight", { min: 0, max: 1 }),
    columns,
    model: modelFromState(reader, name, own),
  };
}

function modelFromState(reader: StateReader, name: MemberName, sources: readonly string[]): MemberModel {
  const state = reader.raw(modelKey(name));
  if (name === "forest") {
    const forest = FittedForest.fromState(state);
    if (forest.features.length !== sources.length || forest.classes.length !== 2)
      reader.fail("forest", "a forest of two classes for the member's columns");
    return new ForestMember(forest);
  }
  const member = new NetworkMember(name, new InputLayout(sources), Network.fromState(state));
  if (!member.fits) reader.fail("network", "a network for the member's columns");
  return member;
}
