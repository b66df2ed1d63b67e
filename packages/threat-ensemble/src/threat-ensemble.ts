import {
  DEFAULT_SEED,
  type FeatureMatrix,
  type FitOptions,
  type Json,
  type Labels,
  MlsecError,
  requireFeatures,
  type State,
  StateReader,
  toPlain,
} from "@mlsec/preprocess";
import { ARCHITECTURES, type Architecture, type MemberName, memberSpec } from "./architecture.js";
import { type NetworkData, type NetworkEngine, trainWithEarlyStopping } from "./engine.js";
import { InputLayout } from "./inputs.js";
import { Network } from "./network/network.js";
import { networkEngine } from "./training/engine.js";

export interface ThreatEnsembleOptions extends FitOptions {
  /** What trains the networks. Default: the package's own `networkEngine()`. */
  readonly engine?: NetworkEngine | undefined;
  /** Rows for early stopping, not among the training rows. */
  readonly validation: { readonly matrix: FeatureMatrix; readonly labels: Labels };
  /** Default "compact". */
  readonly architecture?: Architecture | undefined;
  /** For each feature the original column that it came from: the LSTM's time steps. Default: each its own. */
  readonly sources?: readonly string[] | undefined;
  /** Most epochs of each member. Default: the architecture's. */
  readonly epochs?: number | undefined;
  /** Epochs without a better validation loss after which a member stops. Default 8 for the ANN, 4 for the LSTM. */
  readonly patience?: number | undefined;
}

/** How a member's training went. */
export interface MemberHistory {
  readonly member: MemberName;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly validationLoss: number;
}

interface Member {
  readonly name: MemberName;
  readonly network: Network;
}

const MEMBERS: readonly MemberName[] = ["ann", "lstm"];
const DEFAULT_PATIENCE: Readonly<Record<MemberName, number>> = { ann: 8, lstm: 4 };

/**
 * The threat detector's model: a feed-forward network and an LSTM over the features as time steps, their attack
 * probabilities averaged (soft voting). Labels are 0 = normal, 1 = attack.
 */
export class ThreatEnsemble {
  private constructor(
    readonly features: readonly string[],
    private readonly layout: InputLayout,
    private readonly members: readonly Member[],
    /** How the training of each member went. */
    readonly history: readonly MemberHistory[],
  ) {}

  /**
   * Trains both members, with early stopping on the validation rows.
   *
   * @param matrix features scaled for networks: about zero mean and unit variance, no missing values.
   * @param labels codes 0 (normal) and 1 (attack), both present.
   * @throws MlsecError `single-class`, `not-finite`, `diverged`, `aborted`, `invalid-option`.
   */
  static async fit(matrix: FeatureMatrix, labels: Labels, options: ThreatEnsembleOptions): Promise<ThreatEnsemble> {
    const {
      engine = networkEngine(),
      validation,
      architecture = "compact",
      sources = matrix.features,
      seed = DEFAULT_SEED,
      signal,
      onProgress,
    } = options;
    if (sources.length !== matrix.features.length) {
      throw new MlsecError(
        "invalid-option",
        `${sources.length} sources were given for ${matrix.features.length} features.`,
      );
    }
    requireBothClasses(labels);
    requireFeatures(validation.matrix, matrix.features);
    requireFinite(matrix);
    requireFinite(validation.matrix);
    const layout = new InputLayout(sources);
    const history: MemberHistory[] = [];
    const members: Member[] = [];
    for (const [index, name] of MEMBERS.entries()) {
      const plan = ARCHITECTURES[architecture][name];
      const epochs = options.epochs ?? plan.epochs;
      const inputsOf = (rows: FeatureMatrix): Float32Array => memberInputs(name, layout, rows);
      const spec =
        name === "ann" ? memberSpec(plan, 1, sources.length) : memberSpec(plan, layout.steps.length, layout.width);
      const trained = await trainWithEarlyStopping(engine, spec, networkData(inputsOf(matrix), labels), {
        epochs,
        batchSize: plan.batchSize,
        learningRate: plan.learningRate,
        seed: seed + index,
        signal,
        validation: networkData(inputsOf(validation.matrix), validation.labels),
        patience: options.patience ?? DEFAULT_PATIENCE[name],
        onEpoch: (epoch) => onProgress?.({ what: `train ${name}`, done: epoch, total: epochs }),
      });
      if (trained.epochs < epochs) onProgress?.({ what: `train ${name}`, done: epochs, total: epochs });
      members.push({ name, network: trained.network });
      history.push({
        member: name,
        epochs: trained.epochs,
        bestEpoch: trained.bestEpoch,
        validationLoss: trained.validationLoss,
      });
    }
    return new ThreatEnsemble(matrix.features, layout, members, history);
  }

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
  static fromState(state: unknown): ThreatEnsemble {
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
    return new ThreatEnsemble(features, layout, members, history);
  }

  static fromJSON(json: Json): ThreatEnsemble {
    return ThreatEnsemble.fromState(json);
  }
}

function memberInputs(name: MemberName, layout: InputLayout, matrix: FeatureMatrix): Float32Array {
  return name === "ann" ? layout.flat(matrix) : layout.sequence(matrix);
}

function networkData(inputs: Float32Array, labels: Labels): NetworkData {
  return { inputs, targets: Float32Array.from(labels.codes) };
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
