import { type Json, MlsecError, type State, StateReader, toPlain } from "@mlsec/preprocess";
import type { NetworkData, TrainingOptions } from "../engine.js";
import { layerShapes, type NetworkSpec, specToState } from "../network/spec.js";
import { weightsFromState, weightsToState } from "../network/weights-state.js";
import { digestOf } from "./data-digest.js";
import { DEFAULT_OPTIMIZER, DEFAULT_SCHEDULE } from "./optimizer.js";
import { isTrained } from "./parameters.js";
import { requireSameTraining, type TrainingIdentity } from "./same-training.js";
import type { Trainer } from "./trainer.js";

/** A training between two epochs: all that decides the rest of it. */
export interface Position {
  /** Epochs done. */
  readonly epoch: number;
  /** Steps of the optimizer done. */
  readonly step: number;
  /** The mean loss of the very first batch. */
  readonly firstLoss: number;
}

/** What a training is; how many epochs it lasts is not part of it, because it decides nothing before its end. */
export function trainingIdentity(
  spec: NetworkSpec,
  data: NetworkData,
  options: Omit<TrainingOptions, "onEpoch" | "resume">,
): TrainingIdentity {
  const { batchSize, learningRate, seed, classWeights = [1, 1] } = options;
  const { optimizer = DEFAULT_OPTIMIZER, schedule = DEFAULT_SCHEDULE } = options;
  return {
    network: toPlain(specToState(spec)),
    data: digestOf(data.inputs, data.targets),
    batchSize,
    learningRate,
    seed,
    classWeights,
    optimizer: withoutGaps(optimizer),
    schedule: withoutGaps(schedule),
  };
}

/** The random state is not stored: order and masks of an epoch come from the seed and the epoch's number. */
export function checkpointOf(trainer: Trainer, training: TrainingIdentity, position: Position): State {
  const [first, second] = trainer.moments();
  return {
    training,
    ...position,
    weights: weightsToState(trainer.weights()),
    first: weightsToState(first),
    second: weightsToState(second),
  };
}

/**
 * Puts a trainer where the checkpoint was taken.
 *
 * @param steps steps an epoch.
 * @throws MlsecError `invalid-state`, or `checkpoint-mismatch` where it is of another training.
 */
export function resumeFrom(
  state: unknown,
  trainer: Trainer,
  training: TrainingIdentity,
  { spec, steps, epochs }: { readonly spec: NetworkSpec; readonly steps: number; readonly epochs: number },
): Position {
  const reader = new StateReader(state, "checkpoint");
  requireSameTraining(reader, training);
  const epoch = reader.integer("epoch", { min: 1 });
  if (epoch > epochs) {
    throw new MlsecError(
      "checkpoint-mismatch",
      `The checkpoint is after epoch ${epoch}, but the training is to end after ${epochs}.`,
      { expected: epochs, got: epoch },
    );
  }
  const step = reader.integer("step");
  if (step !== epoch * steps) reader.fail("step", `${epoch * steps}: ${steps} steps in each of ${epoch} epochs`);
  const shapes = layerShapes(spec);
  const weights = weightsFromState(reader, "weights", shapes);
  requireNotNegative(reader, "weights", weights, (name) => name === "variance");
  const first = weightsFromState(reader, "first", shapes, isTrained);
  const second = weightsFromState(reader, "second", shapes, isTrained);
  requireNotNegative(reader, "second", second, () => true);
  trainer.setWeights(weights);
  trainer.setMoments(first, second);
  return { epoch, step, firstLoss: reader.number("firstLoss", { min: 0 }) };
}

function requireNotNegative(
  reader: StateReader,
  key: string,
  layers: readonly Readonly<Record<string, Float32Array>>[],
  concerns: (name: string) => boolean,
): void {
  for (const [layer, weights] of layers.entries()) {
    for (const [name, values] of Object.entries(weights)) {
      if (concerns(name) && values.some((value) => value < 0))
        reader.fail(key, `numbers of at least 0 in the ${name} of layer ${layer}`);
    }
  }
}

/** Without options that are given as undefined: JSON has no such thing. */
function withoutGaps(options: object): Json {
  return JSON.parse(JSON.stringify(options));
}
