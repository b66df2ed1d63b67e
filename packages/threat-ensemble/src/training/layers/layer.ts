import type { Layout } from "../../compute/layout.js";
import type { Machine } from "../../compute/machine.js";
import type { TrainKernels } from "../../compute/train-kernels.js";
import type { LayerShape } from "../../network/spec.js";
import type { Parameters } from "../parameters.js";

/** What flows between two layers: steps × rows × padded width numbers, time step by time step, and their gradient. */
export interface Flow {
  readonly values: number;
  /** The address of the gradient, or 0 where nobody needs it. */
  readonly gradient: number;
}

/** What a layer is made with. */
export interface Site {
  readonly index: number;
  readonly shape: LayerShape;
  readonly input: Flow;
  /** Most rows of a batch. */
  readonly capacity: number;
  readonly layout: Layout;
  readonly parameters: Parameters;
}

/** What a pass runs on. */
export interface Pass {
  readonly machine: Machine<TrainKernels>;
  readonly rows: number;
  /** The address of the gradients of all weights, to which a layer adds its own. */
  readonly gradients: number;
  /** The address of the dropout generators' states of this shard; see `stateOffset`. */
  readonly states: number;
}

/**
 * A layer in training. Both passes are generators that yield between kernel calls, so that a batch can be interrupted
 * whatever its size.
 */
export interface TrainingLayer {
  readonly output: Flow;
  /** Computes the output from the input. */
  forward(pass: Pass): Generator<void>;
  /** From the gradient of the output to those of the weights and, where it is wanted, of the input. */
  backward(pass: Pass): Generator<void>;
}

/** Bytes of a dropout generator's state. */
export const STATE_BYTES = 64;

/** Rows of a long sum that are packed together: their panels stay in the caches. */
export const SUM_BLOCK = 256;
