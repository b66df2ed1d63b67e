import { MlsecError, type State, throwIfAborted } from "@mlsec/preprocess";
import { crossEntropy } from "./network/cross-entropy.js";
import type { Network } from "./network/network.js";
import type { NetworkSpec } from "./network/spec.js";
import type { OptimizerSpec, ScheduleSpec } from "./training/optimizer.js";

/** Rows for a network: rows × steps × width inputs, row-major, and a target of 0 or 1 for each row. */
export interface NetworkData {
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
}

export interface TrainingOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Default Adam with β 0.9 and 0.999, ε 1e-7. */
  readonly optimizer?: OptimizerSpec | undefined;
  /** Default a constant learning rate. */
  readonly schedule?: ScheduleSpec | undefined;
  readonly seed: number;
  /** Weight of a row's loss by its target, [target 0, target 1]. Default 1 and 1. */
  readonly classWeights?: readonly [number, number] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each epoch with the network as it is then; `true` ends the training. */
  readonly onEpoch?: ((epoch: number, network: Network, report?: EpochReport) => boolean) | undefined;
  /** Goes on from a checkpoint of the same training on the same data, and ends as if it had never stopped. */
  readonly resume?: State | undefined;
}

/** What an engine tells after an epoch besides the network. */
export interface EpochReport {
  /** The mean loss over the training rows, each as its batch met it. */
  readonly loss: number;
  /**
   * The state of the training, for `resume`: plain values and typed arrays (`toPlain` makes JSON of them). Absent where the
   * engine cannot resume.
   */
  readonly checkpoint?: (() => State) | undefined;
}

/**
 * Something that can train a network by minimising binary cross-entropy over shuffled batches. The same seed on the same
 * engine gives the same weights. A diverging training must end in an error of code `diverged`, never in a network of
 * NaNs.
 */
export interface NetworkEngine {
  /** Name for the provenance, such as "tfjs-wasm". */
  readonly name: string;
  train(spec: NetworkSpec, data: NetworkData, options: TrainingOptions): Promise<Network>;
}

export interface EarlyStoppingOptions extends Omit<TrainingOptions, "onEpoch"> {
  readonly validation: NetworkData;
  /** Epochs without a better validation loss after which training ends. */
  readonly patience: number;
  readonly onEpoch?: ((epoch: number, validationLoss: number) => void) | undefined;
}

/** What early stopping kept. Epochs count from 1. */
export interface EarlyStopped {
  readonly network: Network;
  readonly bestEpoch: number;
  readonly epochs: number;
  readonly validationLoss: number;
}

/** Trains and keeps the weights of the epoch with the least cross-entropy on the validation rows. */
export async function trainWithEarlyStopping(
  engine: NetworkEngine,
  spec: NetworkSpec,
  data: NetworkData,
  { validation, patience, onEpoch, ...options }: EarlyStoppingOptions,
): Promise<EarlyStopped> {
  let best: EarlyStopped | null = null;
  let last = 0;
  await engine.train(spec, data, {
    ...options,
    onEpoch: (epoch, network) => {
      const validationLoss = meanCrossEntropy(network, validation);
      if (best === null || validationLoss < best.validationLoss)
        best = { network, bestEpoch: epoch, epochs: epoch, validationLoss };
      last = epoch;
      onEpoch?.(epoch, validationLoss);
      return epoch - best.bestEpoch >= patience;
    },
  });
  throwIfAborted(options.signal);
  const kept = best as EarlyStopped | null;
  if (kept === null)
    throw new MlsecError(
      "diverged",
      "The validation loss was never a number. Lower the learning rate or check the inputs.",
    );
  return { ...kept, epochs: last };
}

function meanCrossEntropy(network: Network, { inputs, targets }: NetworkData): number {
  const logits = network.logits(inputs);
  let sum = 0;
  for (let row = 0; row < logits.length; row++) sum += crossEntropy(logits[row]!, targets[row]!);
  return sum / logits.length;
}
