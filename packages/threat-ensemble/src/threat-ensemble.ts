import {
  DEFAULT_SEED,
  type FeatureMatrix,
  type FitOptions,
  type Labels,
  MlsecError,
  requireFeatures,
  type State,
} from "@mlsec/preprocess";
import { together } from "@mlsec/preprocess/workers";
import { ARCHITECTURES, type Architecture, type MemberName, memberSpec } from "./architecture.js";
import type { NetworkData, NetworkEngine } from "./engine.js";
import { EnsembleCheckpoint } from "./ensemble-checkpoint.js";
import { FittedEnsemble, MEMBERS, memberInputs } from "./fitted-ensemble.js";
import { InputLayout } from "./inputs.js";
import type { EpochRecord } from "./training/course.js";
import { trainWithEarlyStopping } from "./training/early-stopping.js";
import { networkEngine } from "./training/engine.js";

/** An epoch of a member, for who watches the training. */
export interface MemberEpoch extends EpochRecord {
  readonly member: MemberName;
  /** Most epochs of the member. */
  readonly epochs: number;
  /** Every epoch of the member so far, this one last. */
  readonly history: readonly EpochRecord[];
}

/** Options by which a long training is watched, kept and gone on with. */
export interface TrainingWatch {
  /** Called after each epoch of each member. */
  readonly onEpoch?: ((epoch: MemberEpoch) => void) | undefined;
  /** Epochs of a member from one checkpoint to the next; default 1. A member's last epoch has one in any case. */
  readonly checkpointEvery?: number | undefined;
  /**
   * Called and awaited with the state of the whole training, for `resume`: plain values and typed arrays, a copy of which
   * nothing changes. `toPlain` makes JSON of it. An error that it throws ends the training.
   */
  readonly onCheckpoint?: ((checkpoint: State) => void | Promise<void>) | undefined;
  /**
   * A checkpoint of the same training (the same data, seed and options): training goes on from there and ends with the same
   * bytes as if it had never stopped. It may come from anywhere: what is read is checked.
   */
  readonly resume?: unknown;
}

export interface ThreatEnsembleOptions extends FitOptions, TrainingWatch {
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

const DEFAULT_PATIENCE: Readonly<Record<MemberName, number>> = { ann: 8, lstm: 4 };

/**
 * The threat detector's model, and its training. Labels are 0 = normal, 1 = attack.
 */
export class ThreatEnsemble extends FittedEnsemble {
  /**
   * Trains both members, with early stopping on the validation rows.
   *
   * @param matrix features scaled for networks: about zero mean and unit variance, no missing values.
   * @param labels codes 0 (normal) and 1 (attack), both present.
   * @throws MlsecError `single-class`, `not-finite`, `diverged`, `aborted` (within 100 ms of the signal), `invalid-option`;
   *   of a checkpoint to resume from `invalid-state`, or `checkpoint-mismatch` where it is of another training.
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
    const checkpoint = new EnsembleCheckpoint({ features: matrix.features, sources }, options.onCheckpoint);
    if (options.resume !== undefined) checkpoint.resume(options.resume);
    const trained = await together(MEMBERS, engine.atOnce ?? 1, signal, async (name, stop) => {
      const plan = ARCHITECTURES[architecture][name];
      const epochs = options.epochs ?? plan.epochs;
      const inputsOf = (rows: FeatureMatrix): Float32Array => memberInputs(name, layout, rows);
      const spec =
        name === "ann" ? memberSpec(plan, 1, sources.length) : memberSpec(plan, layout.steps.length, layout.width);
      const advance = (done: number): void => onProgress?.({ what: `train ${name}`, done, total: epochs });
      const kept = await trainWithEarlyStopping(engine, spec, networkData(inputsOf(matrix), labels), {
        epochs,
        batchSize: plan.batchSize,
        learningRate: plan.learningRate,
        seed: seed + MEMBERS.indexOf(name),
        signal: stop,
        validation: networkData(inputsOf(validation.matrix), validation.labels),
        patience: options.patience ?? DEFAULT_PATIENCE[name],
        onEpoch: (history) => {
          options.onEpoch?.({ member: name, epochs, history, ...history.at(-1)! });
          advance(history.length);
        },
        checkpointEvery: options.checkpointEvery,
        onCheckpoint: checkpoint.handlerOf(name),
        resume: checkpoint.member(name),
      });
      if (kept.history.length < epochs) advance(epochs);
      return { name, ...kept };
    });
    return new ThreatEnsemble(
      matrix.features,
      layout,
      trained,
      trained.map(({ name, history, bestEpoch, validationLoss }) => ({
        member: name,
        epochs: history.length,
        bestEpoch,
        validationLoss,
      })),
    );
  }
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
