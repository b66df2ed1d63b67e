import { readdirSync, readFileSync } from "node:fs";
import type { InputRecord } from "@mlsec/preprocess";
import { nextDown, nextUp, Random } from "@mlsec/preprocess/numeric";
import * as onnxruntime from "onnxruntime-web";
import { beforeAll, describe, expect, it } from "vitest";
import { type Bundle, loadBundle, type Pipeline, profileJson, saveBundle } from "../../src/index.js";
import { ALL_KINDS, pipelineFromState } from "../../src/manifest.js";
import { ONNX_OPSETS, toOnnx } from "../../src/onnx/index.js";
import { type Drawn, type Fields, forestOf, manifestOf, networkOf, treeOf } from "../conformance/states.js";
import { attackPipeline, threatPipeline } from "../pipelines.js";
import { difference, ourVerdicts, type Runtime, runtimeVerdicts } from "./compare.js";
import { decodeModel, floatsOf } from "./decode-model.js";

const KIT = new URL("../../../../docs/conformance/valid/", import.meta.url);
const runtime = onnxruntime as unknown as Runtime;
/** TensorProto.DataType. */
const [FLOAT, STRING, DOUBLE] = [1, 8, 11];

beforeAll(() => {
  onnxruntime.env.wasm.numThreads = 1;
});

/** A bundle of what a manifest describes. */
async function bundleOf(manifest: Fields): Promise<Bundle> {
  return loadBundle(await saveBundle(pipelineFromState(manifest as never, ALL_KINDS).pipeline));
}

function numbers(...names: readonly string[]): { name: string; type: "number" }[] {
  return names.map((name) => ({ name, type: "number" }));
}

async function attackTree(classes: readonly string[], root: Drawn): Promise<Bundle> {
  return bundleOf(
    manifestOf("attack_classifier", classes, {
      preprocessor: { inputs: numbers("x"), steps: [] },
      model: { tree: treeOf(classes, ["x"], root) },
    }),
  );
}

/** A threat detector of forests of one feature, each with its share of the vote. */
async function forests(
  members: readonly (readonly [weight: number, trees: readonly Drawn[]])[],
  own: { readonly threshold?: number; readonly calibration?: Fields } = {},
): Promise<Bundle> {
  const { threshold = 0.5, calibration = null } = own;
  return bundleOf(
    manifestOf("threat_detector", ["Normal", "Attack"], {
      preprocessor: { inputs: numbers("x"), steps: [] },
      threshold: { value: threshold, chosenBy: "test" },
      model: {
        features: ["x"],
        sources: ["x"],
        members: members.map(([weight, trees]) => ({
          name: "forest",
          fold: null,
          weight,
          columns: [0],
          forest: forestOf(["Normal", "Attack"], ["x"], trees),
        })),
        calibration,
        familiarity: null,
        history: [],
      },
    }),
  );
}

/** Labels are mlsec's; so are probabilities, to what was promised. */
async function compared(bundle: Bundle, rows: readonly InputRecord[]): Promise<ReturnType<typeof difference>> {
  const { pipeline } = bundle;
  const hasNetworks =
    pipeline.kind === "threat_detector" && pipeline.model.members.some(({ name }) => name !== "forest");
  const verdicts = await runtimeVerdicts(runtime, await toOnnx(bundle), bundle, rows);
  return difference(ourVerdicts(bundle, rows), verdicts, { limit: () => (hasNetworks ? 1e-5 : 1e-6) });
}

describe("toOnnx on the conformance kit, which has every step, policy, layer and calibration", () => {
  const names = readdirSync(KIT).filter((name) => name.endsWith(".safetensors"));
  const read = (name: string): Buffer => readFileSync(new URL(name, KIT));

  it.each(names)("gives the verdicts of %s, refusals included", async (name) => {
    const own = name.slice(0, -".safetensors".length);
    const bundle = await loadBundle(read(name));
    const told = JSON.parse(read(`${own}.outputs.json`).toString()).rows as { readonly error?: string }[];
    // Inputs of ONNX are there, and of their type.
    const rows = (JSON.parse(read(`${own}.inputs.json`).toString()) as InputRecord[]).filter(
      (_, row) => !["missing-feature", "wrong-type"].includes(told[row]!.error ?? ""),
    );
    expect(rows.length).toBeGreaterThan(3);
    const { others, beyond, refused } = await compared(bundle, rows);
    expect([others, beyond]).toEqual([[], []]);
    expect(refused).toBe(rows.filter((row) => ourVerdicts(bundle, [row]).labels[0] === "").length);
  });
});

describe("toOnnx", () => {
  it("writes one input per column, two outputs, its opsets and the profile", async () => {
    const bundle = await loadBundle(await saveBundle(await threatPipeline()));
    const model = decodeModel(await toOnnx(bundle));
    expect(model.inputs).toEqual([
      { name: "protocol", type: STRING, shape: ["N", 1] },
      { name: "bytes", type: DOUBLE, shape: ["N", 1] },
      { name: "rate", type: DOUBLE, shape: ["N", 1] },
    ]);
    expect(model.outputs).toEqual([
      { name: "label", type: STRING, shape: ["N"] },
      { name: "probabilities", type: FLOAT, shape: ["N", 2] },
    ]);
    expect(model).toMatchObject({ irVersion: 8, producer: "@mlsec/bundle" });
    expect(model.opsets).toEqual({ "": ONNX_OPSETS["ai.onnx"], "ai.onnx.ml": ONNX_OPSETS["ai.onnx.ml"] });
    expect(model.metadata).toEqual({
      "mlsec.profile": profileJson(bundle.pipeline),
      "mlsec.kind": "threat_detector",
      "mlsec.classes": '["Normal","Attack"]',
      "mlsec.normalClass": "Normal",
      "mlsec.attackClass": "Attack",
      "mlsec.threshold": "0.5",
      "mlsec.sha256": bundle.digest,
    });
  });

  it("takes bytes, a bundle or a pipeline, and gives the same bytes for the same model", async () => {
    const pipeline: Pipeline = await attackPipeline();
    const bytes = await saveBundle(pipeline);
    const model = await toOnnx(bytes);
    expect(await toOnnx(await loadBundle(bytes))).toEqual(model);
    expect(await toOnnx(new Blob([bytes as BlobPart]))).toEqual(model);
    // But for the digest, which a pipeline has none of.
    const { "mlsec.sha256": digest, ...metadata } = decodeModel(model).metadata;
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(decodeModel(await toOnnx(pipeline)).metadata).toEqual(metadata);
  });

  it("writes trees as TreeEnsembleClassifier with the greatest floats that are not above the thresholds", async () => {
    const tenth = Math.fround(0.1);
    const leaf = (...rows: number[]): Drawn => ({ rows });
    // Above 0.1 as a float, below it, itself a float, and the one that parts missing numbers from all others.
    const root: Drawn = {
      feature: 0,
      threshold: 0.1,
      left: { feature: 0, threshold: -0.1, left: leaf(1, 0, 0), right: leaf(0, 1, 0) },
      right: {
        feature: 0,
        threshold: tenth,
        missingLeft: true,
        left: leaf(0, 0, 1),
        right: { feature: 0, threshold: Number.MAX_VALUE, left: leaf(2, 1, 0), right: leaf(0, 0, 1) },
      },
    };
    const bundle = await attackTree(["BENIGN", "Bot", "DDoS"], root);
    const node = decodeModel(await toOnnx(bundle)).nodes.find(({ domain }) => domain === "ai.onnx.ml");
    expect(node?.type).toBe("TreeEnsembleClassifier");
    const thresholds = floatsOf(node?.attributes["nodes_values"]);
    const written = thresholds.filter((value) => value !== 0);
    expect(written).toEqual(
      [below(tenth), -tenth - 0, tenth, 3.4028234663852886e38].map((value) => Math.fround(value)),
    );
    const rows = [0.1, tenth, below(tenth), -0.1, -tenth, 0.2, 0, 3.4028234663852886e38, Number.NaN].map((x) => ({
      x,
    }));
    expect(await compared(bundle, rows)).toMatchObject({ others: [], beyond: [], refused: 1 });
  });

  it.each([
    ["two classes with equal shares", ["BENIGN", "Attack"], [0.5, 0.5]],
    [
      "two classes of which the second is ahead by less than a float tells",
      ["BENIGN", "Attack"],
      [0.5 - 1e-10, 0.5 + 1e-10],
    ],
    ["two classes that sum to less than 1", ["BENIGN", "Attack"], [0.4999995, 0.4999999]],
    [
      "three classes of which the last is ahead by less than a float tells",
      ["a", "b", "c"],
      [0.4, 0.3 - 1e-10, 0.3 + 1e-10],
    ],
    ["three classes of which the later of two is ahead", ["a", "b", "c"], [0.2, 0.4 - 1e-10, 0.4 + 1e-10]],
    ["three with equal shares", ["a", "b", "c"], [0.2, 0.4, 0.4]],
  ])("gives the first of the greatest shares: %s", async (_, classes, shares) => {
    const pure = classes.map((_, code) => (code === classes.length - 1 ? 1 : 0));
    const root: Drawn = { feature: 0, threshold: 0, left: { rows: pure, shares }, right: { rows: pure } };
    const bundle = await attackTree(classes, root);
    expect(await compared(bundle, [{ x: -1 }, { x: 1 }])).toMatchObject({ others: [], beyond: [] });
  });

  it.each([
    ["of one class alone", ["BENIGN", "Attack"], [0, 1]],
    ["of the other alone", ["BENIGN", "Attack"], [1, 0]],
    ["of one of three", ["a", "b", "c"], [0, 1, 0]],
  ])("writes a tree that is one leaf, %s", async (_, classes, rows) => {
    expect(await compared(await attackTree(classes, { rows }), [{ x: 0 }])).toMatchObject({ others: [], furthest: 0 });
  });

  it("adds up a forest as mlsec does: a score that equals the threshold is no attack, whatever the order of sums", async () => {
    // So many that their sum is another in any other order than theirs.
    const random = Random.seeded(5);
    const shares = Array.from({ length: 200 }, () => random.float());
    const trees = shares.map((share): Drawn => ({ rows: [1, 1], shares: [1 - share, share] }));
    const score = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const reverse = shares.reduceRight((sum, share) => sum + share, 0) / shares.length;
    expect(score).not.toBe(reverse);
    for (const threshold of [score, nextDown(score), nextUp(score)])
      expect(await compared(await forests([[1, trees]], { threshold }), [{ x: 0 }])).toMatchObject({
        others: [],
        beyond: [],
      });
  });

  const single = (share: number): readonly Drawn[] => [{ rows: [1, 1], shares: [1 - share, share] }];
  const steps: readonly Drawn[] = Array.from({ length: 9 }, (_, at) => ({
    feature: 0,
    threshold: at,
    left: { rows: [1, 0] },
    right: { rows: [0, 1] },
  }));
  const line = Array.from({ length: 12 }, (_, at) => ({ x: at - 1 }));

  it.each<[string, Fields]>([
    ["Platt's", { method: "platt", slope: 0.8, intercept: -0.3 }],
    ["Platt's that turns the order around", { method: "platt", slope: -0.8, intercept: 0.3 }],
    ["Platt's that knows one answer", { method: "platt", slope: 0, intercept: 1 }],
    ["isotonic", { method: "isotonic", scores: [-3, -0.5, 0.1, 2], probabilities: [0.1, 0.3, 0.3, 0.9] }],
    ["isotonic of one score", { method: "isotonic", scores: [0.2], probabilities: [0.7] }],
  ])("calibrates: %s, with each score as the threshold", async (_, calibration) => {
    const bundle = await forests([[1, steps]], { calibration });
    const scores = new Set(line.map((row) => ourVerdicts(bundle, [row]).probabilities[1]!));
    for (const threshold of [...scores, 0, 1]) {
      const { others, beyond } = await compared(await forests([[1, steps]], { calibration, threshold }), line);
      expect([others, beyond]).toEqual([[], []]);
    }
  });

  it("votes by the members' weights, in their order", async () => {
    const members = [0.1, 0.7, 0.2].map((weight, at) => [weight, single(0.3 * (at + 1))] as const);
    const bundle = await forests(members);
    const threshold = ourVerdicts(bundle, [{ x: 0 }]).probabilities[1]!;
    expect(await compared(await forests(members, { threshold }), [{ x: 0 }])).toMatchObject({ others: [], beyond: [] });
  });

  it("gives no verdict where a network overflows", async () => {
    const network = networkOf(
      1,
      1,
      [
        { type: "dense", units: 2, activation: "linear" },
        { type: "dense", units: 1, activation: "linear" },
      ],
      Random.seeded(1),
    );
    network["weights"][0].kernel = [Math.fround(3e38), Math.fround(3e38)];
    network["weights"][1].kernel = [1, -1];
    const bundle = await bundleOf(
      manifestOf("threat_detector", ["Normal", "Attack"], {
        preprocessor: { inputs: numbers("x"), steps: [] },
        model: {
          features: ["x"],
          sources: ["x"],
          members: [{ name: "ann", fold: null, weight: 1, columns: [0], network }],
          calibration: null,
          familiarity: null,
          history: [],
        },
      }),
    );
    expect(await compared(bundle, [{ x: 10 }, { x: 0 }])).toMatchObject({ refused: 1, others: [], beyond: [] });
  });

  it("takes the empty text as a missing cell, unless it is a category", async () => {
    const encoder = (categories: readonly string[]): Fields => ({
      unknown: "ignore",
      missing: "other",
      columns: [{ name: "t", categories, rare: [], other: true }],
    });
    const detector = (categories: readonly string[]): Promise<Bundle> =>
      bundleOf(
        manifestOf("attack_classifier", ["a", "b", "c"], {
          preprocessor: {
            inputs: [{ name: "t", type: "text", categories }],
            steps: [{ step: "ordinalEncode", encoder: encoder(categories) }],
          },
          model: {
            tree: treeOf(["a", "b", "c"], ["t"], {
              feature: 0,
              threshold: 0.5,
              left: { rows: [1, 0, 0] },
              right: { feature: 0, threshold: 1.5, left: { rows: [0, 1, 0] }, right: { rows: [0, 0, 1] } },
            }),
          },
        }),
      );
    const known = await detector(["", "x"]);
    expect(await compared(known, [{ t: "" }, { t: "x" }, { t: "y" }])).toMatchObject({
      others: [],
      beyond: [],
      refused: 1,
    });
    expect(ourVerdicts(known, [{ t: "" }]).labels).toEqual(["a"]);
    // A missing cell is given to ONNX as an empty text, and has the place of others.
    const unknown = await detector(["w", "x"]);
    expect(await compared(unknown, [{ t: null }, { t: "x" }, { t: "y" }])).toMatchObject({
      others: [],
      beyond: [],
      refused: 1,
    });
    expect(ourVerdicts(unknown, [{ t: null }]).labels).toEqual(["c"]);
  });

  it("refuses what an encoder refuses in columns that are kept, filled afterwards or not, and no others", async () => {
    const known = ["a", "b"];
    const encoder = (name: string, missing: string): Fields => ({
      unknown: "error",
      missing,
      columns: [{ name, categories: known, rare: [], other: name === "u" }],
    });
    const fill = (name: string): Fields => ({ name, value: 0.5 });
    const steps = [
      { step: "oneHotEncode", encoder: encoder("t", "error") },
      { step: "ordinalEncode", encoder: encoder("u", "ignore") },
      { step: "imputeMissing", imputer: { strategy: "constant", fills: ["t=a", "t=b", "u"].map(fill) } },
      { step: "log1p", scaler: { features: ["u", "t=b"] } },
    ];
    const texts = known.concat("c", "").map((text) => (text === "" ? null : text));
    const rows = texts.flatMap((t) => texts.map((u) => ({ x: 1, t, u })));
    for (const [columns, refused] of [
      [["x"], 0],
      [["x", "u"], 4],
      [["t=b", "x"], 8],
      [["u", "t=a"], 10],
    ] as const) {
      const kept = [...steps, { step: "keepColumns", columns }];
      const whole = ["x", "t", "u"];
      for (const own of [kept, [{ step: "union", parts: [{ name: "part", columns: whole, steps: kept }] }]]) {
        const features = own === kept ? [...columns] : columns.map((name) => `part: ${name}`);
        const bundle = await bundleOf(
          manifestOf("attack_classifier", ["a", "b"], {
            preprocessor: {
              inputs: [...numbers("x"), ...["t", "u"].map((name) => ({ name, type: "text", categories: known }))],
              steps: own,
            },
            model: {
              tree: treeOf(["a", "b"], features, {
                feature: 0,
                threshold: 0.45,
                left: { rows: [2, 1] },
                right: { rows: [1, 3] },
              }),
            },
          }),
        );
        expect(await compared(bundle, rows)).toMatchObject({ others: [], beyond: [], refused });
      }
    }
  });

  it("names what ONNX cannot hold, and takes other names for outputs", async () => {
    const named = (name: string): Promise<Bundle> =>
      bundleOf(
        manifestOf("attack_classifier", ["a", "b"], {
          preprocessor: { inputs: numbers(name), steps: [] },
          model: { tree: treeOf(["a", "b"], [name], { rows: [1, 2] }) },
        }),
      );
    const code = (value: string) => expect.objectContaining({ code: value });
    for (const name of ["", "half \ud83d", "zero\0"])
      await expect(toOnnx(await named(name))).rejects.toEqual(code("unsupported-name"));
    const bundle = await named("label");
    await expect(toOnnx(bundle)).rejects.toEqual(code("name-taken"));
    await expect(toOnnx(bundle, { outputs: { label: "class", probabilities: "class" } })).rejects.toEqual(
      code("name-taken"),
    );
    const outputs = decodeModel(await toOnnx(bundle, { outputs: { label: "class" } })).outputs;
    expect(outputs.map(({ name }) => name)).toEqual(["class", "probabilities"]);
  });

  it("gives columns that are called as its own values the names they have", async () => {
    const names = ["features", "columns", "Cast", "labels", "double 1", "ä "];
    const bundle = await bundleOf(
      manifestOf("attack_classifier", ["a", "b"], {
        preprocessor: { inputs: numbers(...names), steps: [{ step: "clip", columns: names, min: 0, max: 1 }] },
        model: {
          tree: treeOf(["a", "b"], names, {
            feature: 5,
            threshold: 0.5,
            left: { rows: [1, 0] },
            right: { rows: [0, 1] },
          }),
        },
      }),
    );
    const row = Object.fromEntries(names.map((name) => [name, 7]));
    expect(await compared(bundle, [row, { ...row, "ä ": 0 }])).toMatchObject({ others: [], beyond: [], refused: 0 });
  });
});

function below(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  view.setInt32(0, view.getInt32(0) - 1);
  return view.getFloat32(0);
}
