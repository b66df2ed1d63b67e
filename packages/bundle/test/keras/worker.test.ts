import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { inflateSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importJoblib } from "../../src/joblib/index.js";
import { KerasError, readKeras, readKerasInWorker, serveKeras } from "../../src/keras/index.js";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const { cases, bundle } = JSON.parse(
  readFileSync(new URL("../fixtures/keras/models.json", import.meta.url), "utf8"),
) as {
  readonly cases: readonly { readonly name: string; readonly file: string; readonly config: string | null }[];
  readonly bundle: { readonly file: string };
};
const bytesOf = (part: string): Uint8Array =>
  new Uint8Array(inflateSync(Buffer.from(cases.find(({ name }) => name.includes(part))!.file, "base64")));

let files: Record<"reader" | "busy" | "broken", string>;

/** A worker's file from the sources, as a user's bundler makes one. */
async function workerFile(name: string, contents: string): Promise<string> {
  mkdirSync(`${ROOT}out/test-worker`, { recursive: true });
  const outfile = `${ROOT}out/test-worker/keras-${name}-${process.pid}.mjs`;
  await build({
    stdin: { contents, resolveDir: `${ROOT}packages/bundle` },
    alias: { "#keras": `${ROOT}packages/bundle/src/keras/index.ts` },
    tsconfig: `${ROOT}tsconfig.json`,
    bundle: true,
    platform: "neutral",
    format: "esm",
    outfile,
    logLevel: "error",
  });
  return outfile;
}

beforeAll(async () => {
  files = {
    reader: await workerFile("reader", 'import { serveKeras } from "#keras"; serveKeras();'),
    busy: await workerFile("busy", "for (;;);"),
    broken: await workerFile("broken", 'throw new Error("no reader");'),
  };
});
afterAll(() => {
  for (const file of Object.values(files)) rmSync(file);
});

/** Starts workers, and knows of them when they are gone. */
function watched(file: keyof typeof files): { createWorker: () => Worker; ended: Promise<number> } {
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const createWorker = (): Worker => new Worker(files[file]).on("exit", (code) => end(code));
  return { createWorker, ended };
}

/** A network of one wide layer without anything in it, which packs well. */
async function zeros(width: number): Promise<{ bytes: Uint8Array; config: unknown }> {
  const h5 = await import("h5wasm");
  const { FS } = await h5.ready;
  const file = new h5.File("/zeros.h5", "w");
  const layers = file.create_group("layers");
  for (const [name, units] of [
    ["dense", width],
    ["dense_1", 1],
  ] as const) {
    const vars = layers.create_group(name).create_group("vars");
    const [kernel, bias] = [new Float32Array(width * units), new Float32Array(units)];
    const chunks = [64, units];
    vars.create_dataset({ name: "0", data: kernel, shape: [width, units], chunks, compression: "gzip" });
    vars.create_dataset({ name: "1", data: bias, shape: [units] });
  }
  file.close();
  const dense = (units: number, activation: string) => ({
    class_name: "Dense",
    config: { name: `dense of ${units}`, units, activation, batch_shape: [null, width] },
  });
  return {
    bytes: FS.readFile("/zeros.h5") as Uint8Array,
    config: { name: "zeros", layers: [dense(width, "relu"), dense(1, "sigmoid")] },
  };
}

describe("readKerasInWorker", () => {
  it("reads what readKeras reads, in a worker that is gone afterwards", async () => {
    const { createWorker, ended } = watched("reader");
    const bytes = bytesOf("two LSTMs");
    const config = cases.find(({ name }) => name.includes("two LSTMs"))!.config;
    const there = await readKerasInWorker(bytes, { config, createWorker });
    const { network, ...here } = await readKeras(bytes, { config });
    expect(there).toMatchObject(here);
    expect(there.network.toJSON()).toEqual(network.toJSON());
    await ended;
  });

  it("hands on why a file is refused", async () => {
    const refused = readKerasInWorker(bytesOf("tanh gates"), { createWorker: watched("reader").createWorker });
    await expect(refused).rejects.toMatchObject({
      code: "unsupported-option",
      details: { layer: "gates", option: "recurrent_activation" },
    });
    const cut = readKerasInWorker(bytesOf(", h5").slice(0, 5000), { createWorker: watched("reader").createWorker });
    await expect(cut).rejects.toMatchObject({ code: "invalid-keras" });
    await expect(cut).rejects.toBeInstanceOf(KerasError);
  });

  it("ends a worker that takes too long, whatever it does", async () => {
    const { createWorker, ended } = watched("busy");
    const slow = readKerasInWorker(bytesOf(", h5"), { createWorker, timeoutMs: 300 });
    await expect(slow).rejects.toMatchObject({ code: "too-slow", details: { limit: 300 } });
    await ended;
  });

  it("ends a worker that a damaged file keeps busy without end", async () => {
    const { file } = JSON.parse(readFileSync(new URL("../fixtures/keras/endless.json", import.meta.url), "utf8")) as {
      readonly file: string;
    };
    const { createWorker, ended } = watched("reader");
    const bytes = new Uint8Array(inflateSync(Buffer.from(file, "base64")));
    await expect(readKerasInWorker(bytes, { createWorker, timeoutMs: 2000 })).rejects.toMatchObject({
      code: "too-slow",
    });
    await ended;
  });

  it("refuses a file that HDF5 needs more memory for than it may have", async () => {
    const { bytes, config } = await zeros(2048);
    expect(bytes.length).toBeLessThan(200_000);
    const read = (memoryBytes: number) =>
      readKerasInWorker(bytes, { config, memoryBytes, createWorker: watched("reader").createWorker });
    await expect(read(20e6)).rejects.toMatchObject({ code: "invalid-keras" });
    expect((await read(200e6)).network.spec.width).toBe(2048);
  });

  it("says that a worker could not do it", async () => {
    const broken = readKerasInWorker(bytesOf(", h5"), { createWorker: watched("broken").createWorker });
    await expect(broken).rejects.toMatchObject({
      code: "worker-failed",
      message: expect.stringContaining("no reader"),
    });
    const none = readKerasInWorker(bytesOf(", h5"), {
      createWorker: () => {
        throw new Error("not here");
      },
    });
    await expect(none).rejects.toMatchObject({ code: "worker-failed" });
    await expect(readKerasInWorker(bytesOf(", h5"), { timeoutMs: 0 })).rejects.toMatchObject({
      code: "invalid-option",
    });
    expect(() => serveKeras()).toThrow(KerasError);
  });

  it("reads the networks of a training script's bundle", async () => {
    const { kind } = await importJoblib(new Uint8Array(Buffer.from(bundle.file, "base64")), {
      keras: (bytes, options) => readKerasInWorker(bytes, { ...options, createWorker: watched("reader").createWorker }),
    });
    expect(kind).toBe("threat_detector");
  });
});
