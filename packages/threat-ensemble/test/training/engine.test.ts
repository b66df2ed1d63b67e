import { type State, toPlain } from "@mlsec/preprocess";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Network, type NetworkSpec, networkEngine, type TrainingOptions } from "../../src/index.js";
import { digestOf } from "../../src/training/data-digest.js";
import { accuracy, LOGIT, sameSign } from "./networks.js";

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
    { type: "dropout", rate: 0.1 },
    { type: "lstm", units: 8, returnSequences: false },
    LOGIT,
  ],
};
const OPTIONS: TrainingOptions = { epochs: 30, batchSize: 32, learningRate: 0.02, seed: 7 };
const engine = networkEngine();

afterEach(() => vi.unstubAllGlobals());

describe("networkEngine", () => {
  it("says so where a training needs more memory than there is", async () => {
    const steps = 1000;
    const spec: NetworkSpec = {
      steps,
      width: 1,
      layers: [{ type: "lstm", units: 1024, returnSequences: false }, LOGIT],
    };
    const rows = 600;
    const data = { inputs: new Float32Array(rows * steps), targets: new Float32Array(rows).fill(1, 1) };
    await expect(engine.train(spec, data, { ...OPTIONS, batchSize: rows })).rejects.toMatchObject({
      code: "too-large",
      message: /4 GB/,
    });
  });

  for (const [name, spec] of Object.entries({ ANN, LSTM })) {
    it(`trains an ${name}`, async () => {
      const network = await engine.train(spec, sameSign(512, 1), OPTIONS);
      const test = sameSign(400, 2);
      expect(accuracy(network.score(test.inputs), test.targets)).toBeGreaterThan(0.9);
    });

    it(`repeats a training of an ${name} byte for byte, without WebAssembly too; another seed differs`, async () => {
      const data = sameSign(129, 1);
      const options = { ...OPTIONS, epochs: 2 };
      const first = (await engine.train(spec, data, options)).toJSON();
      expect((await engine.train(spec, data, options)).toJSON()).toEqual(first);
      expect((await engine.train(spec, data, { ...options, seed: 8 })).toJSON()).not.toEqual(first);
      vi.stubGlobal("WebAssembly", undefined);
      vi.resetModules();
      const { networkEngine: without } = await import("../../src/index.js");
      expect((await without().train(spec, data, options)).toJSON()).toEqual(first);
    });

    it(`resumes a training of an ${name} after any epoch and ends with the same bytes`, async () => {
      const data = sameSign(100, 1);
      for (const optimizer of [
        { type: "adam", weightDecay: 0.01 },
        { type: "sgd", momentum: 0.9 },
      ] as const) {
        const options: TrainingOptions = {
          ...OPTIONS,
          epochs: 6,
          optimizer,
          schedule: { type: "linear", decaySteps: 20, endRate: 0.001 },
          classWeights: [1, 2],
        };
        const states: unknown[] = [];
        const epochs: string[] = [];
        const bytes = ({ weights }: Network): string => digestOf(...weights.flatMap((layer) => Object.values(layer)));
        const whole = await engine.train(spec, data, {
          ...options,
          onEpoch: (_, network, report) => {
            epochs.push(bytes(network));
            states.push(JSON.parse(JSON.stringify(toPlain(report!.checkpoint!()))));
            return false;
          },
        });
        for (const [index, state] of states.entries()) {
          const rest: string[] = [];
          const resumed = await engine.train(spec, data, {
            ...options,
            resume: state as State,
            onEpoch: (_, network) => rest.push(bytes(network)) < 0,
          });
          expect(rest).toEqual(epochs.slice(index + 1));
          expect(bytes(resumed)).toBe(bytes(whole));
        }
        const resume = states[2] as State;
        await expect(engine.train(spec, data, { ...options, seed: 8, resume })).rejects.toMatchObject({
          code: "checkpoint-mismatch",
        });
        await expect(engine.train(spec, sameSign(100, 2), { ...options, resume })).rejects.toMatchObject({
          code: "checkpoint-mismatch",
          details: { differing: ["data"] },
        });
        await expect(engine.train(spec, data, { ...options, epochs: 2, resume })).rejects.toMatchObject({
          code: "checkpoint-mismatch",
        });
      }
    });

    it(`ends a diverging training of an ${name} with an error`, async () => {
      const training = engine.train(spec, sameSign(512, 1), { ...OPTIONS, learningRate: 10 });
      await expect(training).rejects.toMatchObject({ code: "diverged" });
    });
  }

  it("refuses NaN and constant targets, and says where", async () => {
    const data = sameSign(64, 1);
    const constant = { ...data, targets: data.targets.map(() => 1) };
    await expect(engine.train(ANN, constant, OPTIONS)).rejects.toMatchObject({ code: "single-class" });
    data.inputs[5] = Number.NaN;
    await expect(engine.train(ANN, data, OPTIONS)).rejects.toMatchObject({ code: "not-finite", details: { row: 2 } });
  });

  it("lowers the training loss with SGD, momentum, decay and both schedules", async () => {
    for (const schedule of [
      { type: "exponential", decaySteps: 50, decayRate: 0.9 },
      { type: "linear", decaySteps: 200, endRate: 0.001 },
    ] as const) {
      const losses: number[] = [];
      await engine.train(ANN, sameSign(256, 1), {
        ...OPTIONS,
        learningRate: 0.1,
        schedule,
        optimizer: { type: "sgd", momentum: 0.9, weightDecay: 1e-4 },
        onEpoch: (_, __, report) => losses.push(report!.loss) < 0,
      });
      expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    }
  });

  it("weighs classes as told", async () => {
    const data = sameSign(256, 1);
    const share = async (classWeights: [number, number]): Promise<number> => {
      const scores = (await engine.train(ANN, data, { ...OPTIONS, epochs: 3, classWeights })).score(data.inputs);
      return scores.filter((score) => score > 0.5).length / scores.length;
    };
    expect(await share([0.05, 1])).toBeGreaterThan(await share([1, 0.05]));
  });

  it("stops when its signal is triggered", async () => {
    const stop = new AbortController();
    const training = engine.train(ANN, sameSign(512, 1), { ...OPTIONS, epochs: 100_000, signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(training).rejects.toMatchObject({ code: "aborted" });
  });
});
