import { execFile, spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { trainAttackClassifier } from "@mlsec/attack-tree";
import { afterEach, beforeEach, describe, expect, it, type TestContext, vi } from "vitest";
import { saveBundle } from "../src/index.js";
import { ModelStore } from "../src/node/index.js";
import { attackPipeline, flows } from "./pipelines.js";

const kind = "attack_classifier";
const pipeline = await attackPipeline();
const first = await saveBundle(pipeline);
const second = await saveBundle((await trainAttackClassifier(flows(300, 2))).pipeline);
const third = await saveBundle(pipeline, { createdAt: "2026-01-01T00:00:00.000Z" });
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

let root: string;
let store: ModelStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mlsec-faults-"));
  store = new ModelStore(root);
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(root, { recursive: true, force: true });
});

/** All that a store says of itself. */
async function told(of: ModelStore): Promise<unknown> {
  return { state: await of.state(kind), models: await of.list(kind), history: await of.history(kind) };
}

/** What lies about in a store's folders that belongs to no model and no change. */
async function leftBehind(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".tmp"));
}

/** Does operations in a process of its own, as a user. @returns the code of each operation's error, or null. */
async function inProcess(folder: string, uid: number, operations: readonly (readonly unknown[])[]): Promise<unknown[]> {
  const repository = new URL("../../..", import.meta.url).pathname;
  const script = new URL("./use-store.ts", import.meta.url).pathname;
  const args = operations.map((operation) => JSON.stringify(operation));
  const env = { ...process.env, TSX_TSCONFIG_PATH: join(repository, "tsconfig.json"), TSX_DISABLE_CACHE: "1" };
  const command = ["--import", "tsx", script, folder, String(uid), ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: repository, env });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line)[1]);
}

describe("a full disk", () => {
  const disk = (): string => join(root, "disk");

  /** A disk of one megabyte. */
  async function mounted(context: TestContext): Promise<ModelStore> {
    await mkdir(disk());
    const { status, stderr, error } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk()]);
    if (status !== 0) context.skip(`no small disk can be mounted here: ${error?.message ?? stderr}`);
    return new ModelStore(disk());
  }
  afterEach(() => {
    spawnSync("umount", [disk()]);
  });

  /** Leaves so many bytes free. */
  async function leaveFree(bytes: number): Promise<void> {
    const filler = join(disk(), "filler");
    await rm(filler, { force: true });
    const piece = new Uint8Array(4096).fill(1);
    let size = 0;
    try {
      for (; ; size += piece.length) await writeFile(filler, piece, { flag: "a" });
    } catch {
      await truncate(filler, Math.max(size - bytes, 0));
    }
  }

  it("fails every change with a clear error, wherever it strikes, and leaves the store as it was", async (context) => {
    const full = await mounted(context);
    const a = await full.install(first);
    const b = await full.install(second);
    await full.activate(a);
    await full.activate(b);
    const changes: ((n: number) => Promise<unknown>)[] = [
      async (n) => full.install(await saveBundle(pipeline, { createdAt: `attempt ${n}` })),
      () => full.rollback(kind),
      (n) => full.alias(kind, `alias ${n}`, a),
      () => full.deactivate(kind),
    ];
    let failed = 0;
    // From no room at all to enough, page by page: it runs out at every step of a change.
    for (let pages = 0; pages < 20; pages++) {
      for (const [number, change] of changes.entries()) {
        await leaveFree(pages * 4096);
        const before = await told(full);
        try {
          await change(pages);
        } catch (error) {
          failed++;
          expect(error).toMatchObject({
            name: "BundleError",
            code: "disk-full",
            message: /no room .* store is as it was/,
          });
          expect(await told(full), `change ${number} with ${pages} pages`).toEqual(before);
        }
        expect(await leftBehind(disk())).toEqual([]);
        expect((await full.active(kind)) === null).toBe((await full.state(kind)).active === null);
      }
    }
    // Each change with no room at all, and the installation, which takes several pages, at each of them.
    expect(failed).toBeGreaterThanOrEqual(10);
    await rm(join(disk(), "filler"));
    await full.activate(a, { why: "room again" });
    const history = await full.history(kind);
    const text = await readFile(join(disk(), kind, "history.jsonl"), "utf8");
    const revisions = text.split("\n").flatMap((line) => {
      try {
        return [JSON.parse(line).revision as number];
      } catch {
        return [];
      }
    });
    expect(revisions.sort((x, y) => x - y)).toEqual(history.map((_, place) => place + 1));
    const copy = JSON.parse(await readFile(join(disk(), kind, "state.json"), "utf8"));
    expect(copy).toMatchObject({ active: a.name, revision: history.length });
  });
});

describe("a folder that cannot be written", () => {
  it("is read all the same, and every change of it refused", async (context) => {
    if (!isRoot) context.skip("only root can become a user who may not write");
    const a = await store.install(first);
    await store.activate(a);
    await writeFile(join(root, "second"), second);
    await chmod(root, 0o755);
    const before = await told(store);
    const codes = await inProcess(root, NOBODY, [
      ["open"],
      ["list", kind],
      ["info", kind, a.name],
      ["state", kind],
      ["history", kind],
      ["stats", kind],
      ["active", kind],
      ["install", join(root, "second")],
      ["deactivate", kind],
      ["alias", kind, "one", a.name],
      ["remove", kind, a.name],
    ]);
    const readable = [null, null, null, null, null, null, null];
    expect(codes).toEqual([...readable, "store-inaccessible", "store-inaccessible", "store-inaccessible", "in-use"]);
    expect(await told(store)).toEqual(before);
    expect(await leftBehind(root)).toEqual([]);
  });

  it("that cannot even be read is an error that says so", async (context) => {
    if (!isRoot) context.skip("only root can become a user who may not read");
    await store.install(first);
    await chmod(join(root, kind), 0o700);
    await chmod(root, 0o755);
    const codes = await inProcess(root, NOBODY, [["open"], ["list", kind], ["state", kind], ["active", kind]]);
    expect(codes).toEqual(Array.from({ length: 4 }, () => "store-inaccessible"));
  });
});

describe("two processes", () => {
  it("that activate at once lose no change of each other", async () => {
    const [a, b] = [await store.install(first), await store.install(second)];
    const times = 15;
    const operations = (own: string, other: string): unknown[][] =>
      Array.from({ length: times }, (_, i) => ["activate", { kind, name: i % 2 === 0 ? own : other }, { by: own }]);
    const codes = await Promise.all([
      inProcess(root, 0, operations(a.name, b.name)),
      inProcess(root, 0, operations(b.name, a.name)),
    ]);
    expect(codes.flat()).toEqual(Array.from({ length: 2 * times }, () => null));
    const history = (await store.history(kind)).filter(({ action }) => action === "activate");
    // Activating what is active is no change; each of the others follows the one before it.
    for (const [place, { before }] of history.entries()) expect(before).toBe(history[place - 1]?.model ?? null);
    expect(new Set(history.map(({ by }) => by)).size).toBe(2);
    const names = (await readdir(join(root, kind, "changes"))).sort();
    expect(names.map((name) => Number.parseInt(name, 10))).toEqual(names.map((_, place) => place + 1));
    expect(names).toHaveLength(history.length + 2);
    expect((await store.state(kind)).active).toBe(history.at(-1)!.model);
  });
});

describe("a model in use", () => {
  it("gives whole verdicts of one model or the other while it is replaced, removed and installed again", async () => {
    const rows = flows(50, 9);
    const expected = new Map<string, unknown>();
    let [a, b] = [await store.install(first), await store.install(second)];
    for (const model of [a, b]) expected.set(model.digest, (await store.load(model)).detectColumns(rows));
    expect(new Set([...expected.values()].map((verdicts) => JSON.stringify(verdicts))).size).toBe(2);
    await store.activate(a);
    const errors: unknown[] = [];
    const active = await store.watch(kind, { everyMs: 1, onError: (error) => errors.push(error) });
    const seen = new Set<string>();
    const judge = (): void => {
      const detector = active.detector!;
      const digest = detector.bundle.digest.slice(0, 12);
      expect(detector.detectColumns(rows)).toEqual(expected.get(digest));
      seen.add(digest);
    };
    for (let round = 0; round < 20; round++) {
      await store.activate(b);
      judge();
      await store.remove(kind, a);
      await active.refresh();
      judge();
      expect((await store.active(kind))!.bundle.digest.slice(0, 12)).toBe(b.digest);
      [a, b] = [b, await store.install(round % 2 === 0 ? first : second)];
    }
    active.close();
    expect(errors).toEqual([]);
    expect(seen.size).toBe(2);
  });

  it("goes on where its folder is lost, and says what is missing to who loads it anew", async () => {
    const a = await store.install(first);
    await store.activate(a);
    const active = await store.watch(kind, { everyMs: 1e6 });
    await rm(a.folder, { recursive: true });
    await active.refresh();
    expect(active.detector!.detect(flows(3))).toHaveLength(3);
    await expect(store.active(kind)).rejects.toMatchObject({ code: "file-not-readable" });
    active.close();
  });
});

describe("a clock that goes back", () => {
  it("changes neither the order of models nor that of changes", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime("2026-03-04T12:00:00Z");
    const a = await store.install(first);
    vi.setSystemTime("2026-03-04T11:00:00Z");
    const b = await store.install(second);
    const c = await store.install(third);
    await store.activate(a);
    vi.setSystemTime("2025-12-31T23:59:59Z");
    await store.activate(c);
    expect([a, b, c].map(({ version }) => version)).toEqual(["20260304_120000", "20260304_120001", "20260304_120002"]);
    expect((await store.list(kind)).map(({ name }) => name)).toEqual([a, b, c].map(({ name }) => name));
    expect((await store.info(kind, b)).record.installedAt).toBe("2026-03-04T11:00:00.000Z");
    const history = await store.history(kind);
    expect(history.map(({ action, model }) => [action, model])).toEqual([
      ["install", a.name],
      ["install", b.name],
      ["install", c.name],
      ["activate", a.name],
      ["activate", c.name],
    ]);
    expect(await store.rollback(kind)).toMatchObject({ active: a.name, previous: c.name });
    // What this process is writing aside is not taken for abandoned.
    const aside = join(root, kind, `.${a.name}.${process.pid}.00000000-0000-4000-8000-000000000000.tmp`);
    await mkdir(aside);
    await ModelStore.open(root);
    expect(await leftBehind(root)).toHaveLength(1);
  });
});
