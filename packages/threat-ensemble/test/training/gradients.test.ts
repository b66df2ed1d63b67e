import { Random } from "@mlsec/preprocess/numeric";
import { describe, expect, it } from "vitest";
import { ARCHITECTURES, type LayerSpec, type NetworkData, type NetworkSpec } from "../../src/index.js";
import { Trainer } from "../../src/training/trainer.js";
import { LOGIT, randomData, randomWeights } from "./networks.js";
import { inFloat64, type Masks, referenceLoss } from "./reference-network.js";

/** Layers of an architecture with a part of their units: the same stack, which float64 differences can be taken of. */
function scaled(layers: readonly LayerSpec[], by: number): LayerSpec[] {
  return layers.map((layer) => ("units" in layer && layer.units > 1 ? { ...layer, units: layer.units / by } : layer));
}

function withoutDropout(layers: readonly LayerSpec[]): LayerSpec[] {
  return layers.filter(({ type }) => type !== "dropout");
}

const NETWORKS: Record<string, NetworkSpec> = {
  "a linear unit": { steps: 1, width: 5, layers: [LOGIT] },
  "dense layers with ReLU": {
    steps: 1,
    width: 6,
    layers: [{ type: "dense", units: 9, activation: "relu" }, { type: "dense", units: 4, activation: "relu" }, LOGIT],
  },
  "batch normalisation, first and after ReLU": {
    steps: 1,
    width: 3,
    layers: [{ type: "batchNorm" }, { type: "dense", units: 7, activation: "relu" }, { type: "batchNorm" }, LOGIT],
  },
  "an LSTM over one number a step": {
    steps: 6,
    width: 1,
    layers: [{ type: "lstm", units: 5, returnSequences: false }, LOGIT],
  },
  "an LSTM over several numbers a step": {
    steps: 4,
    width: 3,
    layers: [{ type: "lstm", units: 8, returnSequences: false }, LOGIT],
  },
  ...Object.fromEntries(
    (["hardSigmoid5", "hardSigmoid6"] as const).map((recurrentActivation) => [
      `an LSTM with ${recurrentActivation}`,
      {
        steps: 4,
        width: 3,
        layers: [{ type: "lstm", units: 5, returnSequences: false, recurrentActivation }, LOGIT],
      } satisfies NetworkSpec,
    ]),
  ),
  "an LSTM of one step": { steps: 1, width: 6, layers: [{ type: "lstm", units: 6, returnSequences: false }, LOGIT] },
  "batch normalisation of a sequence": {
    steps: 3,
    width: 2,
    layers: [
      { type: "lstm", units: 4, returnSequences: true },
      { type: "batchNorm" },
      { type: "lstm", units: 3, returnSequences: false },
      LOGIT,
    ],
  },
  "the compact ANN, an eighth": { steps: 1, width: 10, layers: scaled(ARCHITECTURES.compact.ann.layers, 8) },
  "the compact LSTM, a quarter": { steps: 10, width: 3, layers: scaled(ARCHITECTURES.compact.lstm.layers, 4) },
  "the reference ANN, an eighth": {
    steps: 1,
    width: 10,
    layers: withoutDropout(scaled(ARCHITECTURES.reference.ann.layers, 8)),
  },
  "the reference LSTMs, a 32nd": {
    steps: 10,
    width: 1,
    layers: withoutDropout(scaled(ARCHITECTURES.reference.lstm.layers, 32)),
  },
};

/** All gradients of one batch by the engine, shard by shard as in training. */
function engineGradients(trainer: Trainer, data: NetworkData, classWeights?: [number, number]): { loss: number } {
  const rows = Int32Array.from(data.targets.keys());
  let loss = 0;
  for (let shard = 0; shard < trainer.shards; shard++) {
    const work = trainer.backpropagate({ data, rows, classWeights }, shard);
    let next = work.next();
    while (next.done !== true) next = work.next();
    loss += next.value;
  }
  trainer.update(1e-30, 1); // adds the shards up; the weights stay
  return { loss: loss / rows.length };
}

/** The gradient of every weight by central differences in float64, and how far the engine's is from it. */
function largestDistance(spec: NetworkSpec, classWeights?: [number, number], masks?: Masks): [number, number][] {
  const data = randomData(spec, 11, 5);
  const trainer = new Trainer(spec, 11, { type: "sgd" });
  trainer.setWeights(randomWeights(spec, 4));
  if (masks !== undefined) trainer.seedDropout(Random.seeded(9));
  const weights = inFloat64(trainer.weights());
  const { loss } = engineGradients(trainer, data, classWeights);
  const lossAt = (): number => referenceLoss(spec, weights, data, classWeights, masks);
  expect(Math.abs(loss - lossAt())).toBeLessThan(1e-6);
  const step = 1e-5;
  return trainer.lastGradients().flatMap((layer, index) =>
    Object.entries(layer).map(([name, gradient]): [number, number] => {
      const values = weights[index]![name]!;
      let distance = 0;
      let size = 0;
      for (let i = 0; i < values.length; i++) {
        const here = values[i]!;
        values[i] = here + step;
        const above = lossAt();
        values[i] = here - step;
        const numeric = (above - lossAt()) / (2 * step);
        values[i] = here;
        distance += (gradient[i]! - numeric) ** 2;
        size += numeric ** 2;
      }
      return [Math.sqrt(distance), Math.sqrt(size)];
    }),
  );
}

describe("one-step gradients equal central differences in float64", () => {
  it.each(Object.entries(NETWORKS))("for %s", (_, spec) => {
    const distances = largestDistance(spec, [0.3, 2]);
    const largest = Math.max(...distances.map(([, size]) => size));
    for (const [distance, size] of distances) {
      // Relative to the weight's own gradient; one that vanishes (a bias before batch normalisation) to the network's.
      expect(distance).toBeLessThan(1e-5 * Math.max(size, 0.01 * largest));
    }
  });

  it("under dropout masks, whose share and scale are as promised", () => {
    const spec: NetworkSpec = {
      steps: 4,
      width: 4,
      layers: [
        { type: "lstm", units: 8, returnSequences: true },
        { type: "dropout", rate: 0.25 },
        { type: "lstm", units: 4, returnSequences: false },
        { type: "dropout", rate: 0.5 },
        LOGIT,
      ],
    };
    const rows = 11;
    const masks = new Map([
      [1, maskOf(1, 8, 4, 0.25, rows)],
      [3, maskOf(3, 4, 1, 0.5, rows)],
    ]);
    for (const [distance, size] of largestDistance(spec, undefined, masks)) {
      expect(distance).toBeLessThan(1e-5 * size);
    }
  });
});

/** What the engine's generators draw for a layer, from the published generator one number at a time. */
function maskOf(layer: number, width: number, steps: number, rate: number, rows: number) {
  const shards = 2;
  const length = Math.ceil(rows / shards);
  const values = Array.from({ length: shards }, (_, shard) => {
    const words = Random.seeded(9).fork(layer * shards + shard);
    const state = Array.from({ length: 16 }, () => words.uint32());
    const count = Math.min(length, rows - shard * length);
    const draws = new Float64Array(steps * count * width);
    for (let lane = 0; lane < 4; lane++) {
      const s = [state[lane]!, state[4 + lane]!, state[8 + lane]!, state[12 + lane]!] as [
        number,
        number,
        number,
        number,
      ];
      for (let i = lane; i < draws.length; i += 4) draws[i] = xoshiro(s) / 2 ** 32 < rate ? 0 : 1 / (1 - rate);
    }
    return { count, draws };
  });
  const all = values.flatMap(({ draws }) => [...draws]);
  expect(all.filter((value) => value === 0).length / all.length).toBeGreaterThan(rate - 0.15);
  expect(all.filter((value) => value === 0).length / all.length).toBeLessThan(rate + 0.15);
  return (step: number, row: number, column: number): number => {
    const { count, draws } = values[Math.floor(row / length)]!;
    return draws[(step * count + (row % length)) * width + column]!;
  };
}

/** xoshiro128** 1.1, from its publication. */
function xoshiro(s: [number, number, number, number]): number {
  const rotate = (x: number, k: number): number => (x << k) | (x >>> (32 - k));
  const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
  const t = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate(s[3], 11);
  return result;
}
