import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { FittedAttackTree } from "@mlsec/attack-tree";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Parts, partsOf, sealedParts } from "../../../bench/fuzz/bundle/sealed.ts";
import { saveBundle } from "../src/index.js";
import { attackPipeline, threatPipeline } from "./pipelines.js";

/** What loading may take besides twice the file: its bytes and its tensors. */
const ALLOWANCE = 50_000_000;
/** Longer is a hang. */
const HANG_MS = 10_000;

interface Measured {
  readonly outcome: string;
  readonly growth: number;
  readonly ms: number;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlsec-memory-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Loads a file in a process of its own. */
async function measured(name: string, bytes: Uint8Array): Promise<Measured> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  const root = new URL("../../..", import.meta.url).pathname;
  const script = new URL("./load-and-measure.ts", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, path], {
    cwd: root,
    env: { ...process.env, TSX_TSCONFIG_PATH: join(root, "tsconfig.json") },
  });
  return JSON.parse(stdout) as Measured;
}

/** Within the bounds on memory and time, whatever became of it. */
function expectBounded({ growth, ms }: Measured, bytes: Uint8Array): void {
  expect(growth).toBeLessThan(2 * bytes.length + ALLOWANCE);
  expect(ms).toBeLessThan(HANG_MS);
}

/** A complete tree of so many levels. */
function completeTree(features: readonly string[], classes: readonly string[], levels: number): unknown {
  const inner = 2 ** levels - 1;
  const count = 2 * inner + 1;
  const ints = (of: (node: number) => number): Int32Array => Int32Array.from({ length: count }, (_, node) => of(node));
  const value = new Float64Array(count * classes.length);
  for (let node = 0; node < count; node++) value[node * classes.length + (node % classes.length)] = 1;
  return {
    classes,
    features,
    nodes: {
      feature: ints((node) => (node < inner ? node % features.length : -1)),
      left: ints((node) => (node < inner ? 2 * node + 1 : -1)),
      right: ints((node) => (node < inner ? 2 * node + 2 : -1)),
      missingLeft: ints(() => 0),
      threshold: Float64Array.from({ length: count }, (_, node) => (node < inner ? node / inner : 0)),
      impurity: new Float64Array(count),
      samples: ints(() => 1),
      weightedSamples: new Float64Array(count).fill(1),
      value,
    },
  };
}

describe("the memory that loading takes", () => {
  it("is at most twice the file's and 50 MB for a tree of a million nodes", async () => {
    const pipeline = await attackPipeline();
    const { features, classes } = pipeline.model;
    const levels = 19;
    const model = FittedAttackTree.fromState({
      tree: completeTree(features, classes, levels),
      leafCounts: new Int32Array(2 ** levels * classes.length).fill(1),
    });
    const bytes = await saveBundle({ ...pipeline, model });
    expect(bytes.length).toBeGreaterThan(75_000_000);
    const result = await measured("tree", bytes);
    expect(result.outcome).toBe("ok");
    expectBounded(result, bytes);
    // The same with less than it claims.
    const cut = await measured("cut", bytes.subarray(0, 200_000));
    expect(cut.outcome).toBe("altered");
    expectBounded(cut, bytes.subarray(0, 200_000));
  });

  const attack = attackPipeline().then((pipeline) => saveBundle(pipeline));
  const threat = threatPipeline().then((pipeline) => saveBundle(pipeline));
  const inOptions = (parts: Parts, text: string): void => {
    parts.texts.push((manifest) => manifest.replace('"options":{', `"options":{"x":[${text}0],`));
  };
  const oneHot = (count: number, columns: number): object => {
    const categories = Array.from({ length: count }, (_, i) => `c${i}`);
    const each = Array.from({ length: columns }, (_, i) => ({
      name: `protocol${i}`,
      categories,
      rare: [],
      other: false,
    }));
    return { step: "oneHotEncode", encoder: { unknown: "ignore", missing: "ignore", columns: each } };
  };
  const HOSTILE: [string, string, Promise<Uint8Array>, (parts: Parts, manifest: any) => void][] = [
    [
      "a tensor of more items than bytes",
      "invalid-tensor",
      attack,
      ({ tensors, claims }) => {
        const [name] = tensors.keys();
        claims.set(name!, { dtype: "F64", shape: [62_500_000], data_offsets: [0, 500_000_000] });
      },
    ],
    ["as many values as there may be", "ok", attack, (parts) => inOptions(parts, "{},".repeat(70_000))],
    ["more", "invalid-manifest", attack, (parts) => inOptions(parts, "{},".repeat(1_000_000))],
    [
      "as long texts as there may be",
      "ok",
      attack,
      (parts) => inOptions(parts, `"é${"x".repeat(60_000)}",`.repeat(65)),
    ],
    ["brackets", "invalid-manifest", attack, (parts) => inOptions(parts, "[".repeat(4_000_000))],
    [
      "as many tensors as there may be",
      "invalid-manifest",
      attack,
      ({ tensors }) => {
        for (let i = 0; tensors.size < 16_384; i++) tensors.set(`t${i}`, new Uint8Array(0));
      },
    ],
    [
      "networks of millions of inputs",
      "invalid-manifest",
      threat,
      (_, { model }) => {
        const lstm = model.members.find(({ name }: any) => name === "lstm");
        Object.assign(lstm.network, { steps: 4096, width: 4096 });
        const weights = lstm.network.weights[0];
        lstm.network.layers[0].units = 1;
        Object.assign(weights, { kernel: new Array(16_384).fill(0), recurrent: [0, 0, 0, 0], bias: [0, 0, 0, 0] });
        for (let i = 0; i < 4; i++) model.members.push(structuredClone(lstm));
      },
    ],
    ...[4, 30].map((columns): (typeof HOSTILE)[number] => [
      `4000 categories of ${columns} columns`,
      "invalid-manifest",
      threat,
      (_, { preprocessor }) => {
        for (let i = 0; i < columns; i++)
          preprocessor.inputs.push({ name: `protocol${i}`, type: "text", categories: [] });
        preprocessor.steps.unshift(oneHot(4000, columns));
      },
    ]),
    [
      "long names of many columns",
      "invalid-manifest",
      threat,
      (_, { preprocessor }) => {
        const name = "x".repeat(512);
        preprocessor.inputs.push({ name, type: "text", categories: [] });
        const step: any = oneHot(10_000, 1);
        step.encoder.columns[0].name = name;
        preprocessor.steps.unshift(step);
      },
    ],
  ];
  it.each(HOSTILE)("is bounded for a file with %s", async (_, outcome, valid, change) => {
    const parts = partsOf(await valid);
    change(parts, parts.manifest);
    const bytes = sealedParts(parts);
    const result = await measured("hostile", bytes);
    expectBounded(result, bytes);
    expect(result.outcome).toBe(outcome);
  });
});
