import { MlsecError, type State, StateReader } from "@mlsec/preprocess";
import type { TrainingOptions } from "../engine.js";
import { type LayerWeights, layerShapes, type NetworkSpec, specToState } from "../network/spec.js";
import { DEFAULT_OPTIMIZER, DEFAULT_SCHEDULE } from "./optimizer.js";
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

/** What a training is, apart from its data: a checkpoint of another one is refused. */
function identity(spec: NetworkSpec, options: TrainingOptions): string {
  const { batchSize, learningRate, seed, classWeights = [1, 1] } = options;
  const { optimizer = DEFAULT_OPTIMIZER, schedule = DEFAULT_SCHEDULE } = options;
  return JSON.stringify([specToState(spec), batchSize, learningRate, seed, classWeights, optimizer, schedule]);
}

export function checkpointOf(trainer: Trainer, spec: NetworkSpec, options: TrainingOptions, position: Position): State {
  const [first, second] = trainer.moments();
  return {
    training: identity(spec, options),
    epoch: position.epoch,
    step: position.step,
    firstLoss: position.firstLoss,
    weights: trainer.weights().map((layer) => ({ ...layer })),
    first: first.slice(),
    second: second.slice(),
  };
}

/**
 * Puts a trainer where the checkpoint was taken.
 *
 * @throws MlsecError `invalid-state`, or `checkpoint-mismatch` where it is of another training.
 */
export function resumeFrom(state: unknown, trainer: Trainer, spec: NetworkSpec, options: TrainingOptions): Position {
  const reader = new StateReader(state, "checkpoint");
  if (reader.string("training") !== identity(spec, options)) {
    throw new MlsecError(
      "checkpoint-mismatch",
      "The checkpoint is of a training with another network, seed, batch size, optimizer or other options.",
      { expected: identity(spec, options), got: reader.string("training") },
    );
  }
  const shapes = layerShapes(spec);
  const stored = reader.objects("weights");
  if (stored.length !== shapes.length) reader.fail("weights", `a list of ${shapes.length} layers`);
  const weights = shapes.map(
    (shape, layer): LayerWeights =>
      Object.fromEntries(
        Object.entries(shape.weights).map(([name, length]) => [name, stored[layer]!.float32(name, length)]),
      ),
  );
  trainer.setWeights(weights);
  const [first, second] = trainer.moments();
  first.set(reader.float32("first", first.length));
  second.set(reader.float32("second", second.length));
  return {
    epoch: reader.integer("epoch", { min: 0 }),
    step: reader.integer("step", { min: 0 }),
    firstLoss: reader.number("firstLoss"),
  };
}
