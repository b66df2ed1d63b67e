import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { loadBundle } from "../../src/index.js";
import { importBackendModel, isBackendModel } from "../../src/joblib/import-backend-model.js";
import { importJoblib, PythonObject, type PythonValue, readJoblib, toJoblib } from "../../src/joblib/index.js";

const KIT = new URL("../../../../docs/conformance/valid/threat-ensemble.safetensors", import.meta.url);

let bytes: Uint8Array;
beforeAll(async () => {
  bytes = (await toJoblib(await loadBundle(readFileSync(KIT)), { layout: "backend" })).bytes;
});

/** The model of the file, with its attributes changed. */
async function model(change: (attributes: Map<PythonValue, PythonValue>) => void): Promise<PythonObject> {
  const content = (await readJoblib(bytes)).value as Map<string, PythonObject>;
  const object = content.get("model")!;
  expect(isBackendModel(object)).toBe(true);
  change(object.state as Map<PythonValue, PythonValue>);
  return object;
}

describe("a MlsecModel of a file", () => {
  it("is a model only as an instance of its class", () => {
    expect(isBackendModel(new PythonObject("mlsec_backend.MlsecModel", [], true))).toBe(false);
    expect(isBackendModel(new PythonObject("mlsec_backend.Other"))).toBe(false);
  });

  const holdsItself: PythonValue[] = [];
  holdsItself.push(holdsItself);
  const wide = Array.from({ length: 500 }, () => 0);
  it.each<[string, (attributes: Map<PythonValue, PythonValue>) => void, string]>([
    ["another format", (attributes) => attributes.set("format", 2), "invalid-model"],
    ["no format", (attributes) => attributes.delete("format"), "invalid-model"],
    ["three classes", (attributes) => attributes.set("class_names", ["a", "b", "c"]), "invalid-model"],
    ["no ensemble", (attributes) => attributes.delete("ensemble"), "invalid-state"],
    [
      "an object in the ensemble",
      (attributes) => ensembleOf(attributes).set("members", new PythonObject("os.system", [], true)),
      "invalid-model",
    ],
    ["a list that holds itself", (attributes) => ensembleOf(attributes).set("history", holdsItself), "too-large"],
    [
      "one list again and again",
      (attributes) =>
        ensembleOf(attributes).set(
          "history",
          wide.map(() => wide),
        ),
      "too-large",
    ],
    ["a key that objects inherit by", (attributes) => ensembleOf(attributes).set("__proto__", null), "invalid-model"],
    ["members that are none", (attributes) => ensembleOf(attributes).set("members", [new Map()]), "invalid-state"],
    [
      "a preprocessor without steps",
      (attributes) => attributes.set("preprocessor", new Map([["inputs", []]])),
      "invalid-state",
    ],
  ])("with %s is refused", async (_, change, code) => {
    const object = await model(change);
    expect(() => importBackendModel(object, "model")).toThrowError(expect.objectContaining({ code }));
  });

  it("is refused whole, and noted, where the file's bytes were changed", async () => {
    const text = Buffer.from(bytes).toString("latin1").replace("linear", "cubic\0");
    const { bundle, notes } = await importJoblib(new Uint8Array(Buffer.from(text, "latin1")));
    expect(bundle).toBe(null);
    expect(notes.filter(({ severity }) => severity === "error").map(({ what, path }) => [what, path])).toContainEqual([
      "not-made",
      "model",
    ]);
  });
});

function ensembleOf(attributes: Map<PythonValue, PythonValue>): Map<PythonValue, PythonValue> {
  return attributes.get("ensemble") as Map<PythonValue, PythonValue>;
}
