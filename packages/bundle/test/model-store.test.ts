import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { saveBundle } from "../src/index.js";
import { ModelStore } from "../src/node/index.js";
import { attackPipeline, flows } from "./pipelines.js";

const kind = "attack_classifier";
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
    expect((await readdir(join(root, "attack_classifier"))).sort()).toEqual([
      model.name,
      "changes",
      "history.jsonl",
      "state.json",
    ]);
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
    const actions = ["install", "install", "activate", "activate"];
    expect((await store.history("attack_classifier")).map(({ action }) => action)).toEqual(actions);
    const lines = (await readFile(join(root, "attack_classifier", "history.jsonl"), "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).action)).toEqual(actions);
    expect(JSON.parse(await readFile(join(root, "attack_classifier", "state.json"), "utf8"))).toMatchObject({
      active: b.name,
      previous: a.name,
    });
  });

  it("does not install the same bundle twice", async () => {
    const a = await store.install(first, { at });
    expect(await store.install(first, { at: new Date(at.getTime() + 5000) })).toEqual(a);
    expect(await store.list("attack_classifier")).toHaveLength(1);
  });

  it("installs a file of joblib as the bundle that it becomes, once, and says why it cannot", async () => {
    const fixtures = new URL("./fixtures/joblib/models.json", import.meta.url);
    const { cases } = JSON.parse(await readFile(fixtures, "utf8")) as { cases: { name: string; file: string }[] };
    const file = (name: string): Uint8Array =>
      new Uint8Array(Buffer.from(cases.find((one) => one.name === name)!.file, "base64"));
    const python = file("attack-backend {}");
    const model = await store.install(python, { at });
    expect(await store.install(python)).toEqual(model);
    const detector = await store.load(model);
    expect(detector.classes).toContain("Web Attack XSS");
    await expect(store.install(file("forest of attacks"))).rejects.toMatchObject({
      code: "does-not-fit",
      message: expect.stringMatching(/^No bundle can be made of the file of joblib\. .*one tree/),
    });
    await expect(store.install(python.subarray(0, 50))).rejects.toMatchObject({
      code: "does-not-fit",
      message: expect.stringMatching(/^The file cannot be read: Byte \d+/),
    });
    const codes = { class_labels: ["BENIGN", "Bot", "DDoS"] };
    const named = await store.install(file("tree of codes"), { joblib: { profile: codes } });
    expect((await store.load(named)).classes).toEqual(codes.class_labels);
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

  it("says so where the state cannot be understood", async () => {
    await store.install(first, { at });
    const newest = join(root, "attack_classifier", "changes", "000000001.json");
    for (const text of ["", "{}", '{"state":{"active":"../../etc","previous":null}}', "[1]"]) {
      await writeFile(newest, text);
      await expect(store.active("attack_classifier"), text).rejects.toMatchObject({ code: "invalid-store" });
    }
  });

  it("reads a store from before changes were kept, and goes on from there", async () => {
    const a = await store.install(first, { at });
    const b = await store.install(second, { at });
    const folder = join(root, "attack_classifier");
    await rm(join(folder, "changes"), { recursive: true });
    await writeFile(join(folder, "state.json"), JSON.stringify({ active: a.name, previous: null, aliases: {} }));
    await writeFile(join(folder, "history.jsonl"), '{"at":"2026-01-01","action":"install","model":null}\n{"cut off');
    expect((await store.state(kind)).active).toBe(a.name);
    expect(await store.activate(b)).toMatchObject({ active: b.name, previous: a.name });
    expect((await store.history(kind)).map(({ action }) => action)).toEqual(["install", "activate"]);
    for (const text of ["", "{}", "[1]"]) {
      await rm(join(folder, "changes"), { recursive: true, force: true });
      await writeFile(join(folder, "state.json"), text);
      await expect(store.active(kind), text).rejects.toMatchObject({ code: "invalid-store" });
    }
  });
});

describe("changing what is active", () => {
  it("deactivates, and rolls back to what was before", async () => {
    const [a, b] = [await store.install(first, { at }), await store.install(second, { at })];
    await expect(store.rollback(kind)).rejects.toMatchObject({ code: "nothing-before" });
    await store.activate(a);
    await store.activate(b);
    expect(await store.rollback(kind, { by: "me", why: "false alarms" })).toMatchObject({
      active: a.name,
      previous: b.name,
    });
    expect(await store.rollback(kind)).toMatchObject({ active: b.name, previous: a.name });
    expect(await store.deactivate(kind)).toMatchObject({ active: null, previous: b.name });
    expect(await store.active(kind)).toBeNull();
    expect(await store.rollback(kind)).toMatchObject({ active: b.name, previous: null });
    const history = await store.history(kind);
    expect(history.find(({ action }) => action === "rollback")).toMatchObject({
      model: a.name,
      before: b.name,
      by: "me",
      why: "false alarms",
    });
  });

  it("finds models by alias, and keeps those that are in use", async () => {
    const [a, b] = [await store.install(first, { at }), await store.install(second, { at })];
    await store.alias(kind, "challenger", b);
    expect((await store.info(kind, "challenger")).record).toMatchObject({ bytes: second.length, version: b.version });
    await store.activate({ kind, name: "challenger" });
    await expect(store.remove(kind, b)).rejects.toMatchObject({ code: "in-use" });
    await store.activate(a);
    await expect(store.remove(kind, "challenger")).rejects.toMatchObject({ code: "in-use" });
    await store.alias(kind, "challenger", null);
    await store.remove(kind, b);
    expect((await store.list(kind)).map(({ name }) => name)).toEqual([a.name]);
    expect(await store.state(kind)).toEqual({ active: a.name, previous: null, aliases: {} });
    await expect(store.activate(b)).rejects.toMatchObject({ code: "not-installed" });
    await expect(store.info(kind, "challenger")).rejects.toMatchObject({ code: "not-installed" });
    await expect(store.alias(kind, a.name, a)).rejects.toMatchObject({ code: "invalid-alias" });
    expect(await store.stats(kind)).toEqual({ models: 1, bytes: first.length, changes: 7 });
    // A name from Object.prototype is no alias.
    await expect(store.info(kind, "constructor")).rejects.toMatchObject({ code: "not-installed" });
  });

  it("loses no change where many are made at once", async () => {
    const [a, b] = [await store.install(first, { at }), await store.install(second, { at })];
    const stores = Array.from({ length: 12 }, () => new ModelStore(root));
    await Promise.all([
      ...stores.map((one, place) => one.alias(kind, `alias ${place}`, place % 2 === 0 ? a : b)),
      ...stores.map((one, place) => one.activate(place % 2 === 0 ? a : b)),
    ]);
    const { aliases, active } = await store.state(kind);
    expect(Object.keys(aliases)).toHaveLength(12);
    const history = await store.history(kind);
    expect(history.filter(({ action }) => action === "alias")).toHaveLength(12);
    expect(history.findLast(({ action }) => action === "activate")!.model).toBe(active);
    expect(JSON.parse(await readFile(join(root, kind, "state.json"), "utf8"))).toMatchObject({ aliases, active });
    const lines = (await readFile(join(root, kind, "history.jsonl"), "utf8")).trim().split("\n");
    expect(new Set(lines.map((line) => JSON.parse(line).revision)).size).toBe(history.length);
  });
});

describe("ModelStore.open", () => {
  it("removes what processes that are gone had written aside, and finishes what they had decided", async () => {
    const [a, b] = [await store.install(first, { at }), await store.install(second, { at })];
    const folder = join(root, kind);
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    const name = (pid: number): string => `.${a.name}.${pid}.00000000-0000-4000-8000-000000000000.tmp`;
    await mkdir(join(folder, name(gone)));
    await mkdir(join(folder, name(process.pid)));
    await writeFile(join(folder, "changes", name(gone)), "");
    // As a process leaves it that dies between deciding to remove a model and removing it.
    await store.remove(kind, b);
    await mkdir(b.folder);
    await writeFile(join(b.folder, "bundle.safetensors"), second);
    await rm(join(folder, "state.json"));
    await rm(join(folder, "history.jsonl"));
    expect((await store.list(kind)).map((model) => model.name)).toEqual([a.name]);

    await ModelStore.open(root);
    expect((await readdir(folder)).sort()).toEqual(
      [name(process.pid), a.name, "changes", "history.jsonl", "state.json"].sort(),
    );
    expect((await readdir(join(folder, "changes"))).every((entry) => entry.endsWith(".json"))).toBe(true);
    const lines = (await readFile(join(folder, "history.jsonl"), "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).action)).toEqual(["install", "install", "remove"]);
  });
});

describe("watching", () => {
  it("swaps the active model in a running service", async () => {
    const [a, b] = [await store.install(first, { at }), await store.install(second, { at })];
    const seen: (string | null)[] = [];
    const active = await store.watch(kind, {
      everyMs: 5,
      onChange: (detector) => seen.push(detector?.bundle.createdAt ?? null),
    });
    expect(active.detector).toBeNull();
    const until = async (createdAt: string | null): Promise<void> =>
      vi.waitFor(() => expect(active.detector?.bundle.createdAt ?? null).toBe(createdAt), { timeout: 5000 });
    await store.activate(a);
    await until("2026-01-01T00:00:00.000Z");
    await new ModelStore(root).activate(b);
    await until("2026-01-02T00:00:00.000Z");
    await store.deactivate(kind);
    await until(null);
    active.close();
    await store.activate(a);
    await active.refresh();
    expect(active.detector).toBeNull();
    expect(seen).toEqual(["2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z", null]);
  });

  it("goes on with the model that it has where the next cannot be loaded", async () => {
    const [a, b] = [await store.install(first, { at }), await store.install(second, { at })];
    await store.activate(a);
    const errors: unknown[] = [];
    const active = await store.watch(kind, { everyMs: 1e6, onError: (error) => errors.push(error) });
    await writeFile(join(b.folder, "bundle.safetensors"), "broken");
    await store.activate(b);
    await active.refresh();
    expect(errors).toEqual([expect.objectContaining({ code: "not-a-bundle" })]);
    expect(active.detector!.bundle.createdAt).toBe("2026-01-01T00:00:00.000Z");
    await writeFile(join(b.folder, "bundle.safetensors"), second);
    await active.refresh();
    expect(active.detector!.bundle.createdAt).toBe("2026-01-02T00:00:00.000Z");
    active.close();
  });
});
