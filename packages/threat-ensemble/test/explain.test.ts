import { join } from "node:path";
import { type InputRecord, Table } from "@mlsec/preprocess";
import { readCsvFile } from "@mlsec/preprocess/node";
import { Random } from "@mlsec/preprocess/numeric";
import { beforeAll, describe, expect, it } from "vitest";
import {
  explainConnection,
  initialWeights,
  Network,
  type NetworkSpec,
  type TrainedThreatDetector,
  trainThreatDetector,
} from "../src/index.js";
import { integratedGradients } from "../src/integrated-gradients.js";
import { InputGradient } from "../src/network/input-gradient.js";

const NETWORKS: readonly (readonly [string, NetworkSpec])[] = [
  [
    "dense layers",
    {
      steps: 1,
      width: 5,
      layers: [
        { type: "dense", units: 7, activation: "relu" },
        { type: "batchNorm" },
        { type: "dropout", rate: 0.2 },
        { type: "dense", units: 1, activation: "linear" },
      ],
    },
  ],
  [
    "an LSTM with hard gates",
    {
      steps: 3,
      width: 2,
      layers: [
        { type: "lstm", units: 6, returnSequences: false, recurrentActivation: "hardSigmoid6" },
        { type: "dense", units: 1, activation: "linear" },
      ],
    },
  ],
  [
    "stacked LSTMs",
    {
      steps: 4,
      width: 3,
      layers: [
        { type: "lstm", units: 6, returnSequences: true },
        { type: "lstm", units: 5, returnSequences: false },
        { type: "dense", units: 1, activation: "linear" },
      ],
    },
  ],
];

describe("InputGradient", () => {
  it.each(NETWORKS)("is the slope of the logit: %s", (_, spec) => {
    const network = new Network(spec, initialWeights(spec, Random.seeded(3)));
    const random = Random.seeded(8);
    const row = Float64Array.from({ length: spec.steps * spec.width }, () => random.normal());
    const gradient = new Float64Array(row.length);
    const derivative = new InputGradient(network);
    const logit = derivative.at(row, gradient);
    expect(logit).toBeCloseTo(network.logitRow(row), 5);
    const h = 1e-5;
    const nothing = new Float64Array(row.length);
    for (const i of row.keys()) {
      const moved = (by: number): number => derivative.at(row.with(i, row[i]! + by), nothing);
      expect(gradient[i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 6);
    }
  });
});

describe("integratedGradients", () => {
  const sumOf = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

  it("gives a linear function's inputs what they add to it", () => {
    const linear = (point: Float64Array, gradient: Float64Array): number => {
      gradient.set([2, -3, 0]);
      return 2 * point[0]! - 3 * point[1]! + 1;
    };
    const parts = integratedGradients(linear, Float64Array.of(1, 1, 1), Float64Array.of(4, 2, 9));
    expect([...parts].map((part) => Math.round(part * 1e9) / 1e9)).toEqual([6, -3, 0]);
  });

  it("sums to the difference where the function is a steep step on a small part of the path, and is 0 from a point to itself", () => {
    const step = (point: Float64Array, gradient: Float64Array): number => {
      const p = 1 / (1 + Math.exp(-900 * (point[0]! + 2 * point[1]! - 1.234)));
      const slope = 900 * p * (1 - p);
      gradient.set([slope, 2 * slope]);
      return p;
    };
    const row = Float64Array.of(1, 1);
    const parts = integratedGradients(step, Float64Array.of(0, 0), row);
    expect(Math.abs(sumOf(parts) - 1)).toBeLessThan(5e-4);
    // Along the diagonal the second input moves the sum twice as fast.
    expect(parts[1]! / parts[0]!).toBeCloseTo(2, 9);
    expect([...integratedGradients(step, row, row)]).toEqual([0, 0]);
  });
});

/** Traffic whose class depends on the service and the bytes, not on the noise. */
function traffic(rows: number, seed: number): Table {
  const random = Random.seeded(seed);
  return Table.fromRecords(
    Array.from({ length: rows }, () => {
      const service = random.float() < 0.5 ? "http" : random.float() < 0.5 ? "ftp" : "telnet";
      const bytes = Math.floor(100_000 * random.float());
      const attack = service === "telnet" || (service === "ftp" && bytes > 50_000);
      return { service, bytes, noise: random.normal(), class: attack ? "neptune" : "normal" };
    }),
  );
}

describe("explainConnection", () => {
  let pipeline: TrainedThreatDetector["pipeline"];

  beforeAll(async () => {
    const options = { features: ["noise", "bytes", "service"], epochs: 15, seed: 5 } as const;
    ({ pipeline } = await trainThreatDetector(traffic(1500, 1), options));
  });

  it("names the features that make an attack of a connection, with their values and typical ones", () => {
    const record = { service: "telnet", bytes: 50_000, noise: 0 };
    const { score, typicalScore, features } = explainConnection(pipeline, record);
    expect(score).toBe(pipeline.model.score(pipeline.preprocessor.transformRecord(record)));
    expect(score).toBeGreaterThan(0.9);
    expect(typicalScore).toBeLessThan(0.1);
    expect(features.map(({ feature }) => feature).sort()).toEqual(["bytes", "noise", "service"]);
    expect(features[0]).toMatchObject({ feature: "service", value: "telnet", typical: "http" });
    expect(features[0]!.attribution).toBeGreaterThan(0.6);
    const sum = features.reduce((total, { attribution }) => total + attribution, 0);
    expect(Math.abs(sum - (score - typicalScore))).toBeLessThan(1e-3);
  });

  it("compares with a normal row of training, whose own attributions are all 0", () => {
    const typical = Object.fromEntries(
      pipeline.preprocessor.inputs.map(({ name }, i) => [name, pipeline.baseline![i]!]),
    );
    expect(typical["service"]).not.toBe("telnet");
    const { score, typicalScore, features } = explainConnection(pipeline, typical);
    expect(score).toBe(typicalScore);
    for (const { attribution } of features) expect(attribution).toBe(0);
  });

  it("tells a category that training never saw, which makes the connection unfamiliar", () => {
    const known = explainConnection(pipeline, { service: "http", bytes: 100, noise: 0 });
    expect(known.unseenCategories).toEqual([]);
    expect(known.unfamiliar).toBeLessThan(1);
    const unseen = explainConnection(pipeline, { service: "gopher", bytes: 100, noise: 0 });
    expect(unseen.unseenCategories).toEqual(["service"]);
    expect(unseen.unfamiliar).toBe(1);
  });

  it("says so where no baseline was kept, and where a feature is missing or not finite", () => {
    const record = { service: "http", bytes: 1, noise: 0 };
    const code = (of: typeof pipeline, from: InputRecord): unknown => {
      try {
        explainConnection(of, from);
      } catch (error) {
        return (error as { code: unknown }).code;
      }
      return null;
    };
    expect(code({ ...pipeline, baseline: null }, record)).toBe("no-baseline");
    expect(code(pipeline, { service: "http", bytes: 1 })).toBe("missing-feature");
    expect(code(pipeline, { ...record, noise: Number.POSITIVE_INFINITY })).toBe("not-finite");
  });

  it("scores one row as a batch does, and refuses a row that is short or not finite", () => {
    const matrix = pipeline.preprocessor.transform(traffic(200, 3));
    const batch = pipeline.model.predictProba(matrix);
    const row = (at: number): number[] => matrix.columns.map((values) => values[at]!);
    for (let at = 0; at < 200; at++) expect(pipeline.model.score(row(at))).toBe(batch[at]);
    expect(() => pipeline.model.score([1])).toThrowError(/numbers, not 1/);
    expect(() => pipeline.model.score(row(0).with(1, 1e300))).toThrowError(/is 1e\+300; networks/);
  });
});

const DATA = process.env["MLSEC_DATA"];

describe.skipIf(DATA === undefined)("explainConnection on NSL-KDD", () => {
  it("attributes the whole difference of each of 1,000 connections", { timeout: 300_000 }, async () => {
    const table = await readCsvFile(join(DATA!, "nsl-kdd", "Train_data.csv"));
    const { pipeline } = await trainThreatDetector(table, { features: "backend", epochs: 6 });
    const names = pipeline.preprocessor.inputs.map(({ name }) => name);
    let worst = 0;
    for (let at = 0; at < 1000; at++) {
      const record = Object.fromEntries(names.map((name) => [name, table.cell(name, 25 * at)]));
      const { score, typicalScore, features } = explainConnection(pipeline, record);
      const sum = features.reduce((total, { attribution }) => total + attribution, 0);
      worst = Math.max(worst, Math.abs(sum - (score - typicalScore)));
    }
    expect(worst).toBeLessThan(1e-3);
  });
});
