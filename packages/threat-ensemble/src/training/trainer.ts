import type { Random } from "@mlsec/preprocess/numeric";
import { Layout, padded } from "../compute/layout.js";
import type { Machine } from "../compute/machine.js";
import { openTrainKernels, type TrainKernels } from "../compute/train-kernels.js";
import type { NetworkData } from "../engine.js";
import { type LayerShape, type LayerWeights, layerShapes, type NetworkSpec } from "../network/spec.js";
import { BatchNormLayer } from "./layers/batch-norm.js";
import { DenseLayer } from "./layers/dense.js";
import { DropoutLayer } from "./layers/dropout.js";
import { type Site, STATE_BYTES, type TrainingLayer } from "./layers/layer.js";
import { LstmLayer } from "./layers/lstm.js";
import type { OptimizerSpec } from "./optimizer.js";
import { Parameters } from "./parameters.js";

/** The rows of a batch by their numbers in the data, and the weights of their losses by target. */
export interface Batch {
  readonly data: NetworkData;
  readonly rows: Int32Array;
  readonly classWeights: readonly [number, number] | undefined;
}

/**
 * Into how many parts a batch is cut, whose gradients are computed apart and added up in order. It never depends on how
 * many threads there are, so neither do the bits. Batch normalisation needs its batch whole; a network without LSTM is
 * too small to gain.
 */
export function shardsOf(spec: NetworkSpec): number {
  const types = spec.layers.map(({ type }) => type);
  return types.includes("lstm") && !types.includes("batchNorm") ? 2 : 1;
}

/** Weights, gradients and optimizer state of one network in the kernels' memory, and the steps that change them. */
export class Trainer {
  readonly shards: number;
  private readonly machine: Machine<TrainKernels>;
  private readonly parameters: Parameters;
  private readonly layers: readonly TrainingLayer[] = [];
  private readonly shapes: readonly LayerShape[];
  private readonly inputs: number;
  private readonly targets: number;
  private readonly rowWeights: number;
  /** The gradients of each shard; the first also takes their sum. */
  private readonly gradients: readonly number[];
  private readonly states: readonly number[];
  private readonly first: number;
  private readonly second: number;
  private readonly optimizer: OptimizerSpec;

  constructor(
    private readonly spec: NetworkSpec,
    batchSize: number,
    optimizer: OptimizerSpec,
  ) {
    this.optimizer = optimizer;
    this.shards = shardsOf(spec);
    const capacity = Math.ceil(batchSize / this.shards);
    const layout = new Layout();
    this.shapes = layerShapes(spec);
    this.parameters = new Parameters(this.shapes, layout);
    const region = (): number => layout.take(this.parameters.length);
    this.gradients = Array.from({ length: this.shards }, region);
    this.states = this.gradients.map(() => layout.take((this.shapes.length * STATE_BYTES) / 4));
    this.first = region();
    this.second = region();
    this.inputs = layout.take(spec.steps * capacity * padded(spec.width));
    this.targets = layout.take(capacity);
    this.rowWeights = layout.take(capacity);
    let input = { values: this.inputs, gradient: 0 };
    this.layers = this.shapes.map((shape, index) => {
      const layer = trainingLayer({ index, shape, input, capacity, layout, parameters: this.parameters });
      input = layer.output;
      return layer;
    });
    this.machine = openTrainKernels(layout);
  }

  setWeights(weights: readonly LayerWeights[]): void {
    this.parameters.write(this.machine.numbers, weights);
  }

  weights(): LayerWeights[] {
    return this.parameters.read(this.machine.numbers);
  }

  /** The gradients of the last step, by layer and weight. */
  lastGradients(): LayerWeights[] {
    return this.parameters.readFrom(this.machine.numbers, this.gradients[0]!);
  }

  /** Both moments of Adam, or the velocity and nothing, by layer and weight. */
  moments(): [LayerWeights[], LayerWeights[]] {
    const { numbers } = this.machine;
    return [this.parameters.readFrom(numbers, this.first), this.parameters.readFrom(numbers, this.second)];
  }

  setMoments(first: readonly LayerWeights[], second: readonly LayerWeights[]): void {
    this.parameters.writeTo(this.machine.numbers, this.first, first);
    this.parameters.writeTo(this.machine.numbers, this.second, second);
  }

  /** The gradients of a shard, padding included: what threads exchange. */
  shardGradients(shard: number): Float32Array {
    return this.view(this.gradients[shard]!);
  }

  /** Begins the dropout generators of an epoch. */
  seedDropout(random: Random): void {
    for (const [shard, at] of this.states.entries()) {
      const words = new Int32Array(this.machine.numbers.buffer, at, this.shapes.length * 16);
      for (let layer = 0; layer < this.shapes.length; layer++) {
        const draws = random.fork(layer * this.shards + shard);
        for (let i = 0; i < 16; i++) words[layer * 16 + i] = draws.uint32();
      }
    }
  }

  /**
   * The gradients of one shard of a batch, and the sum of the losses of its rows. A yield is a place to pause; kernels are
   * called between them.
   */
  *backpropagate(batch: Batch, shard: number): Generator<void, number> {
    const { kernels, numbers } = this.machine;
    const gradients = this.gradients[shard]!;
    numbers.fill(0, gradients / 4, gradients / 4 + this.parameters.length);
    const length = Math.ceil(batch.rows.length / this.shards);
    const from = Math.min(shard * length, batch.rows.length);
    const rows = Math.min(length, batch.rows.length - from);
    if (rows === 0) return 0;
    this.gather(batch, from, rows);
    yield;
    const pass = { machine: this.machine, rows, gradients, states: this.states[shard]! };
    for (const layer of this.layers) yield* layer.forward(pass);
    const { values, gradient } = this.layers.at(-1)!.output;
    const weights = batch.classWeights === undefined ? 0 : this.rowWeights;
    const loss = kernels.crossEntropy(values, this.targets, weights, gradient, rows, 1 / batch.rows.length);
    for (let index = this.layers.length - 1; index >= 0; index--) yield* this.layers[index]!.backward(pass);
    return loss;
  }

  /** One step of the optimizer with the shards' gradients; `step` counts from 1. */
  update(rate: number, step: number): void {
    const { kernels } = this.machine;
    const { length } = this.parameters;
    const weights = this.parameters.trainedAt;
    const [sum, ...others] = this.gradients as [number, ...number[]];
    for (const other of others) kernels.addElements(sum, sum, other, length);
    const decay = (this.optimizer.weightDecay ?? 0) * rate;
    if (this.optimizer.type === "sgd") {
      kernels.sgd(weights, sum, this.first, length, rate, this.optimizer.momentum ?? 0, decay);
      return;
    }
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = this.optimizer;
    const corrected = (rate * Math.sqrt(1 - power(beta2, step))) / (1 - power(beta1, step));
    kernels.adam(weights, sum, this.first, this.second, length, corrected, 1 - beta1, 1 - beta2, epsilon, decay);
  }

  private view(address: number): Float32Array {
    return this.machine.numbers.subarray(address / 4, address / 4 + this.parameters.length);
  }

  /** Copies rows to the inputs, time step by time step, each step padded to whole vectors. */
  private gather({ data, rows, classWeights }: Batch, from: number, count: number): void {
    const { steps, width } = this.spec;
    const { numbers } = this.machine;
    const wide = padded(width);
    for (let place = 0; place < count; place++) {
      const row = rows[from + place]!;
      const target = data.targets[row]!;
      numbers[this.targets / 4 + place] = target;
      if (classWeights !== undefined) numbers[this.rowWeights / 4 + place] = classWeights[target as 0 | 1];
      let source = row * steps * width;
      for (let step = 0; step < steps; step++) {
        const at = this.inputs / 4 + (step * count + place) * wide;
        for (let i = 0; i < width; i++) numbers[at + i] = data.inputs[source++]!;
      }
    }
  }
}

function trainingLayer(site: Site): TrainingLayer {
  switch (site.shape.layer.type) {
    case "dense":
      return new DenseLayer(site);
    case "lstm":
      return new LstmLayer(site);
    case "batchNorm":
      return new BatchNormLayer(site);
    case "dropout":
      return new DropoutLayer(site);
  }
}

/** base^exponent by repeated squaring: the same bits on every runtime. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let factor = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2), factor *= factor) {
    if (rest % 2 === 1) result *= factor;
  }
  return result;
}
