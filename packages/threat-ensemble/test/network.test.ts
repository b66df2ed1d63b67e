import { Random } from "@mlsec/preprocess/numeric";
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { initialWeights, type LayerWeights, Network, type NetworkSpec } from "../src/index.js";
import { LOGIT, randomWeights } from "./training/networks.js";

function randomInputs(spec: NetworkSpec, rows: number, seed: number): Float32Array {
  const random = Random.seeded(seed);
  return Float32Array.from({ length: rows * spec.steps * spec.width }, () => random.normal());
}

/** The same network out of tfjs' own layers: an implementation that shares nothing with ours. */
function asLayersModel(spec: NetworkSpec, weights: readonly LayerWeights[]): tf.Sequential {
  const model = tf.sequential();
  for (const [index, layer] of spec.layers.entries()) {
    const shape = index === 0 ? { inputShape: spec.steps === 1 ? [spec.width] : [spec.steps, spec.width] } : {};
    if (layer.type === "dense")
      model.add(tf.layers.dense({ units: layer.units, activation: layer.activation, ...shape }));
    if (layer.type === "batchNorm") model.add(tf.layers.batchNormalization({ epsilon: 1e-3, ...shape }));
    if (layer.type === "dropout") model.add(tf.layers.dropout({ rate: layer.rate, ...shape }));
    if (layer.type === "lstm") {
      model.add(
        tf.layers.lstm({
          units: layer.units,
          returnSequences: layer.returnSequences,
          // tfjs' hardSigmoid is x / 5 + 1/2.
          recurrentActivation: layer.recurrentActivation === "hardSigmoid5" ? "hardSigmoid" : "sigmoid",
          ...shape,
        }),
      );
    }
  }
  const order = ["kernel", "recurrent", "gamma", "beta", "bias", "mean", "variance"];
  for (const [index, layer] of model.layers.entries()) {
    const named = order.flatMap((name) => (weights[index]![name] === undefined ? [] : [weights[index]![name]!]));
    layer.setWeights(layer.getWeights().map((tensor, place) => tf.tensor(named[place]!.slice(), tensor.shape)));
  }
  return model;
}

const SPECS: Record<string, NetworkSpec> = {
  "an LSTM with a hard sigmoid": {
    steps: 5,
    width: 3,
    layers: [{ type: "lstm", units: 7, returnSequences: false, recurrentActivation: "hardSigmoid5" }, LOGIT],
  },
  "dense with ReLU": { steps: 1, width: 7, layers: [{ type: "dense", units: 9, activation: "relu" }, LOGIT] },
  "dense with batch normalisation and dropout": {
    steps: 1,
    width: 5,
    layers: [
      { type: "dense", units: 8, activation: "relu" },
      { type: "batchNorm" },
      { type: "dropout", rate: 0.3 },
      LOGIT,
    ],
  },
  "batch normalisation first, and twice in a row": {
    steps: 1,
    width: 5,
    layers: [
      { type: "batchNorm" },
      { type: "dense", units: 6, activation: "relu" },
      { type: "batchNorm" },
      { type: "dropout", rate: 0.3 },
      { type: "batchNorm" },
      LOGIT,
    ],
  },
  "one LSTM over vectors": { steps: 6, width: 4, layers: [{ type: "lstm", units: 5, returnSequences: false }, LOGIT] },
  "stacked LSTMs with dropout between": {
    steps: 10,
    width: 1,
    layers: [
      { type: "lstm", units: 8, returnSequences: true },
      { type: "dropout", rate: 0.2 },
      { type: "lstm", units: 4, returnSequences: true },
      { type: "batchNorm" },
      { type: "lstm", units: 3, returnSequences: false },
      LOGIT,
    ],
  },
};

describe("Network", () => {
  for (const [name, spec] of Object.entries(SPECS)) {
    it(`scores ${name} as tfjs' layers do, in batches of any size`, () => {
      const weights = randomWeights(spec, 11);
      const rows = 300;
      const inputs = randomInputs(spec, rows, 12);
      const logits = new Network(spec, weights).logits(inputs);
      const shape = spec.steps === 1 ? [rows, spec.width] : [rows, spec.steps, spec.width];
      const expected = (asLayersModel(spec, weights).predict(tf.tensor(inputs.slice(), shape)) as tf.Tensor).dataSync();
      expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.01);
      for (let row = 0; row < rows; row++) expect(Math.abs(logits[row]! - expected[row]!)).toBeLessThan(1e-5);
      const network = new Network(spec, weights);
      const length = spec.steps * spec.width;
      const row = (index: number): Float32Array => inputs.subarray(index * length, (index + 1) * length);
      expect(network.logits(row(0))[0]).toBe(logits[0]);
      const scores = network.score(inputs);
      for (let index = 0; index < rows; index += 7) {
        expect(network.logitRow(row(index))).toBe(logits[index]);
        expect(network.scoreRow([...row(index)])).toBe(scores[index]);
      }
    });
  }

  it("survives JSON bit for bit", () => {
    const spec = SPECS["stacked LSTMs with dropout between"]!;
    const network = new Network(spec, randomWeights(spec, 3));
    const inputs = randomInputs(spec, 20, 4);
    const again = Network.fromState(JSON.parse(JSON.stringify(network.toJSON())));
    expect(again.score(inputs)).toEqual(network.score(inputs));
  });

  it("refuses rows of more numbers than any model's, which a few bytes could claim", () => {
    const layers = [
      { type: "lstm", units: 1, returnSequences: false },
      { type: "dense", units: 1, activation: "linear" },
    ] as const;
    const weights = [{ kernel: new Float32Array(16_384), recurrent: new Float32Array(4), bias: new Float32Array(4) }];
    expect(() => new Network({ steps: 4096, width: 4096, layers }, weights)).toThrowError(
      expect.objectContaining({ code: "invalid-network", message: expect.stringMatching(/number of inputs/) }),
    );
  });

  it("refuses layers that cannot follow each other, and weights that do not fit", () => {
    const lstmWithoutEnd: NetworkSpec = {
      steps: 3,
      width: 2,
      layers: [{ type: "lstm", units: 2, returnSequences: true }, LOGIT],
    };
    expect(() => initialWeights(lstmWithoutEnd, Random.seeded(1))).toThrowError(/sequence of 3 steps/);
    expect(() => initialWeights({ steps: 1, width: 2, layers: [] }, Random.seeded(1))).toThrowError(/number of layers/);
    expect(() =>
      initialWeights(
        { steps: 1, width: 2, layers: [{ type: "dense", units: 2, activation: "relu" }] },
        Random.seeded(1),
      ),
    ).toThrowError(/last layer/);
    const spec = SPECS["dense with ReLU"]!;
    const weights = randomWeights(spec, 5);
    expect(() => new Network(spec, weights.slice(0, 1))).toThrowError(/kernel of layer 1/);
    weights[0]!["bias"]![2] = Number.NaN;
    expect(() => new Network(spec, weights)).toThrowError(/not finite/);
    expect(() => new Network(spec, randomWeights(spec, 5)).logits(new Float32Array(8))).toThrowError(/7 numbers a row/);
    expect(() => new Network(spec, randomWeights(spec, 5)).scoreRow([1, 2])).toThrowError(/7 numbers a row, not 2/);
  });

  it("draws Glorot kernels within their limit and orthonormal recurrent kernels", () => {
    const units = 6;
    const [lstm] = initialWeights(
      { steps: 2, width: 3, layers: [{ type: "lstm", units, returnSequences: false }, LOGIT] },
      Random.seeded(8),
    );
    const limit = Math.sqrt(6 / (3 + 4 * units));
    expect(lstm!["kernel"]!.every((value) => Math.abs(value) <= limit)).toBe(true);
    const row = (index: number): Float32Array =>
      lstm!["recurrent"]!.subarray(index * 4 * units, (index + 1) * 4 * units);
    for (let i = 0; i < units; i++) {
      for (let j = 0; j < units; j++) {
        const product = row(i).reduce((sum, value, k) => sum + value * row(j)[k]!, 0);
        expect(product).toBeCloseTo(i === j ? 1 : 0, 5);
      }
    }
    expect([...lstm!["bias"]!]).toEqual([
      ...Array(units).fill(0),
      ...Array(units).fill(1),
      ...Array(2 * units).fill(0),
    ]);
  });
});
