import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { NetworkSpec, TrainingOptions } from "../../src/index.js";
import { tfjsEngine } from "../../src/tfjs/index.js";
import { accuracy, LOGIT, sameSign } from "../training/networks.js";

const ANN: NetworkSpec = {
  steps: 1,
  width: 2,
  layers: [
    { type: "dense", units: 16, activation: "relu" },
    { type: "batchNorm" },
    { type: "dropout", rate: 0.1 },
    LOGIT,
  ],
};
const LSTM: NetworkSpec = {
  steps: 2,
  width: 1,
  layers: [
    { type: "lstm", units: 8, returnSequences: true },
    { type: "lstm", units: 8, returnSequences: false },
    LOGIT,
  ],
};
const OPTIONS: TrainingOptions = { epochs: 30, batchSize: 32, learningRate: 0.02, seed: 7 };

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("tfjsEngine", () => {
  for (const [name, spec] of Object.entries({ ANN, LSTM })) {
    it(`trains an ${name} that our own forward pass scores`, async () => {
      const network = await tfjsEngine(tf).train(spec, sameSign(512, 1), OPTIONS);
      const test = sameSign(400, 2);
      expect(accuracy(network.score(test.inputs), test.targets)).toBeGreaterThan(0.9);
    });
  }

  it("repeats a run bit for bit, and another seed differs", async () => {
    const data = sameSign(128, 1);
    const train = async (seed: number): Promise<unknown> =>
      (await tfjsEngine(tf).train(ANN, data, { ...OPTIONS, epochs: 2, seed })).toJSON();
    const first = await train(7);
    expect(await train(7)).toEqual(first);
    expect(await train(8)).not.toEqual(first);
  });

  it("leaves no tensors behind", async () => {
    const before = tf.memory().numTensors;
    await tfjsEngine(tf).train(ANN, sameSign(64, 1), { ...OPTIONS, epochs: 1 });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("weighs classes as told", async () => {
    const data = sameSign(256, 1);
    const share = async (classWeights: [number, number]): Promise<number> => {
      const scores = (await tfjsEngine(tf).train(ANN, data, { ...OPTIONS, epochs: 3, classWeights })).score(
        data.inputs,
      );
      return scores.filter((score) => score > 0.5).length / scores.length;
    };
    expect(await share([0.05, 1])).toBeGreaterThan(await share([1, 0.05]));
  });

  it("ends a diverging training with an error", async () => {
    const data = sameSign(64, 1);
    data.inputs[5] = Number.NaN;
    await expect(tfjsEngine(tf).train(ANN, data, OPTIONS)).rejects.toMatchObject({ code: "diverged" });
  });

  it("stops when its signal is triggered", async () => {
    const stop = new AbortController();
    const training = tfjsEngine(tf).train(ANN, sameSign(512, 1), { ...OPTIONS, epochs: 10_000, signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(training).rejects.toMatchObject({ code: "aborted" });
  });
});
