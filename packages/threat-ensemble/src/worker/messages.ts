import { MlsecError, type State } from "@mlsec/preprocess";
import type { NetworkData, TrainingOptions } from "../engine.js";
import { Network } from "../network/network.js";
import type { NetworkSpec } from "../network/spec.js";
import type { EarlyStopped, EpochRecord, Monitor } from "../training/course.js";
import type { Seat } from "../training/shard-exchange.js";

/** What a worker is to do, sent to it with the port for all that follows: values that can be cloned, no functions. */
export interface Job {
  readonly spec: NetworkSpec;
  readonly data: NetworkData;
  readonly options: Omit<TrainingOptions, "signal" | "onEpoch" | "resume"> & { readonly resume?: unknown };
  /** Whether each epoch is told. */
  readonly watched: boolean;
  /** With early stopping, or null. */
  readonly stopping: {
    readonly validation: NetworkData;
    readonly patience: number;
    readonly monitor: Monitor | undefined;
    readonly checkpointEvery: number | undefined;
    readonly checkpoints: boolean;
  } | null;
  /** The worker's place where two share the training, or null. */
  readonly seat: Seat | null;
}

/** What a worker tells. After `asks` it waits for an `Answer`. */
export type Told =
  | { readonly type: "history"; readonly history: readonly EpochRecord[] }
  | { readonly type: "checkpoint"; readonly checkpoint: State; readonly asks: true }
  | {
      readonly type: "epoch";
      readonly epoch: number;
      readonly network: State;
      readonly loss: number | null;
      readonly checkpoint: State | null;
      readonly asks: true;
    };

/** How a job ends. */
export type Ended =
  | { readonly type: "trained"; readonly network: State }
  | { readonly type: "stopped"; readonly kept: KeptState }
  | {
      readonly type: "failed";
      /** Null for an error that is not an `MlsecError`. */
      readonly code: string | null;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    };

/** The caller's reply: whether the training is to end here. */
export interface Answer {
  readonly stop: boolean;
}

/** An `EarlyStopped` that can be cloned. */
export type KeptState = Omit<EarlyStopped, "network"> & { readonly network: State };

export function keptToState({ network, ...kept }: EarlyStopped): KeptState {
  return { ...kept, network: network.toState() };
}

export function keptFromState({ network, ...kept }: KeptState): EarlyStopped {
  return { ...kept, network: Network.fromState(network) };
}

export function failure(error: unknown): Ended {
  if (error instanceof MlsecError)
    return { type: "failed", code: error.code, message: error.message, details: error.details };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { type: "failed", code: null, message, details: {} };
}
