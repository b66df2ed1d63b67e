import { readFileSync } from "node:fs";
import { trainAttackClassifier } from "@mlsec/attack-tree";
import { sha256Hex, textColumn } from "@mlsec/preprocess";
import { describe, expect, it } from "vitest";
import {
  type Bundle,
  BundleError,
  FORMAT_VERSION,
  inspectBundle,
  loadBundle,
  loadDetector,
  MAX_BUNDLE_BYTES,
  migrateBundle,
  modelCard,
  type Pipeline,
  profileOf,
  saveBundle,
} from "../src/index.js";
import { attackPipeline, connections, flows, threatPipeline } from "./pipelines.js";

const DIGEST_AT = 41;
const pipelines: [string, Pipeline][] = [
  ["threat_detector", await threatPipeline()],
  ["attack_classifier", await attackPipeline()],
];

/** The file with its header changed and the digest made right again: what an attacker can do. */
async function resealed(bytes: Uint8Array, change: (header: string) => string): Promise<Uint8Array> {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = change(new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd());
  const encoded = new TextEncoder().encode(header);
  const padded = Math.ceil(encoded.length / 8) * 8;
  const result = new Uint8Array(8 + padded + bytes.length - 8 - length).fill(0x20);
  new DataView(result.buffer).setBigUint64(0, BigInt(padded), true);
  result.set(encoded, 8);
  result.set(bytes.subarray(8 + length), 8 + padded);
  result.fill(0x30, DIGEST_AT, DIGEST_AT + 64);
  result.set(new TextEncoder().encode(await sha256Hex(result)), DIGEST_AT);
  return result;
}

/** Changes the manifest within a header. */
function changed(edit: (manifest: Record<string, any>) => void): (header: string) => string {
  return (header) => {
    const parsed = JSON.parse(header);
    const manifest = JSON.parse(parsed.__metadata__.mlsec);
    edit(manifest);
    parsed.__metadata__.mlsec = JSON.stringify(manifest);
    return JSON.stringify(parsed);
  };
}

describe.each(pipelines)("a bundle of a %s", (kind, pipeline) => {
  const rows = kind === "threat_detector" ? connections(200, 9) : flows(200, 9);
  const scores = (bundle: Bundle): Float64Array => {
    const { pipeline: loaded } = bundle;
    return loaded.model.predictProba(loaded.preprocessor.transform(rows));
  };

  it("loads again with bit-identical scores, and keeps everything else", async () => {
    const bundle = await loadBundle(await saveBundle(pipeline, { createdAt: "2026-01-02T03:04:05.000Z" }));
    expect(bundle).toMatchObject({ kind, formatVersion: FORMAT_VERSION, createdAt: "2026-01-02T03:04:05.000Z" });
    expect(scores(bundle)).toEqual(pipeline.model.predictProba(pipeline.preprocessor.transform(rows)));
    const { preprocessor, model, ...rest } = pipeline;
    expect(bundle.pipeline).toMatchObject(rest);
    expect(bundle.pipeline.preprocessor.toJSON()).toEqual(preprocessor.toJSON());
    expect(bundle.pipeline.model.toJSON()).toEqual(model.toJSON());
  });

  it("has the same bytes for the same pipeline, and again after loading", async () => {
    const bytes = await saveBundle(pipeline);
    expect(await saveBundle(pipeline)).toEqual(bytes);
    expect(await saveBundle((await loadBundle(bytes)).pipeline)).toEqual(bytes);
  });

  it("is not made of options with a key that a loader would refuse", async () => {
    for (const key of ["$tensor", "__proto__"]) {
      const options = { ...pipeline.provenance.options, nested: [JSON.parse(`{"${key}":"x"}`)] };
      const odd = { ...pipeline, provenance: { ...pipeline.provenance, options } } as Pipeline;
      await expect(saveBundle(odd)).rejects.toMatchObject({ code: "invalid-manifest" });
    }
  });

  it("is not made of a pipeline whose normal class is none of its classes", async () => {
    const odd = { ...pipeline, normalClass: "nobody" } as Pipeline;
    await expect(saveBundle(odd)).rejects.toMatchObject({ name: "BundleError", code: "invalid-manifest" });
  });

  it("is a safetensors file: aligned header, tensors without holes, items of 8 bytes first", async () => {
    const bytes = await saveBundle(pipeline);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const { __metadata__: metadata, ...tensors } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(Object.values(metadata).every((value) => typeof value === "string")).toBe(true);
    const sizes: Record<string, number> = { F64: 8, F32: 4, I32: 4, U8: 1 };
    let offset = 0;
    let itemSize = 8;
    for (const { dtype, shape, data_offsets: offsets } of Object.values<any>(tensors)) {
      expect(offsets).toEqual([offset, offset + shape[0] * sizes[dtype]!]);
      expect(sizes[dtype]).toBeLessThanOrEqual(itemSize);
      itemSize = sizes[dtype]!;
      offset = offsets[1];
    }
    expect(8 + length + offset).toBe(bytes.length);
  });

  it("does not load when any one byte is changed, or any end is cut off", async () => {
    const bytes = await saveBundle(pipeline);
    const step = Math.max(1, Math.floor(bytes.length / 1500));
    for (let at = 0; at < bytes.length; at += at < 200 ? 1 : step) {
      const altered = bytes.slice();
      altered[at]! ^= 1 << (at % 8);
      await expect(loadBundle(altered), `byte ${at}`).rejects.toBeInstanceOf(BundleError);
      await expect(loadBundle(bytes.subarray(0, at)), `cut at ${at}`).rejects.toBeInstanceOf(BundleError);
    }
    await expect(loadBundle(new Uint8Array([...bytes, 0]))).rejects.toMatchObject({ code: "altered" });
  });

  it("is refused, resealed or not, when its manifest is not that of a model", async () => {
    const bytes = await saveBundle(pipeline);
    const cases: [string, (manifest: Record<string, any>) => void][] = [
      ["unknown-version", (m) => (m["formatVersion"] = "9.9")],
      ["unknown-kind", (m) => (m["kind"] = "oracle")],
      ["invalid-manifest", (m) => (m["kind"] = kind === "threat_detector" ? "attack_classifier" : "threat_detector")],
      ["invalid-manifest", (m) => delete m["model"]],
      ["invalid-manifest", (m) => m["classes"].reverse()],
      ["invalid-manifest", (m) => m["classes"].push("another")],
      ["invalid-manifest", (m) => (m["normalClass"] = "nobody")],
      ["invalid-manifest", (m) => (m["provenance"].fingerprint.sha256 = "short")],
      ["invalid-manifest", (m) => (m["provenance"].predictions = 3)],
      ["invalid-manifest", (m) => (m["provenance"].predictions.classes.count += 1)],
      ["invalid-manifest", (m) => m["provenance"].predictions.probabilities.quantiles.splice(40, 1, 2)],
      ["invalid-manifest", (m) => m["preprocessor"].steps.pop()],
      ["invalid-manifest", (m) => (m["preprocessor"].inputs[0].name = "other")],
      ["invalid-manifest", (m) => (m["extra"] = { $tensor: "nowhere" })],
      ["invalid-manifest", (m) => (m["createdAt"] = 5)],
      ["invalid-manifest", (m) => (m["baseline"] = [])],
      ["invalid-manifest", (m) => (m["baseline"] = m["preprocessor"].inputs.map(() => null))],
    ];
    for (const [code, edit] of cases) {
      const altered = await resealed(bytes, changed(edit));
      await expect(loadBundle(altered), String(edit)).rejects.toMatchObject({ name: "BundleError", code });
    }
    expect((await loadBundle(await resealed(bytes, (header) => header))).kind).toBe(kind);
  });

  it("is refused where a key occurs twice, of which other readers might take the other", async () => {
    const bytes = await saveBundle(pipeline);
    for (const [code, change] of [
      ["invalid-header", (header: string) => header.replace('","mlsec":"', '","mlsec":"{}","mlsec":"')],
      ["invalid-manifest", (header: string) => header.replace('\\"kind\\":', '\\"kind\\":\\"none\\",\\"kind\\":')],
      ["invalid-manifest", (header: string) => header.replace('\\"seed\\":', `\\"seed\\":${"[".repeat(99)}`)],
    ] as const)
      await expect(loadBundle(await resealed(bytes, change)), String(change)).rejects.toMatchObject({ code });
  });

  it("loads without a baseline, as bundles from before there were any", async () => {
    const older = await resealed(
      await saveBundle(pipeline),
      changed((manifest) => delete manifest["baseline"]),
    );
    expect((await loadBundle(older)).pipeline.baseline).toBeNull();
  });

  it("loads without predictions, as bundles from before they were kept", async () => {
    const older = await resealed(
      await saveBundle(pipeline),
      changed((manifest) => delete manifest["provenance"].predictions),
    );
    expect((await loadBundle(older)).pipeline.provenance.predictions).toBeNull();
    expect((await loadBundle(await saveBundle(pipeline))).pipeline.provenance.predictions).toEqual(
      pipeline.provenance.predictions,
    );
  });

  it("is refused when its tensor directory does not describe its bytes", async () => {
    const bytes = await saveBundle(pipeline);
    const directory = (edit: (tensors: Record<string, any>, first: string) => void) => (header: string) => {
      const parsed = JSON.parse(header);
      edit(parsed, Object.keys(parsed)[1]!);
      return JSON.stringify(parsed);
    };
    const cases = [
      directory((t, first) => (t[first].data_offsets[0] += 8)),
      directory((t, first) => (t[first].shape[0] += 1)),
      directory((t, first) => (t[first].shape = [1e18])),
      directory((t, first) => (t[first].dtype = "F16")),
      directory((t, first) => (t[first].data_offsets = [-8, 0])),
      directory((t, first) => (t[first] = null)),
      directory((t, first) => delete t[first]),
    ];
    for (const edit of cases)
      await expect(loadBundle(await resealed(bytes, edit))).rejects.toMatchObject({ code: "invalid-tensor" });
  });

  it("has a profile with the fields of existing backends", () => {
    const profile = profileOf(pipeline);
    expect(Object.keys(profile)).toEqual([
      "expected_features",
      "class_labels",
      "preprocessing_notes",
      "preprocessing_pipeline",
    ]);
    expect(Object.keys(profile.preprocessing_pipeline)).toEqual([
      "steps",
      "n_features_selected",
      "selected_features",
      "scaler_type",
    ]);
    expect(profile.expected_features).toEqual(pipeline.preprocessor.inputs.map(({ name }) => name));
    expect(profile.class_labels).toEqual(pipeline.classes);
    expect(profile.preprocessing_pipeline.scaler_type).toBe(
      kind === "threat_detector" ? "StandardScaler" : "RobustScaler",
    );
  });
});

describe("saveBundle", () => {
  it("makes no bundle that would not load", async () => {
    const pipeline = pipelines[1]![1];
    const options = { seeds: Array.from({ length: 150_000 }, (_, seed) => seed) };
    const large = { ...pipeline, provenance: { ...pipeline.provenance, options } };
    await expect(saveBundle(large)).rejects.toMatchObject({ code: "too-large", message: /more than 150000 values/ });
  });
});

describe("loadBundle", () => {
  it("says of other files that they are no bundles", async () => {
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(300),
      new TextEncoder().encode("PK\u0003\u0004 not a bundle".repeat(20)),
    ]) {
      await expect(loadBundle(bytes)).rejects.toMatchObject({ code: "not-a-bundle" });
    }
  });

  it("refuses a file one byte too large before it hashes it", async () => {
    await expect(loadBundle(new Uint8Array(MAX_BUNDLE_BYTES + 1))).rejects.toMatchObject({ code: "too-large" });
  });
});

describe.each(["0.1", "1.0"])("golden bundles of format %s", (version) => {
  it.each([
    ["threat_detector", connections(20, 9)],
    ["attack_classifier", flows(20, 9)],
  ] as const)("a %s loads, and judges as it did", async (kind, rows) => {
    const file = (ending: string): Buffer =>
      readFileSync(new URL(`./fixtures/bundle-${version}-${kind}${ending}`, import.meta.url));
    const detector = await loadDetector(file(".safetensors"));
    const { codes, probabilities } = detector.detectColumns(rows);
    expect({ codes: [...codes], probabilities: [...probabilities] }).toEqual(JSON.parse(file(".json").toString()));
    expect(detector.bundle).toMatchObject({ kind, formatVersion: version });
    const { bytes, from, to } = await migrateBundle(file(".safetensors"));
    expect({ from, to }).toEqual({ from: version, to: FORMAT_VERSION });
    const migrated = await loadDetector(bytes);
    expect(migrated.bundle).toMatchObject({ formatVersion: FORMAT_VERSION, createdAt: detector.bundle.createdAt });
    expect(migrated.detect(rows)).toEqual(detector.detect(rows));
    expect((await migrateBundle(bytes)).bytes).toEqual(bytes);
  });
});

describe("where a bundle comes from", () => {
  const streamOf = (bytes: Uint8Array, chunk: number, pulled: { bytes: number }): ReadableStream<Uint8Array> => {
    let at = 0;
    return new ReadableStream(
      {
        pull(controller) {
          if (at >= bytes.length) return controller.close();
          controller.enqueue(bytes.slice(at, at + chunk));
          at += chunk;
          pulled.bytes = at;
        },
      },
      { highWaterMark: 0 },
    );
  };

  it("is bytes, a blob or an answer: all give the same", async () => {
    const bytes = await saveBundle(pipelines[1]![1]);
    const { digest } = await loadBundle(bytes);
    const copy = bytes.slice();
    for (const source of [
      copy.buffer,
      new Blob([copy]),
      new Response(copy),
      new Response(streamOf(copy, 777, { bytes: 0 })),
    ])
      expect((await loadBundle(source)).digest).toBe(digest);
  });

  it("is refused where a server has none, or too much", async () => {
    await expect(loadBundle(new Response("no", { status: 404 }))).rejects.toMatchObject({ code: "not-readable" });
    const stated = { headers: { "content-length": String(MAX_BUNDLE_BYTES + 1) } };
    await expect(loadBundle(new Response("x", stated))).rejects.toMatchObject({ code: "too-large" });
    const pulled = { bytes: 0 };
    const endless = new Response(streamOf(new Uint8Array(MAX_BUNDLE_BYTES + 3e7), 16_000_000, pulled));
    await expect(loadBundle(endless)).rejects.toMatchObject({ code: "too-large" });
    expect(pulled.bytes).toBeLessThan(MAX_BUNDLE_BYTES + 3e7);
  });

  it("is inspected by its header alone", async () => {
    const bytes = await saveBundle(pipelines[0]![1], { createdAt: "2026-01-02T03:04:05.000Z" });
    const { digest } = await loadBundle(bytes);
    const pulled = { bytes: 0 };
    const copy = bytes.slice();
    for (const [source, size] of [
      [copy, bytes.length],
      [new Blob([copy]), bytes.length],
      [new Response(streamOf(copy, 3, pulled)), null],
    ] as const) {
      const inspection = await inspectBundle(source);
      expect(inspection).toMatchObject({
        kind: "threat_detector",
        formatVersion: FORMAT_VERSION,
        createdAt: "2026-01-02T03:04:05.000Z",
        classes: ["Normal", "Attack"],
        inputs: ["protocol", "bytes", "rate"],
        digest,
        bytes: size,
      });
      expect(inspection.tensors.length).toBeGreaterThan(5);
    }
    expect(pulled.bytes).toBeLessThan(bytes.length / 2);
    await expect(inspectBundle(bytes.slice(0, 200))).rejects.toMatchObject({ code: "invalid-header" });
    await expect(inspectBundle(new Uint8Array(3))).rejects.toMatchObject({ code: "not-a-bundle" });
    const strange = await resealed(
      bytes,
      changed((manifest) => delete manifest["kind"]),
    );
    await expect(inspectBundle(strange)).rejects.toMatchObject({ code: "invalid-manifest" });
  });
});

describe.each(pipelines)("the model card of a %s", (kind, pipeline) => {
  it("tells what the bundle knows, and lets no name out of its cell", async () => {
    const bundle = await loadBundle(await saveBundle(pipeline));
    const card = modelCard(bundle);
    expect(card).toContain(bundle.digest);
    for (const name of pipeline.classes) expect(card).toContain(name);
    for (const { name } of pipeline.preprocessor.inputs) expect(card).toContain(`| "${name}" | `);
    if (kind === "attack_classifier") expect(card).toMatch(/\| accuracy \| (0\.\d+|1) \|/);
    const hostile = modelCard({ ...bundle, createdAt: "a | b\n# <script>" });
    expect(hostile).toContain("a \\| b # \\<script\\>");
  });
});

describe("an attack classifier of fewer classes", () => {
  const relabelled = (names: readonly string[]) =>
    flows(90).with(" Label", textColumn(Array.from({ length: 90 }, (_, row) => names[row % names.length]!)));

  it("is trained, saved and loaded, or not even trained", async () => {
    for (const names of [
      ["BENIGN", "Bot"],
      ["DDoS", "Benign", "Heartbleed"],
    ]) {
      const { pipeline } = await trainAttackClassifier(relabelled(names), { otherLabels: "keep" });
      const detector = await loadDetector(await saveBundle(pipeline));
      const verdicts = detector.detect(flows(90, 2));
      expect(new Set(verdicts.map(({ isAttack }) => isAttack))).toEqual(new Set([true, false]));
    }
    const attacks = trainAttackClassifier(relabelled(["Bot", "DDoS"]));
    await expect(attacks).rejects.toMatchObject({ code: "normal-label" });
  });
});
