import { Breather, MlsecError, throwIfAborted } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import type * as tfjs from "@tensorflow/tfjs";
import {
  BATCH_NORM_EPSILON,
  BATCH_NORM_MOMENTUM,
  gateSlope,
  initialWeights,
  type LayerShape,
  type LayerWeights,
  layerShapes,
  Network,
  type NetworkData,
  type NetworkEngine,
  type NetworkSpec,
  type TrainingOptions,
} from "../index.js";

type Tfjs = typeof tfjs;
type Variables = Record<string, tfjs.Variable>;

/** Batch statistics of a batch-normalised layer, to be folded into its moving ones after the step. */
interface BatchStatistics {
  readonly layer: number;
  readonly mean: tfjs.Tensor;
  readonly variance: tfjs.Tensor;
}

/**
 * A training engine on a TensorFlow.js instance that the caller has set up (backend chosen and ready). Initial weights,
 * batch order and dropout masks come from our own seeded generator, so a run repeats bit for bit on one backend; other
 * backends round differently.
 */
export function tfjsEngine(tf: Tfjs): NetworkEngine {
  return {
    name: `tfjs-${tf.getBackend()}`,
    train: (spec, data, options) => train(tf, spec, data, options),
  };
}

async function train(tf: Tfjs, spec: NetworkSpec, data: NetworkData, options: TrainingOptions): Promise<Network> {
  requireSupported(options);
  const random = Random.seeded(options.seed);
  const shapes = layerShapes(spec);
  const host = initialWeights(spec, random.fork(0)).map((layer) => ({ ...layer }));
  const variables = host.map((weights, index) => toVariables(tf, shapes[index]!, weights));
  const optimizer = tf.train.adam(options.learningRate, 0.9, 0.999, 1e-7);
  const order = Int32Array.from({ length: data.targets.length }, (_, row) => row);
  const draws = random.fork(1);
  const breather = new Breather(options.signal);
  try {
    let network = new Network(spec, host);
    for (let epoch = 1; epoch <= options.epochs; epoch++) {
      draws.shuffle(order);
      for (let from = 0; from < order.length; from += options.batchSize) {
        const rows = order.subarray(from, Math.min(from + options.batchSize, order.length));
        trainBatch(
          tf,
          shapes,
          variables,
          host,
          optimizer,
          gather(data, rows, spec.steps * spec.width),
          options,
          draws,
          epoch,
        );
        if (breather.due()) await breather.pause();
      }
      throwIfAborted(options.signal);
      network = new Network(
        spec,
        host.map((layer, index) => readBack(layer, variables[index]!)),
      );
      if (await options.onEpoch?.(epoch, network)) break;
    }
    return network;
  } finally {
    optimizer.dispose();
    for (const layer of variables) for (const variable of Object.values(layer)) variable.dispose();
  }
}

/** @throws MlsecError `invalid-option` for what only the package's own engine does. */
function requireSupported({ optimizer, schedule, resume }: TrainingOptions): void {
  for (const [name, value] of Object.entries({ optimizer, schedule, resume })) {
    if (value === undefined) continue;
    throw new MlsecError("invalid-option", `The tfjs engine does not take ${name}; networkEngine() does.`, { name });
  }
}

function trainBatch(
  tf: Tfjs,
  shapes: readonly LayerShape[],
  variables: readonly Variables[],
  host: readonly LayerWeights[],
  optimizer: tfjs.Optimizer,
  batch: NetworkData,
  { classWeights }: TrainingOptions,
  draws: Random,
  epoch: number,
): void {
  const statistics: BatchStatistics[] = [];
  const loss = tf.tidy(() => {
    const targets = tf.tensor1d(batch.targets);
    const weights =
      classWeights === undefined
        ? undefined
        : tf.tensor1d(batch.targets.map((target) => classWeights[target as 0 | 1]));
    const cost = optimizer.minimize(() => {
      const logits = forward(tf, shapes, variables, batch, draws, statistics).reshape([batch.targets.length]);
      // ln(1 + e^z) − y·z, in the form that does not overflow.
      const losses = logits.relu().sub(logits.mul(targets)).add(logits.abs().neg().exp().log1p());
      return (weights === undefined ? losses : losses.mul(weights)).mean() as tfjs.Scalar;
    }, true);
    return cost?.dataSync()[0] ?? Number.NaN;
  });
  for (const { layer, mean, variance } of statistics) {
    fold(host[layer]!["mean"]!, mean.dataSync());
    fold(host[layer]!["variance"]!, variance.dataSync());
    mean.dispose();
    variance.dispose();
  }
  if (loss - loss !== 0) {
    throw new MlsecError(
      "diverged",
      `The loss became ${loss} in epoch ${epoch}. Lower the learning rate or check the inputs.`,
      { epoch, loss },
    );
  }
}

function fold(moving: Float32Array, batch: ArrayLike<number>): void {
  for (let i = 0; i < moving.length; i++)
    moving[i] = moving[i]! * BATCH_NORM_MOMENTUM + batch[i]! * (1 - BATCH_NORM_MOMENTUM);
}

/** The training pass over one batch: the logits, with dropout, and batch statistics in place of moving ones. */
function forward(
  tf: Tfjs,
  shapes: readonly LayerShape[],
  variables: readonly Variables[],
  batch: NetworkData,
  draws: Random,
  statistics: BatchStatistics[],
): tfjs.Tensor {
  const rows = batch.targets.length;
  const first = shapes[0]!;
  let values: tfjs.Tensor = tf.tensor(batch.inputs, [rows * first.steps, first.width]);
  for (const [index, shape] of shapes.entries()) {
    const { layer, steps, width } = shape;
    const weights = variables[index]!;
    if (layer.type === "dense") {
      const sums = values.matMul(weights["kernel"]!).add(weights["bias"]!);
      values = layer.activation === "relu" ? sums.relu() : sums;
    } else if (layer.type === "batchNorm") {
      const { mean, variance } = tf.moments(values, 0);
      statistics.push({ layer: index, mean: tf.keep(mean.clone()), variance: tf.keep(variance.clone()) });
      const scale = variance.add(BATCH_NORM_EPSILON).rsqrt().mul(weights["gamma"]!);
      values = values.sub(mean).mul(scale).add(weights["beta"]!);
    } else if (layer.type === "dropout") {
      const kept = 1 / (1 - layer.rate);
      const mask = Float32Array.from({ length: rows * steps * width }, () => (draws.float() < layer.rate ? 0 : kept));
      values = values.mul(tf.tensor(mask, [rows * steps, width]));
    } else {
      values = lstm(tf, values, rows, shape, weights, layer.returnSequences);
    }
  }
  return values;
}

/** All inputs meet the kernel in one product; only the recurrent part goes step by step. */
function lstm(
  tf: Tfjs,
  values: tfjs.Tensor,
  rows: number,
  { layer, steps, units }: LayerShape,
  weights: Variables,
  returnSequences: boolean,
): tfjs.Tensor {
  const fromInputs = values
    .matMul(weights["kernel"]!)
    .add(weights["bias"]!)
    .reshape([rows, steps, 4 * units]);
  const bySteps = fromInputs.unstack(1);
  const slope = gateSlope(layer);
  const open = (gate: tfjs.Tensor): tfjs.Tensor =>
    slope === 0 ? gate.sigmoid() : gate.mul(slope).add(0.5).clipByValue(0, 1);
  const states: tfjs.Tensor[] = [];
  let cell: tfjs.Tensor | null = null;
  for (const gatesOfInput of bySteps) {
    const hidden = states.at(-1);
    const gates = hidden === undefined ? gatesOfInput : gatesOfInput.add(hidden.matMul(weights["recurrent"]!));
    const [input, forget, candidate, output] = gates.split(4, 1) as [
      tfjs.Tensor,
      tfjs.Tensor,
      tfjs.Tensor,
      tfjs.Tensor,
    ];
    const added: tfjs.Tensor = open(input).mul(candidate.tanh());
    cell = cell === null ? added : open(forget).mul(cell).add(added);
    states.push(open(output).mul(cell.tanh()));
  }
  return returnSequences ? tf.stack(states, 1).reshape([rows * steps, units]) : states.at(-1)!;
}

function toVariables(tf: Tfjs, { layer, width, units }: LayerShape, weights: LayerWeights): Variables {
  const columns = layer.type === "lstm" ? 4 * units : units;
  const variable = (name: string, shape: number[]): tfjs.Variable =>
    tf.tidy(() => tf.variable(tf.tensor(weights[name]!.slice(), shape)));
  switch (layer.type) {
    case "dense":
      return { kernel: variable("kernel", [width, units]), bias: variable("bias", [units]) };
    case "lstm":
      return {
        kernel: variable("kernel", [width, columns]),
        recurrent: variable("recurrent", [units, columns]),
        bias: variable("bias", [columns]),
      };
    case "batchNorm":
      return { gamma: variable("gamma", [width]), beta: variable("beta", [width]) };
    case "dropout":
      return {};
  }
}

/** The layer's weights with those that tfjs trained replaced by their present values. */
function readBack(host: LayerWeights, trained: Variables): LayerWeights {
  const copies = Object.entries(host).map(([name, values]) => [name, values.slice()]);
  const fresh = Object.entries(trained).map(([name, variable]) => [name, Float32Array.from(variable.dataSync())]);
  return Object.fromEntries([...copies, ...fresh]);
}

function gather({ inputs, targets }: NetworkData, rows: Int32Array, rowLength: number): NetworkData {
  const batch = { inputs: new Float32Array(rows.length * rowLength), targets: new Float32Array(rows.length) };
  for (const [place, row] of rows.entries()) {
    batch.inputs.set(inputs.subarray(row * rowLength, (row + 1) * rowLength), place * rowLength);
    batch.targets[place] = targets[row]!;
  }
  return batch;
}
