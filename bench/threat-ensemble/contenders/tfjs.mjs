// tfjs.mjs JOB FOLDER [THREADS [SHARE]]: SHARE 10 trains on a tenth of the rows and reports ten times the time.
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { readJob, timeBatch, timeEpoch, timeRows } from "./job.mjs";

const LAYERS = {
  dense: ({ units, activation }, input) => tf.layers.dense({ units, activation, ...input }),
  batchNorm: (_, input) => tf.layers.batchNormalization({ epsilon: 1e-3, ...input }),
  dropout: ({ rate }, input) => tf.layers.dropout({ rate, ...input }),
  lstm: ({ units, returnSequences }, input) =>
    tf.layers.lstm({ units, returnSequences, recurrentActivation: "sigmoid", ...input }),
};
/** tfjs' order of a layer's weights. */
const ORDER = ["kernel", "recurrent", "gamma", "beta", "bias", "mean", "variance"];

const job = readJob();
const { spec, weights } = job;
await tf.setBackend("wasm");
await tf.ready();
const shape = spec.steps === 1 ? [spec.width] : [spec.steps, spec.width];
const model = tf.sequential();
for (const [index, layer] of spec.layers.entries())
  model.add(LAYERS[layer.type](layer, index === 0 ? { inputShape: shape } : {}));
for (const [index, layer] of model.layers.entries()) {
  const values = ORDER.flatMap((name) => (name in weights[index] ? [weights[index][name]] : []));
  layer.setWeights(layer.getWeights().map((tensor, place) => tf.tensor(values[place], tensor.shape)));
}
const tensor = (inputs) => tf.tensor(inputs, [inputs.length / (spec.steps * spec.width), ...shape]);

const JOBS = {
  epoch: () => {
    model.compile({
      optimizer: tf.train.adam(1e-3, 0.9, 0.999, 1e-7),
      loss: (targets, logits) => tf.losses.sigmoidCrossEntropy(targets, logits),
    });
    const share = Number(process.argv[5] ?? 1);
    return timeEpoch(job, share, async (inputs, targets) => {
      const [x, y] = [tensor(inputs), tf.tensor2d(targets, [targets.length, 1])];
      await model.fit(x, y, { batchSize: job.batchSize, epochs: 1, shuffle: true, verbose: 0 });
      tf.dispose([x, y]);
    });
  },
  batch: () => timeBatch(job, (inputs) => tf.tidy(() => model.predict(tensor(inputs), { batchSize: 1024 }).dataSync())),
  row: () => timeRows(job, (values) => tf.tidy(() => model.predict(tensor(values)).dataSync()[0]), true),
};
await JOBS[job.job]();
