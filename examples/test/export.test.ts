import { copyFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDetector } from "@mlsec/bundle";
import { importJoblib } from "@mlsec/bundle/joblib";
import { readKeras } from "@mlsec/bundle/keras";
import { InferenceSession } from "onnxruntime-web";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./run-program.js";

const FIXTURES = new URL("../../packages/bundle/test/fixtures/", import.meta.url);

let folder: string;
const path = (...names: string[]): string => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlsec-export-"));
  for (const kind of ["attack_classifier", "threat_detector"])
    await copyFile(new URL(`bundle-0.1-${kind}.safetensors`, FIXTURES), path(`${kind}.safetensors`));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("npm run export", () => {
  it.each(["joblib-training", "joblib-backend"])("writes an attack classifier for a version, to %s", async (to) => {
    const out = path("python", `${to}.joblib`);
    const bundle = path("attack_classifier.safetensors");
    const { code, output } = await run("export.ts", "--bundle", bundle, "--to", to, "--out", out, "--target", "1.4");
    expect([code, output]).toEqual([0, expect.stringContaining(`${to}.joblib`)]);
    const imported = await importJoblib(await readFile(out));
    expect([imported.kind, imported.layout]).toEqual(["attack_classifier", to.replace("joblib", "attack")]);
    expect(imported.pipeline!.provenance.libraries).toEqual({ "scikit-learn": "1.4.2" });
  });

  it("writes the Python module beside a threat detector", async () => {
    const out = path("threat", "threat.joblib");
    const bundle = path("threat_detector.safetensors");
    const { code } = await run("export.ts", "--bundle", bundle, "--to", "joblib-backend", "--out", out);
    expect([code, (await readdir(path("threat"))).sort()]).toEqual([0, ["mlsec_backend.py", "threat.joblib"]]);
    expect(await readFile(path("threat", "mlsec_backend.py"), "utf8")).toContain("class MlsecModel");
    expect((await importJoblib(await readFile(out))).kind).toBe("threat_detector");
  });

  it("writes a threat detector's networks for Keras", async () => {
    const out = path("networks");
    const bundle = path("threat_detector.safetensors");
    const { code } = await run("export.ts", "--bundle", bundle, "--to", "keras", "--out", out);
    const files = (await readdir(out)).sort();
    expect([code, files]).toEqual([0, ["ann.h5", "ann.keras", "lstm.h5", "lstm.keras"]]);
    for (const file of files) expect((await readKeras(await readFile(join(out, file)))).head).toBe("sigmoid");
  });

  it("writes a threat detector's networks for tfjs", async () => {
    const out = path("layers");
    const bundle = path("threat_detector.safetensors");
    const { code, output } = await run("export.ts", "--bundle", bundle, "--to", "tfjs", "--out", out);
    expect([code, output]).toEqual([0, expect.not.stringContaining("Hi")]);
    for (const name of ["ann", "lstm"]) {
      expect((await readdir(join(out, name))).sort()).toEqual(["model.json", "weights.bin"]);
      const { format, weightsManifest } = JSON.parse(await readFile(join(out, name, "model.json"), "utf8"));
      expect([format, weightsManifest[0].paths]).toEqual(["layers-model", ["weights.bin"]]);
    }
  });

  it.each(["attack_classifier", "threat_detector"])("writes a whole %s as ONNX", async (kind) => {
    const [bundle, out] = [path(`${kind}.safetensors`), path("onnx", `${kind}.onnx`)];
    const { code } = await run("export.ts", "--bundle", bundle, "--to", "onnx", "--out", out);
    const session = await InferenceSession.create(await readFile(out));
    expect([code, session.outputNames]).toEqual([0, ["label", "probabilities"]]);
    const detector = await loadDetector(await readFile(bundle));
    expect(session.inputNames).toEqual(detector.inputs.map(({ name }) => name));
  });

  it.each([
    [
      "another architecture",
      "threat_detector",
      ["--to", "joblib-training"],
      /takes logarithms.*Use the layout "backend"/s,
    ],
    ["an unknown version", "attack_classifier", ["--to", "joblib-backend", "--target", "0.24"], /The targets are 1\.1/],
    ["trees for Keras", "attack_classifier", ["--to", "keras"], /holds no network/],
    ["a version of Keras", "threat_detector", ["--to", "keras", "--target", "3"], /leave --target out/],
    ["an unknown format", "attack_classifier", ["--to", "pickle"], /Allowed choices are joblib-training/],
  ])("refuses %s and says what to do", async (_, kind, args, message) => {
    const bundle = path(`${kind}.safetensors`);
    const { code, output } = await run("export.ts", "--bundle", bundle, "--out", path("refused"), ...args);
    expect([code, output]).toEqual([1, expect.stringMatching(message)]);
  });
});
