import * as reference from "@mlsec/preprocess/numeric";
import { Random } from "@mlsec/preprocess/numeric";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as functions from "../../src/compute/fallback/functions.js";
import { Layout } from "../../src/compute/layout.js";
import type { Machine } from "../../src/compute/machine.js";
import { openScoreKernels, type ScoreKernels } from "../../src/compute/score-kernels.js";
import { openTrainKernels, type TrainKernels } from "../../src/compute/train-kernels.js";

/** Both versions of the kernels: on WebAssembly, and as on a page that forbids it. */
type Opened = Machine<TrainKernels> & { score: Machine<ScoreKernels> };
let fallback: { train: typeof openTrainKernels; score: typeof openScoreKernels };

beforeAll(async () => {
  vi.stubGlobal("WebAssembly", undefined);
  vi.resetModules();
  fallback = {
    train: (await import("../../src/compute/train-kernels.js")).openTrainKernels,
    score: (await import("../../src/compute/score-kernels.js")).openScoreKernels,
  };
  fallback.train(new Layout());
  fallback.score(new Layout());
  vi.unstubAllGlobals();
});
afterAll(() => vi.unstubAllGlobals());

const BLOCK = 6000;

/** Runs a computation on both versions over the same random memory; gives both memories and results. */
function both(seed: number, job: (kernels: TrainKernels & ScoreKernels, at: (block: number) => number) => unknown) {
  const layout = new Layout();
  const blocks = Array.from({ length: 12 }, () => layout.take(BLOCK));
  const run = (open: { train: typeof openTrainKernels; score: typeof openScoreKernels }, forScoring: boolean) => {
    const { kernels, numbers } = (forScoring ? open.score(layout) : open.train(layout)) as unknown as Opened & {
      kernels: TrainKernels & ScoreKernels;
    };
    const random = Random.seeded(seed);
    for (const block of blocks) {
      for (let i = 0; i < BLOCK; i++) numbers[block / 4 + i] = random.normal() * (i % 7 === 0 ? 20 : 1);
    }
    const result = job(kernels, (block) => blocks[block]!);
    return { result, bits: new Uint32Array(numbers.buffer.slice(0, layout.bytes)) };
  };
  return { run, wasm: (forScoring = false) => run({ train: openTrainKernels, score: openScoreKernels }, forScoring) };
}

function expectSameBits(
  seed: number,
  job: (kernels: TrainKernels & ScoreKernels, at: (block: number) => number) => unknown,
  forScoring = false,
): void {
  const { run, wasm } = both(seed, job);
  const first = wasm(forScoring);
  const second = run(fallback, forScoring);
  expect(first.result).toEqual(second.result);
  expect(Buffer.from(first.bits.buffer).equals(Buffer.from(second.bits.buffer))).toBe(true);
}

describe("the kernels in WebAssembly and their fallback give the same bits", () => {
  const SHAPES = [
    [1, 4, 1],
    [1, 64, 33],
    [1, 76, 12],
    [3, 12, 7],
    [4, 8, 16],
    [17, 44, 29],
    [32, 36, 50],
  ] as const;
  it.each(SHAPES)("products of %i × k and k × %i, k = %i", (m, n, k) => {
    for (const forScoring of [true, false]) {
      for (const flags of [0, 1, 2, 3]) {
        for (const bias of [true, false]) {
          expectSameBits(
            m + n + k + flags,
            (kernels, at) => {
              kernels.packColumns(at(2), at(1), n + 4, k, n);
              kernels.multiply(at(0), k + 3, at(2), at(3), n + 4, m, n, k, bias ? at(4) : 0, flags);
            },
            forScoring,
          );
        }
      }
    }
    const rows = (m + 3) & ~3;
    expectSameBits(m + n, (kernels, at) => {
      kernels.packRows(at(2), at(0), rows, k, rows);
      kernels.packColumns(at(3), at(1), n, k, n);
      kernels.multiplyPacked(at(2), at(3), at(4), n, rows, n, k);
      kernels.transpose(at(5), at(4), n, rows, n);
    });
  });

  it("steps of LSTM cells, forward, backward and in scoring", () => {
    const [rows, units] = [5, 12];
    for (const slope of [0, Math.fround(1 / 5), Math.fround(1 / 6)]) {
      for (const before of [true, false]) {
        const cells = (at: (place: number) => number): number => (before ? at(1) : 0);
        expectSameBits(3, (kernels, at) => {
          kernels.lstmForward(at(0), cells(at), at(2), at(3), at(4), rows, units, slope);
          kernels.lstmBackward(at(0), cells(at), at(3), at(5), at(6), rows, units, slope);
        });
        const first = before ? 0 : 1;
        expectSameBits(4, (kernels, at) => kernels.lstmScore(at(0), at(1), at(2), rows, units, first, slope), true);
      }
    }
  });

  it("batch normalisation, ReLU, sums and products", () => {
    const [rows, n] = [19, 8];
    expectSameBits(5, (kernels, at) => {
      kernels.batchNormForward(at(0), rows, n, at(1), at(2), at(3), at(4), at(5), at(6), at(7), 1e-3);
      kernels.batchNormBackward(at(8), rows, n, at(1), at(5), at(6), at(9), at(10));
      kernels.reluBackward(at(8), at(7), rows * n);
      kernels.columnSums(at(11), at(8), rows, n);
      kernels.addElements(at(0), at(1), at(8), rows * n);
      kernels.multiplyElements(at(2), at(0), at(8), rows * n);
    });
  });

  it("the loss, its sum and gradient", () => {
    for (const weighted of [true, false]) {
      expectSameBits(6, (kernels, at) =>
        kernels.crossEntropy(at(0), at(1), weighted ? at(2) : 0, at(3), 500, Math.fround(1 / 500)),
      );
    }
  });

  it("dropout masks, and the state that they leave", () => {
    expectSameBits(7, (kernels, at) => kernels.dropoutMask(at(0), 400, at(1), 0.2 * 2 ** 32, 1.25));
    expectSameBits(8, (kernels, at) => kernels.dropoutMask(at(0), 400, at(1), 0.7 * 2 ** 32, 1 / 0.3));
  });

  it("steps of the optimizers", () => {
    expectSameBits(9, (kernels, at) => {
      kernels.multiplyElements(at(3), at(2), at(2), 400);
      kernels.adam(at(0), at(1), at(2), at(3), 400, 1e-3, 1 - 0.9, 1 - 0.999, 1e-7, 1e-4);
      kernels.sgd(at(4), at(1), at(5), 400, 1e-2, 0.9, 1e-4);
    });
  });
});

describe("the elementary functions", () => {
  /** The largest error in units in the last place, against float64. */
  function largestError(mine: (x: number) => number, exact: (x: number) => number, from: number, to: number): number {
    let worst = 0;
    for (let i = 0; i <= 200_000; i++) {
      const x = Math.fround(from + ((to - from) * i) / 200_000);
      const want = exact(x);
      const ulp = Math.max(2 ** (Math.floor(Math.log2(Math.abs(want))) - 23), 2 ** -149);
      if (want !== 0) worst = Math.max(worst, Math.abs(mine(x) - want) / ulp);
    }
    return worst;
  }

  it("keep the accuracy that they promise", () => {
    expect(largestError(functions.exp, reference.exp, -87, 87)).toBeLessThan(2);
    expect(largestError(functions.sigmoid, reference.sigmoid, -80, 80)).toBeLessThan(3);
    expect(largestError(functions.sigmoid, reference.sigmoid, -2, 2)).toBeLessThan(3);
    expect(largestError(functions.tanh, reference.tanh, -12, 12)).toBeLessThan(4);
    expect(largestError(functions.tanh, reference.tanh, -0.01, 0.01)).toBeLessThan(4);
    expect(largestError(functions.log1p, reference.log1p, 0, 1)).toBeLessThan(3);
  });

  it("reach their limits and keep NaN", () => {
    expect([functions.sigmoid(1e9), functions.tanh(1e9), functions.tanh(-1e9)]).toEqual([1, 1, -1]);
    expect(functions.sigmoid(-1e9)).toBeLessThan(2e-38);
    for (const of of [functions.exp, functions.sigmoid, functions.tanh]) expect(of(Number.NaN)).toBeNaN();
  });
});
