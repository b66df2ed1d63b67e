import { Breather, type State, throwIfAborted } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import type { NetworkData, NetworkEngine, TrainingOptions } from "../engine.js";
import { drawWeights } from "../network/initial-weights.js";
import { Network } from "../network/network.js";
import type { NetworkSpec } from "../network/spec.js";
import { checkpointOf, resumeFrom, trainingIdentity } from "./checkpoint.js";
import { DivergenceWatch, diverged } from "./divergence.js";
import { DEFAULT_OPTIMIZER, DEFAULT_SCHEDULE, rateAt } from "./optimizer.js";
import { requireTrainable } from "./options.js";
import type { TrainingIdentity } from "./same-training.js";
import { type Seat, ShardExchange } from "./shard-exchange.js";
import { type Batch, Trainer } from "./trainer.js";

/** Milliseconds after which a training gives the thread a turn: an abort is noticed well within 100. */
const TURN_MS = 40;

/**
 * The package's own engine: WebAssembly SIMD kernels, or the same computation in TypeScript where WebAssembly is forbidden.
 * The same seed and data give the same weights, byte for byte, on every runtime. It trains on the calling thread, in
 * slices of 40 ms.
 */
export function networkEngine(): NetworkEngine {
  return engineAt(null);
}

/** The engine in a thread that may sleep, on one of two seats; or, without a seat, the engine that does all by itself. */
export function engineAt(seat: Seat | null): NetworkEngine {
  return { name: "mlsec", train: (spec, data, options) => train(spec, data, options, seat) };
}

async function train(
  spec: NetworkSpec,
  data: NetworkData,
  options: TrainingOptions,
  seat: Seat | null,
): Promise<Network> {
  const breather = new Breather(options.signal, TURN_MS);
  requireTrainable(spec, data, options);
  const { epochs, batchSize, classWeights, seed, signal, onEpoch, resume } = options;
  const { learningRate, optimizer = DEFAULT_OPTIMIZER, schedule = DEFAULT_SCHEDULE } = options;
  throwIfAborted(signal);
  const random = Random.seeded(seed);
  const rows = data.targets.length;
  const trainer = new Trainer(spec, Math.min(batchSize, rows), optimizer);
  const exchange = seat === null ? null : new ShardExchange(seat, spec);
  const steps = Math.ceil(rows / batchSize);
  let identity: TrainingIdentity | undefined;
  const training = (): TrainingIdentity => (identity ??= trainingIdentity(spec, data, options));
  let position = { epoch: 0, step: 0, firstLoss: 0 };
  if (resume === undefined) trainer.setWeights(await finished(drawWeights(spec, random.fork(0)), breather));
  else position = resumeFrom(resume, trainer, training(), { spec, steps, epochs });
  const watch = new DivergenceWatch(position.step === 0 ? null : position.firstLoss);
  const order = new Int32Array(rows);
  let { step } = position;
  for (let epoch = position.epoch + 1; epoch <= epochs; epoch++) {
    // Order and masks depend on the seed and the epoch alone, so that a training can resume between any two epochs.
    for (let row = 0; row < rows; row++) order[row] = row;
    random.fork(1).fork(epoch).shuffle(order);
    trainer.seedDropout(random.fork(2).fork(epoch));
    for (let from = 0; from < rows; from += batchSize) {
      const batch = { data, rows: order.subarray(from, Math.min(from + batchSize, rows)), classWeights };
      const loss = await gradientsOf(trainer, batch, breather, exchange);
      watch.add(loss, batch.rows.length, weightOf(batch.rows, data.targets, classWeights), epoch);
      trainer.update(rateAt(learningRate, schedule, step), step + 1);
      step++;
    }
    throwIfAborted(signal);
    const meanLoss = watch.endEpoch(epoch);
    const network = snapshot(trainer, spec, epoch, meanLoss);
    const here = { epoch, step, firstLoss: watch.first };
    const checkpoint = (): State => checkpointOf(trainer, training(), here);
    if ((await onEpoch?.(epoch, network, { loss: meanLoss, checkpoint })) === true) return network;
    throwIfAborted(signal);
    if (epoch === epochs) return network;
  }
  return snapshot(trainer, spec, position.epoch, 0);
}

/** Has the gradients of all shards of a batch in the trainer, and returns the sum of the losses of its rows. */
async function gradientsOf(
  trainer: Trainer,
  batch: Batch,
  breather: Breather,
  exchange: ShardExchange | null,
): Promise<number> {
  let loss = 0;
  if (exchange === null) {
    for (let shard = 0; shard < trainer.shards; shard++)
      loss += await finished(trainer.backpropagate(batch, shard), breather);
    return loss;
  }
  const { shard } = exchange;
  const own = await finished(trainer.backpropagate(batch, shard), breather);
  const other = exchange.swap(own, trainer.shardGradients(shard), trainer.shardGradients(1 - shard));
  // Of two numbers, the sum is the same in either order.
  return own + other;
}

/** The result of work that pauses where it yields, when the thread has been held long enough. */
async function finished<Result>(work: Generator<void, Result>, breather: Breather): Promise<Result> {
  let next = work.next();
  for (; next.done !== true; next = work.next()) if (breather.due()) await breather.pause();
  return next.value;
}

/** The sum of the weights of a batch's rows. */
function weightOf(
  rows: Int32Array,
  targets: Float32Array,
  classWeights: readonly [number, number] | undefined,
): number {
  if (classWeights === undefined) return rows.length;
  return rows.reduce((sum, row) => sum + classWeights[targets[row] as 0 | 1], 0);
}

/** The network as it is now; one with a weight that is no number has diverged. */
function snapshot(trainer: Trainer, spec: NetworkSpec, epoch: number, loss: number): Network {
  const weights = trainer.weights();
  const finite = weights.every((layer) =>
    Object.values(layer).every((values) => values.every((value) => value - value === 0)),
  );
  if (!finite) throw diverged(loss, epoch, `was ${loss.toPrecision(3)}, but its weights are no numbers any more,`);
  return new Network(spec, weights);
}
