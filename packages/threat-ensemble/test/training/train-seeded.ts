import { Random } from "@mlsec/preprocess/numeric";
import type { LayerWeights, NetworkSpec, OptimizerSpec, ScheduleSpec } from "../../src/index.js";
import { rateAt } from "../../src/training/optimizer.js";
import { Trainer } from "../../src/training/trainer.js";
import { seededRows, seededWeights } from "./seeded-network.js";

/** A training that Keras does too: `interop/networks.py` reads the same fields. */
export interface SeededTraining {
  readonly spec: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly learningRate: number;
  readonly schedule?: ScheduleSpec;
  readonly classWeights?: [number, number];
  readonly batchSize: number;
  readonly steps: number;
  readonly seed: number;
}

/** Takes the steps on given weights and batches in given order: the mean loss of each before its update, and the weights. */
export function trainSeeded(training: SeededTraining): { losses: number[]; weights: LayerWeights[] } {
  const { spec, optimizer, learningRate, schedule = { type: "constant" }, batchSize, steps, seed } = training;
  const data = seededRows(spec, batchSize * steps, seed);
  const trainer = new Trainer(spec, batchSize, optimizer);
  trainer.setWeights(seededWeights(spec, seed));
  trainer.seedDropout(Random.seeded(seed).fork(2));
  const losses = Array.from({ length: steps }, (_, step) => {
    const rows = Int32Array.from({ length: batchSize }, (_, row) => step * batchSize + row);
    const batch = { data, rows, classWeights: training.classWeights };
    let loss = 0;
    for (let shard = 0; shard < trainer.shards; shard++) loss += finished(trainer.backpropagate(batch, shard));
    trainer.update(rateAt(learningRate, schedule, step), step + 1);
    return loss / batchSize;
  });
  return { losses, weights: trainer.weights() };
}

function finished<Result>(work: Generator<void, Result>): Result {
  let next = work.next();
  while (next.done !== true) next = work.next();
  return next.value;
}
