import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { saveBundle } from "../src/index.js";
import { ModelStore } from "../src/node/index.js";
import { attackPipeline, flows } from "./pipelines.js";

const pipeline = await attackPipeline();
const first = await saveBundle(pipeline, { createdAt: "2026-01-01T00:00:00.000Z" });
const second = await saveBundle(pipeline, { createdAt: "2026-01-02T00:00:00.000Z" });
const at = new Date("2026-03-04T05:06:07.890Z");

let root: string;
let store: ModelStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mlsec-store-"));
  store = new ModelStore(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe("ModelStore", () => {
  it("installs a bundle under its version and digest, with profile and record", async () => {
    const model = await store.install(first, { at, by: "tests", why: "to see" });
    expect(model.name).toMatch(/^20260304_050607_[0-9a-f]{12}$/);
    expect((await readdir(model.folder)).sort()).toEqual(["bundle.safetensors", "profile.json", "record.json"]);
    expect(new Uint8Array(await readFile(join(model.folder, "bundle.safetensors")))).toEqual(first);
    expect(JSON.parse(await readFile(join(model.folder, "record.json"), "utf8"))).toMatchObject({
      version: "20260304_050607",
      by: "tests",
      why: "to see",
      bytes: first.length,
    });
    expect((await readdir(join(root, "attack_classifier"))).sort()).toEqual([model.name, "history.jsonl"]);
    expect(await store.active("attack_classifier")).toBeNull();
  });

  it("activates a model, remembers the one before, and loads what is active", async () => {
    const a = await store.install(first, { at });
    const b = await store.install(second, { at });
    await store.activate(a);
    expect(await store.activate(b)).toEqual({ active: b.name, previous: a.name, aliases: {} });
    expect((await store.list("attack_classifier")).map(({ name }) => name).sort()).toEqual([a.name, b.name].sort());
    const detector = await new ModelStore(root).active("attack_classifier");
    expect(detector?.bundle.createdAt).toBe("2026-01-02T00:00:00.000Z");
    expect(detector?.detect(flows(5))).toHaveLength(5);
    const history = (await readFile(join(root, "attack_classifier", "history.jsonl"), "utf8")).trim().split("\n");
    expect(history.map((line) => JSON.parse(line).action)).toEqual(["install", "install", "activate", "activate"]);
  });

  it("does not install the same bundle twice", async () => {
    const a = await store.install(first, { at });
    expect(await store.install(first, { at: new Date(at.getTime() + 5000) })).toEqual(a);
    expect(await store.list("attack_classifier")).toHaveLength(1);
  });

  it("refuses a bundle that is altered, and a model that is not installed, and leaves nothing behind", async () => {
    const altered = first.slice();
    altered[300]! ^= 1;
    await expect(store.install(altered)).rejects.toMatchObject({ code: "does-not-fit" });
    expect(await readdir(root)).toEqual([]);
    await expect(
      store.activate({ kind: "attack_classifier", name: "20260101_000000_aaaaaaaaaaaa" }),
    ).rejects.toMatchObject({ code: "not-installed" });
  });

  it("says so where the state file is not one", async () => {
    await store.install(first, { at });
    for (const text of ["", "{}", '{"active":"../../etc","previous":null}', "[1]"]) {
      await writeFile(join(root, "attack_classifier", "state.json"), text);
      await expect(store.active("attack_classifier"), text).rejects.toMatchObject({ code: "invalid-store" });
    }
  });
});
