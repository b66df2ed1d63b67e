import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { ARCHITECTURES, type LayerSpec, Network, type NetworkSpec, type RecurrentActivation } from "../../src/index.js";
import { fromLayersModel, layersModelFiles, toLayersModel } from "../../src/tfjs/index.js";
import { LOGIT, randomData, randomWeights } from "../training/networks.js";

const { compact, reference } = ARCHITECTURES;

const NETWORKS: Record<string, NetworkSpec> = {
  "the compact ANN": { steps: 1, width: 20, layers: compact.ann.layers },
  "the compact LSTM": { steps: 10, width: 4, layers: compact.lstm.layers },
  "the reference ANN": { steps: 1, width: 10, layers: reference.ann.layers },
  "the reference LSTM": { steps: 10, width: 1, layers: reference.lstm.layers },
  "batch normalisation of sequences": {
    steps: 3,
    width: 2,
    layers: [
      { type: "batchNorm" },
      { type: "lstm", units: 4, returnSequences: true },
      { type: "batchNorm" },
      { type: "lstm", units: 3, returnSequences: false },
      { type: "dense", units: 3, activation: "linear" },
      LOGIT,
    ],
  },
  "one step": { steps: 1, width: 3, layers: [{ type: "lstm", units: 4, returnSequences: true }, LOGIT] },
};

/** Scores by tfjs, in the shape that the model wants. */
function predict(model: tf.LayersModel, inputs: Float32Array): Float32Array {
  const shape = model.inputs[0]!.shape.slice(1) as number[];
  const rows = inputs.length / shape.reduce((product, size) => product * size, 1);
  return tf.tidy(
    () => (model.predict(tf.tensor(inputs.slice(), [rows, ...shape])) as tf.Tensor).dataSync() as Float32Array,
  );
}

function expectNear(got: Float32Array, expected: Float32Array): void {
  expect(got.length).toBe(expected.length);
  expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(1e-3);
  for (const [row, value] of expected.entries()) expect(Math.abs(got[row]! - value)).toBeLessThan(1e-5);
}

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("toLayersModel", () => {
  it.each(Object.entries(NETWORKS))(
    "makes a model of %s that scores the same, and comes back bit for bit",
    async (_, spec) => {
      const network = new Network(spec, randomWeights(spec, 3));
      const { inputs } = randomData(spec, 12, 4);
      const model = toLayersModel(tf, network);
      expectNear(predict(model, inputs), network.score(inputs));
      expect((await fromLayersModel(model)).toJSON()).toEqual(network.toJSON());
      model.dispose();
    },
  );

  it("always writes sigmoid gates, and survives tfjs' own files", async () => {
    const network = new Network(NETWORKS["the compact LSTM"]!, randomWeights(NETWORKS["the compact LSTM"]!, 3));
    const model = toLayersModel(tf, network);
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      }),
    );
    expect(JSON.stringify(saved!.modelTopology)).toContain('"recurrent_activation":"sigmoid"');
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
    expect((await fromLayersModel(loaded)).toJSON()).toEqual(network.toJSON());
    model.dispose();
    loaded.dispose();
  });

  it("writes the files that tfjs loads from a server", async () => {
    const network = new Network(NETWORKS["the compact LSTM"]!, randomWeights(NETWORKS["the compact LSTM"]!, 3));
    const files = await layersModelFiles(tf, network);
    const server = createServer(({ url }, response) => {
      const file = files.get(url!.slice(1) as "model.json");
      response.writeHead(file === undefined ? 404 : 200).end(file);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const loaded = await tf.loadLayersModel(`http://127.0.0.1:${port}/model.json`);
      const { inputs } = randomData(network.spec, 12, 4);
      expectNear(predict(loaded, inputs), network.score(inputs));
      expect((await fromLayersModel(loaded)).toJSON()).toEqual(network.toJSON());
      loaded.dispose();
    } finally {
      server.close();
    }
  });

  it("has hard gates where tfjs has them, and refuses the others", async () => {
    const lstm = (recurrentActivation: RecurrentActivation): NetworkSpec => ({
      steps: 3,
      width: 2,
      layers: [{ type: "lstm", units: 4, returnSequences: false, recurrentActivation }, LOGIT],
    });
    const network = new Network(lstm("hardSigmoid5"), randomWeights(lstm("hardSigmoid5"), 3));
    const { inputs } = randomData(network.spec, 12, 4);
    const model = toLayersModel(tf, network);
    expectNear(predict(model, inputs), network.score(inputs));
    expect((await fromLayersModel(model)).toJSON()).toEqual(network.toJSON());
    model.dispose();
    const other = new Network(lstm("hardSigmoid6"), randomWeights(lstm("hardSigmoid6"), 3));
    expect(() => toLayersModel(tf, other)).toThrowError(/Layer 0 is an LSTM with the hard sigmoid x \/ 6/);
  });

  it("leaves nothing behind but the model", () => {
    const network = new Network(NETWORKS["one step"]!, randomWeights(NETWORKS["one step"]!, 3));
    const before = tf.memory().numTensors;
    const model = toLayersModel(tf, network);
    expect(tf.memory().numTensors - before).toBe(model.weights.length);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses an LSTM that Keras could not give a sequence to", () => {
    const state: LayerSpec = { type: "lstm", units: 2, returnSequences: false };
    const spec = { steps: 3, width: 2, layers: [state, state, LOGIT] };
    const network = new Network(spec, randomWeights(spec, 3));
    expect(() => toLayersModel(tf, network)).toThrowError(/Layer 1 is an LSTM after layer 0/);
  });
});

describe("fromLayersModel", () => {
  it("takes over a functional model, and one without biases, γ and β", async () => {
    const input = tf.input({ shape: [4, 3] });
    const layers = [
      tf.layers.lstm({ units: 4, returnSequences: true }), // hardSigmoid is tfjs' default
      tf.layers.lstm({ units: 5, recurrentActivation: "sigmoid", useBias: false, dropout: 0.1 }),
      tf.layers.batchNormalization({ center: false, momentum: 0.9 }),
      tf.layers.dense({ units: 6, activation: "relu", kernelInitializer: "glorotNormal" }),
      tf.layers.batchNormalization({ scale: false, axis: 1 }),
      tf.layers.dense({ units: 1, useBias: false, kernelInitializer: "randomNormal" }),
    ];
    const output = layers.reduce((values, layer) => layer.apply(values) as tf.SymbolicTensor, input);
    const model = tf.model({ inputs: input, outputs: output });
    for (const layer of layers)
      layer.setWeights(layer.getWeights().map((w) => w.add(tf.randomUniform(w.shape, 0, 0.5, "float32", 5))));
    const network = await fromLayersModel(model);
    const { inputs } = randomData(network.spec, 20, 4);
    expectNear(network.logits(inputs), predict(model, inputs));
    const again = toLayersModel(tf, network);
    expectNear(network.score(inputs), predict(again, inputs));
  });

  it("names every layer that it cannot take over, and why", async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.lstm({
          units: 2,
          returnSequences: true,
          inputShape: [3, 2],
          recurrentActivation: "softsign",
          name: "other",
        }),
        tf.layers.gru({ units: 2, returnSequences: true, name: "gated" }),
        tf.layers.batchNormalization({ axis: 1, name: "sideways" }),
        tf.layers.lstm({ units: 2, recurrentActivation: "sigmoid", activation: "relu", name: "rectified" }),
        tf.layers.dense({ units: 2, activation: "elu", name: "smooth" }),
        tf.layers.batchNormalization({ epsilon: 0.01, name: "wide" }),
        tf.layers.dropout({ rate: 0.5, name: "fine" }),
        tf.layers.dense({ units: 1, activation: "tanh", name: "end" }),
      ],
    });
    const reasons = [
      'layer 0 ("other") has recurrentActivation "softsign", not "sigmoid" or "hardSigmoid"',
      'layer 1 ("gated") is a GRU',
      'layer 2 ("sideways") normalises along axis 1, not the last',
      'layer 3 ("rectified") has activation "relu", not "tanh"',
      'layer 4 ("smooth") has activation "elu", not "relu" or "linear"',
      'layer 5 ("wide") has epsilon 0.01, not 0.001',
      'layer 7 ("end") is the last and has activation "tanh", not "sigmoid" or "linear"',
    ];
    await expect(fromLayersModel(model)).rejects.toMatchObject({
      code: "unsupported-layer",
      message: expect.stringContaining(reasons.join("; ")),
      details: { layers: expect.arrayContaining([{ layer: "gated", index: 1, reason: "is a GRU" }]) },
    });
  });

  it("refuses what is no chain that ends in one unit", async () => {
    const refused = (model: tf.LayersModel): Promise<unknown> =>
      fromLayersModel(model).then(
        () => "taken",
        ({ code, message }) => `${code}: ${message}`,
      );
    const input = tf.input({ shape: [3] });
    const square = tf.layers.dense({ units: 3, activation: "relu" });
    const end = tf.layers.dense({ units: 1 });
    const twice = square.apply(square.apply(input)) as tf.SymbolicTensor;
    const shared = tf.model({ inputs: input, outputs: end.apply(twice) as tf.SymbolicTensor });
    expect(await refused(shared)).toMatch(/^invalid-network: .*does not take the output of the layer before it/);
    const other = tf.layers.dense({ units: 1 }).apply(input) as tf.SymbolicTensor;
    const branches = tf.layers.dense({ units: 1 }).apply(input) as tf.SymbolicTensor;
    expect(await refused(tf.model({ inputs: input, outputs: [other, branches] }))).toMatch(/1 inputs and 2 outputs/);
    const wide = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    expect(await refused(wide)).toMatch(/^invalid-network: The last layer must be dense with one linear unit/);
    const open = tf.sequential({
      layers: [
        tf.layers.lstm({ units: 2, recurrentActivation: "sigmoid", batchInputShape: [null, null, 2] }),
        tf.layers.dense({ units: 1 }),
      ],
    });
    expect(await refused(open)).toMatch(/input has shape \[null,2\]/);
  });
});
