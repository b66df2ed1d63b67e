import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, test } from "vitest";

const PEERS = ["hyparquet", "hyparquet-compressors", "arquero", "ml-matrix"];
const SOURCES = new URL("../src/", import.meta.url).pathname;

/** A folder outside of the repository, where no peer is installed. */
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mlsec-peers-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function loadAlone(entry: string, external: readonly string[]): Promise<Record<string, any>> {
  const outfile = join(folder, `${entry.replaceAll("/", "-")}-${external.length}.mjs`);
  const options = { bundle: true, format: "esm", platform: "node", logLevel: "silent" } as const;
  await build({
    ...options,
    entryPoints: [join(SOURCES, entry, "index.ts")],
    outfile,
    external: [...external],
  });
  // Imported by Node itself: the test runner would look for packages in the repository.
  return import(/* @vite-ignore */ pathToFileURL(outfile).href);
}

test("without hyparquet, reading Parquet says which package to install", async () => {
  const { readParquet } = await loadAlone("parquet", PEERS);
  const error = await readParquet(new Uint8Array(100)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "MlsecError", code: "missing-peer", details: { package: "hyparquet" } });
  expect(error.message).toContain("npm install hyparquet");
});

test("without hyparquet-compressors, snappy is read and gzip says which package to install", async () => {
  const { readParquet } = await loadAlone("parquet", ["hyparquet-compressors"]);
  const columnData = [{ name: "x", data: [1, 2, 3], type: "INT32" as const }];
  const snappy = await readParquet(new Uint8Array(parquetWriteBuffer({ columnData })));
  expect([...snappy.numbers("x")]).toEqual([1, 2, 3]);
  const gzip = parquetWriteBuffer({ columnData, codec: "GZIP", compressors: { GZIP: gzipSync } });
  const error = await readParquet(new Uint8Array(gzip)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "missing-peer", details: { package: "hyparquet-compressors" } });
});

test.each([".", "arquero", "ml-matrix"])("the entry %j loads without any peer", async (entry) => {
  expect(Object.keys(await loadAlone(entry, PEERS)).length).toBeGreaterThan(1);
});
