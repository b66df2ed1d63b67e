import type { State } from "@mlsec/preprocess";
import type { Network } from "./network/network.js";
import type { NetworkSpec } from "./network/spec.js";
import type { EarlyStopped } from "./training/course.js";
import type { EarlyStoppingOptions } from "./training/early-stopping.js";
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
  /** Called and awaited after each epoch with the network as it is then; `true` ends the training. */
  readonly onEpoch?:
    | ((epoch: number, network: Network, report?: EpochReport) => boolean | Promise<boolean>)
    | undefined;
  /**
   * A checkpoint of the same training on the same data: training goes on from there, and ends as if it had never stopped.
   * What is read is checked (`invalid-state`, `checkpoint-mismatch`).
   */
  readonly resume?: State | undefined;
}

/** What an engine tells after an epoch besides the network. */
export interface EpochReport {
  /** The mean loss over the training rows, each as its batch met it. */
  readonly loss: number;
  /**
   * The state of the training, for `resume`: a copy, of plain values and typed arrays (`toPlain` makes JSON of them). Taken
   * while `onEpoch` runs, or its promise is pending. Absent where the engine cannot resume.
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
  /** How many networks it trains at the same time. Default 1. */
  readonly atOnce?: number | undefined;
  train(spec: NetworkSpec, data: NetworkData, options: TrainingOptions): Promise<Network>;
  /** The same with early stopping, by an engine that does that elsewhere too. Default: on top of `train`, on this thread. */
  trainWithEarlyStopping?(spec: NetworkSpec, data: NetworkData, options: EarlyStoppingOptions): Promise<EarlyStopped>;
}
