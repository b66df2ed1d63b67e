import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { InputColumn, OneHotPolicy, StepSpec } from "@mlsec/preprocess";
import type { CalibrationMethod, LayerSpec, MemberName, RecurrentActivation } from "@mlsec/threat-ensemble";
import { describe, expect, it } from "vitest";
import { detectorOf, loadBundle, profileJson, verifyBundle } from "../src/index.js";
import { faultlessBundles } from "./conformance/invalid-manifests.js";
import { bytesOfHex, conformanceKit, type KitIndex, rowsOfLines } from "./conformance/kit.js";

const KIT = new URL("../../../docs/conformance/", import.meta.url);
const file = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, KIT)));
const text = (path: string): string => new TextDecoder().decode(file(path));

/** By the key of a manifest what it can say; the compiler knows whether something is lacking. */
const EVERYTHING = {
  step: {
    keepColumns: 1,
    ordinalEncode: 1,
    oneHotEncode: 1,
    imputeMissing: 1,
    piecewiseLinear: 1,
    log1p: 1,
    clip: 1,
    standardScale: 1,
    robustScale: 1,
    minMaxScale: 1,
    union: 1,
  } satisfies Record<StepSpec["step"] | "union", 1>,
  type: { number: 1, text: 1, dense: 1, batchNorm: 1, dropout: 1, lstm: 1 } satisfies Record<
    InputColumn["type"] | LayerSpec["type"],
    1
  >,
  recurrentActivation: { hardSigmoid5: 1, hardSigmoid6: 1 } satisfies Record<
    Exclude<RecurrentActivation, "sigmoid">,
    1
  >,
  activation: { relu: 1, linear: 1 } satisfies Record<Extract<LayerSpec, { type: "dense" }>["activation"], 1>,
  unknown: { error: 1, ignore: 1, other: 1, infrequentIfExist: 1 } satisfies Record<OneHotPolicy, 1>,
  missing: { error: 1, ignore: 1, other: 1, infrequentIfExist: 1 } satisfies Record<OneHotPolicy, 1>,
  method: { platt: 1, isotonic: 1 } satisfies Record<Exclude<CalibrationMethod, "none">, 1>,
  name: { ann: 1, lstm: 1, forest: 1 } satisfies Record<MemberName, 1>,
};

const index = JSON.parse(text("index.json")) as KitIndex;
const requireSignature = { keys: [bytesOfHex(index.publicKey)] };

describe.each(index.valid)("the conformance bundle $name", ({ bundle: path, profile, inputs, outputs, signed }) => {
  const rows = rowsOfLines(text(inputs));
  const expected = JSON.parse(text(outputs));

  it("gives the verdicts of the kit to the last bit, of records, of rows and of columns", async () => {
    const bundle = await loadBundle(file(path));
    expect(bundle.digest).toBe(expected.digest);
    const { preprocessor, classes } = bundle.pipeline;
    expect({ classes, features: preprocessor.features, sources: preprocessor.sources }).toEqual({
      classes: expected.classes,
      features: expected.features,
      sources: expected.sources,
    });
    const detector = detectorOf(bundle);
    expect(rows).toHaveLength(expected.rows.length);
    for (const [at, row] of rows.entries()) {
      const { error, matrix, ...verdict } = expected.rows[at];
      if (error !== undefined) {
        for (const input of [row, [row]])
          expect(() => detector.detect(input as never), `row ${at}`).toThrow(expect.objectContaining({ code: error }));
        continue;
      }
      expect(detector.detect([row]), `row ${at}`).toEqual([verdict]);
      const { unknownCategories, ...ofRecord } = detector.detect(row);
      expect({ ...ofRecord, unknownCategories: [...unknownCategories].sort() }, `record ${at}`).toEqual({
        ...verdict,
        unknownCategories: [...verdict.unknownCategories].sort(),
      });
      const { codes, probabilities } = detector.detectColumns([row]);
      expect([classes[codes[0]!], probabilities[0]]).toEqual([verdict.class, verdict.probability]);
      expect([...preprocessor.transformRecord(row)].map((number) => number + 0)).toEqual(matrix);
    }
  });

  it("has the profile, and the signature, that the kit says", async () => {
    expect(profileJson((await loadBundle(file(path))).pipeline)).toBe(text(profile));
    const verified = verifyBundle(file(path), requireSignature);
    if (signed) expect(await verified).toEqual(requireSignature.keys[0]);
    else await expect(verified).rejects.toMatchObject({ code: "unsigned" });
    const keys = [bytesOfHex(index.otherPublicKey)];
    await expect(verifyBundle(file(path), { keys })).rejects.toMatchObject({
      code: signed ? "signature-mismatch" : "unsigned",
    });
  });
});

describe("the files that must be refused", () => {
  it.each(index.invalid)("$bundle: $why", async ({ bundle, code, requireSignature: required }) => {
    const options = required ? { requireSignature } : {};
    await expect(loadBundle(file(bundle), options)).rejects.toMatchObject({ name: "BundleError", code });
    // Otherwise another fault than the signature's would be what it is refused for.
    if (required) await expect(loadBundle(file(bundle))).resolves.toBeDefined();
  });

  it("are made of manifests that load", async () => {
    for (const bytes of await faultlessBundles()) await expect(loadBundle(bytes)).resolves.toBeDefined();
  });
});

/** Of the kit's files, by path. Format 1.0 is frozen: what changes a file of it is a change of the format, with a version of its own. */
const FROZEN = "5ae9e1575845f7d994f84ba048ecfb2aaa7a57dc3a21bd321b4f09c083094543";

describe("the conformance kit", () => {
  it("is that of format 1.0, which is frozen", async () => {
    const hash = createHash("sha256");
    for (const [path, bytes] of [...(await conformanceKit())].sort(([a], [b]) => (a < b ? -1 : 1)))
      hash.update(`${path}\n${createHash("sha256").update(bytes).digest("hex")}\n`);
    expect(hash.digest("hex")).toBe(FROZEN);
  });

  it("is what its script makes, byte for byte, and nothing else", async () => {
    const made = await conformanceKit();
    for (const [path, bytes] of made) expect(Buffer.from(bytes).equals(file(path)), path).toBe(true);
    const listed = readdirSync(KIT, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "README.md")
      .map((entry) => `${entry.parentPath.replace(/\/$/, "").split("/").at(-1)}/${entry.name}`);
    const own = [...made.keys()].map((path) => (path.includes("/") ? path : `conformance/${path}`));
    expect(listed.sort()).toEqual(own.sort());
  });

  it("has every step, layer, activation, policy, calibration and kind of member", async () => {
    const used = new Map<string, Set<unknown>>();
    const note = (value: unknown): void => {
      if (value === null || typeof value !== "object") return;
      for (const [key, item] of Object.entries(value)) {
        if (!used.has(key)) used.set(key, new Set());
        used.get(key)!.add(item);
        note(item);
      }
    };
    for (const { bundle } of index.valid) {
      const { pipeline } = await loadBundle(file(bundle));
      note({ ...pipeline, preprocessor: pipeline.preprocessor.toJSON(), model: pipeline.model.toJSON() });
    }
    for (const [key, all] of Object.entries(EVERYTHING))
      expect([...(used.get(key) ?? [])], key).toEqual(expect.arrayContaining(Object.keys(all)));
    expect(used.get("returnSequences")).toEqual(new Set([true, false]));
  });

  it("stays small", () => {
    const sizes = index.valid.map(({ bytes }) => bytes);
    expect(Math.max(...sizes)).toBeLessThan(60_000);
  });
});
