import {
  classWeights,
  DEFAULT_SEED,
  type FeatureMatrix,
  type FitOptions,
  type Labels,
  MlsecError,
  requireFeatures,
  type State,
  stratifiedSplit,
  takeLabels,
  takeRows,
} from "@mlsec/preprocess";
import { together } from "@mlsec/preprocess/workers";
import { RandomForestClassifier, type RandomForestOptions } from "@mlsec/trees";
import { type Architecture, memberPlan, memberSpec, type OwnArchitecture, scheduleOf } from "./architecture.js";
import type { NetworkData, NetworkEngine } from "./engine.js";
import { EnsembleCheckpoint } from "./ensemble-checkpoint.js";
import { fitFamiliarity } from "./fit-familiarity.js";
import { FittedEnsemble, type MemberHistory } from "./fitted-ensemble.js";
import { InputLayout } from "./inputs.js";
import { ForestMember } from "./members/forest-member.js";
import { equalVotes, MEMBERS, type Member, type MemberName, type NetworkName, withVotes } from "./members/member.js";
import { NetworkMember, networkInputs } from "./members/network-member.js";
import type { EpochRecord, Monitor } from "./training/course.js";
import { trainWithEarlyStopping } from "./training/early-stopping.js";
import { networkEngine } from "./training/engine.js";

/** An epoch of a network, for who watches the training. */
export interface MemberEpoch extends EpochRecord {
  readonly member: NetworkName;
  /** Number of its fold from 1; null where there are none. */
  readonly fold: number | null;
  /** Most epochs of the member. */
  readonly epochs: number;
  /** Every epoch of the member so far, this one last. */
  readonly history: readonly EpochRecord[];
}

/** Options by which a long training is watched, kept and gone on with. */
export interface TrainingWatch {
  /** Called after each epoch of each network. */
  readonly onEpoch?: ((epoch: MemberEpoch) => void) | undefined;
  /** Epochs of a network from one checkpoint to the next; default 1. A network's last epoch has one in any case. */
  readonly checkpointEvery?: number | undefined;
  /**
   * Called and awaited with the state of the whole training, for `resume`: plain values and typed arrays, a copy of which
   * nothing changes. `toPlain` makes JSON of it. An error that it throws ends the training.
   */
  readonly onCheckpoint?: ((checkpoint: State) => void | Promise<void>) | undefined;
  /**
   * A checkpoint of the same training (the same data, seed and options): training goes on from there and ends with the same
   * bytes as if it had never stopped. It may come from anywhere: what is read is checked. A forest is grown anew.
   */
  readonly resume?: unknown;
}

/** Rows that are held back from training. */
export interface ValidationRows {
  readonly matrix: FeatureMatrix;
  readonly labels: Labels;
}

/** What the members are, and how they learn. */
export interface MemberOptions {
  /** Default "ann" and "lstm". */
  readonly members?: readonly MemberName[] | undefined;
  /** Of the networks; default "compact". */
  readonly architecture?: Architecture | OwnArchitecture | undefined;
  /** Most epochs of each network, or of those that are named. Default: the architecture's. */
  readonly epochs?: number | Readonly<Partial<Record<NetworkName, number>>> | undefined;
  /** Rows of a step of the networks' training. Default: the architecture's. */
  readonly batchSize?: number | undefined;
  /** What tells a network's best epoch on the validation rows; default "loss". */
  readonly monitor?: Monitor | undefined;
  /** Epochs without a better one after which a network stops. Default 8. */
  readonly patience?: number | undefined;
  /** Weights of a row by its class, [normal, attack], or "balanced". Default 1 and 1. */
  readonly classWeight?: "balanced" | readonly [number, number] | undefined;
  /** Of the forest. Default: those of `RandomForestClassifier.fit`. */
  readonly forest?: Pick<RandomForestOptions, "nEstimators" | "maxDepth" | "minSamplesLeaf" | "threads"> | undefined;
}

export interface ThreatEnsembleOptions extends FitOptions, TrainingWatch, MemberOptions {
  /** What trains the networks. Default: the package's own `networkEngine()`. */
  readonly engine?: NetworkEngine | undefined;
  /**
   * Rows to stop by and to measure familiarity on: rows that are not among the training rows, or the share of these,
   * stratified, to be held back. Default 0.2.
   */
  readonly validation?: ValidationRows | number | undefined;
  /** For each feature the original column that it came from: the LSTM's time steps. Default: each its own. */
  readonly sources?: readonly string[] | undefined;
  /** Whether to learn what `unfamiliar` needs; default true. Columns must be on comparable scales for it. */
  readonly familiarity?: boolean | undefined;
  /** Number from 1 of the fold whose training rows these are, for the members' records. Default null. */
  readonly fold?: number | null | undefined;
}

const DEFAULT_PATIENCE = 8;

/**
 * The threat detector's model, and its training. Labels are 0 = normal, 1 = attack.
 */
export class ThreatEnsemble extends FittedEnsemble {
  /**
   * Trains the members: networks with early stopping on the validation rows, a forest on the training rows. All have the
   * same vote.
   *
   * @param matrix features scaled for networks: about zero mean and unit variance, no missing values.
   * @param labels codes 0 (normal) and 1 (attack), both present.
   * @throws MlsecError `single-class`, `not-finite`, `diverged`, `aborted` (within 100 ms of the signal), `invalid-option`;
   *   of a checkpoint to resume from `invalid-state`, or `checkpoint-mismatch` where it is of another training.
   */
  static async fit(
    matrix: FeatureMatrix,
    labels: Labels,
    options: ThreatEnsembleOptions = {},
  ): Promise<ThreatEnsemble> {
    const { sources = matrix.features, seed = DEFAULT_SEED, fold = null, signal } = options;
    const kinds = requireMembers(options.members ?? ["ann", "lstm"]);
    if (sources.length !== matrix.features.length) {
      throw new MlsecError(
        "invalid-option",
        `${sources.length} sources were given for ${matrix.features.length} features.`,
      );
    }
    requireBothClasses(labels);
    const { train, validation } = heldBack({ matrix, labels }, options.validation ?? 0.2, seed);
    requireFinite(train.matrix);
    requireFinite(validation.matrix);
    const weights = classWeightsOf(options.classWeight, train.labels);
    const columns = Int32Array.from({ length: sources.length }, (_, column) => column);
    const member = { fold, weight: 0, columns };
    const networks = kinds.filter((name): name is NetworkName => name !== "forest");
    const trained = await trainNetworks(networks, train, validation, sources, weights, { ...options, seed, fold });
    const members: Member[] = trained.map(({ name, model }) => ({ ...member, name, model }));
    if (kinds.includes("forest")) {
      const classWeight = weights && new Map(train.labels.classes.map((name, code) => [name, weights[code]!]));
      const forest = await RandomForestClassifier.fit(train.matrix, train.labels, {
        ...options.forest,
        classWeight,
        seed,
        signal,
        onProgress: options.onProgress,
      });
      members.push({ ...member, name: "forest", model: new ForestMember(forest) });
    }
    return new ThreatEnsemble(matrix.features, sources, withVotes(members, equalVotes(kinds)), {
      calibration: null,
      familiarity:
        (options.familiarity ?? true) ? await fitFamiliarity(train.matrix, validation.matrix, { seed, signal }) : null,
      history: trained.map(({ history }) => history),
    });
  }
}

interface TrainedNetwork {
  readonly name: NetworkName;
  readonly model: NetworkMember;
  readonly history: MemberHistory;
}

async function trainNetworks(
  names: readonly NetworkName[],
  train: ValidationRows,
  validation: ValidationRows,
  sources: readonly string[],
  classWeights: readonly [number, number] | undefined,
  options: ThreatEnsembleOptions & { readonly seed: number; readonly fold: number | null },
): Promise<TrainedNetwork[]> {
  const { engine = networkEngine(), architecture = "compact", seed, fold, signal, onProgress } = options;
  const layout = new InputLayout(sources);
  const checkpoint = new EnsembleCheckpoint({ features: train.matrix.features, sources }, options.onCheckpoint);
  if (options.resume !== undefined) checkpoint.resume(options.resume);
  return together(names, engine.atOnce ?? 1, signal, async (name, stop) => {
    const { batchSize, ...own } = memberPlan(architecture, name);
    const plan = { ...own, batchSize: options.batchSize ?? batchSize };
    const epochs = (typeof options.epochs === "object" ? options.epochs[name] : options.epochs) ?? plan.epochs;
    const spec =
      name === "ann" ? memberSpec(plan, 1, sources.length) : memberSpec(plan, layout.steps.length, layout.width);
    const dataOf = ({ matrix, labels }: ValidationRows): NetworkData => ({
      inputs: networkInputs(name, layout, matrix),
      targets: Float32Array.from(labels.codes),
    });
    const advance = (done: number): void => onProgress?.({ what: `train ${name}`, done, total: epochs });
    const { network, history, bestEpoch, validationLoss } = await trainWithEarlyStopping(engine, spec, dataOf(train), {
      epochs,
      batchSize: plan.batchSize,
      learningRate: plan.learningRate,
      optimizer: plan.optimizer,
      schedule: scheduleOf(plan, train.labels.codes.length, epochs),
      classWeights,
      seed: seed + MEMBERS.indexOf(name),
      signal: stop,
      validation: dataOf(validation),
      patience: options.patience ?? DEFAULT_PATIENCE,
      monitor: options.monitor,
      onEpoch: (records) => {
        options.onEpoch?.({ member: name, fold, epochs, history: records, ...records.at(-1)! });
        advance(records.length);
      },
      checkpointEvery: options.checkpointEvery,
      onCheckpoint: checkpoint.handlerOf(name),
      resume: checkpoint.member(name),
    });
    if (history.length < epochs) advance(epochs);
    return {
      name,
      model: new NetworkMember(name, layout, network),
      history: { member: name, fold, epochs: history.length, bestEpoch, validationLoss },
    };
  });
}

/** The kinds of members in their order. @throws MlsecError `invalid-option` for none, or for others. */
export function requireMembers(names: readonly MemberName[]): MemberName[] {
  const strange = names.filter((name) => !MEMBERS.includes(name));
  if (names.length === 0 || strange.length > 0) {
    throw new MlsecError(
      "invalid-option",
      `members must be some of ${MEMBERS.join(", ")}, not [${names.join(", ")}].`,
      {
        got: names,
      },
    );
  }
  return MEMBERS.filter((name) => names.includes(name));
}

function heldBack(
  given: ValidationRows,
  validation: ValidationRows | number,
  seed: number,
): { train: ValidationRows; validation: ValidationRows } {
  if (typeof validation === "object") {
    requireFeatures(validation.matrix, given.matrix.features);
    return { train: given, validation };
  }
  if (!(validation > 0 && validation < 1))
    throw new MlsecError(
      "invalid-option",
      `validation must be rows, or a share above 0 and below 1, not ${validation}.`,
    );
  const [train, held] = stratifiedSplit(given.labels, [1 - validation, validation], seed).map((rows) => ({
    matrix: takeRows(given.matrix, rows),
    labels: takeLabels(given.labels, rows),
  })) as [ValidationRows, ValidationRows];
  return { train, validation: held };
}

function classWeightsOf(given: MemberOptions["classWeight"], labels: Labels): readonly [number, number] | undefined {
  if (given !== "balanced") return given;
  return [...classWeights(labels)] as [number, number];
}

function requireBothClasses({ codes, classes }: Labels): void {
  if (classes.length === 2 && codes.includes(0) && codes.includes(1)) return;
  throw new MlsecError("single-class", "A threat detector needs training rows of two classes, normal and attack.", {
    classes,
  });
}

function requireFinite(matrix: FeatureMatrix): void {
  for (const [index, values] of matrix.columns.entries()) {
    const row = values.findIndex((value) => !Number.isFinite(Math.fround(value)));
    if (row !== -1) {
      throw new MlsecError(
        "not-finite",
        `Feature ${JSON.stringify(matrix.features[index])} is ${values[row]} in row ${row}; networks need finite float32 values.`,
        {
          column: matrix.features[index],
          row,
        },
      );
    }
  }
}
