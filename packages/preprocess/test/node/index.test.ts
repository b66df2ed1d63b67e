import { appendFileSync, createReadStream } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { readCsv, readCsvBatches, toCsv } from "@mlsec/preprocess";
import { csvFile, readCsvFile } from "@mlsec/preprocess/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rejectionOf } from "../support.js";

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlsec-csv-"));
  path = join(folder, "flows é.csv");
  await writeFile(path, "a,b\n1,x\n");
});

afterAll(() => rm(folder, { recursive: true }));

test("a file is read by path and by URL, and a csvFile more than once", async () => {
  expect(toCsv(await readCsvFile(path))).toBe("a,b\n1,x\n");
  expect(toCsv(await readCsvFile(pathToFileURL(path)))).toBe("a,b\n1,x\n");
  const file = csvFile(path);
  expect(toCsv(await readCsv(file, { select: ["b"] }))).toBe("b\nx\n");
  expect(toCsv(await readCsv(file))).toBe("a,b\n1,x\n");
});

test("a file's stream is read as it comes", async () => {
  expect(toCsv(await readCsv(createReadStream(path)))).toBe("a,b\n1,x\n");
  const options = { select: ["a"], types: { a: "number" } } as const;
  const batches: string[] = [];
  for await (const batch of readCsvBatches(createReadStream(path), options)) batches.push(toCsv(batch));
  expect(batches).toEqual(["a\n1\n"]);
});

test("a file that is not there and a folder are refused by name", async () => {
  for (const wrong of [join(folder, "none.csv"), folder]) {
    const error = await rejectionOf(readCsvFile(wrong));
    expect(error).toMatchObject({ code: "file-not-readable", details: { path: String(wrong) } });
    expect((await rejectionOf(readCsv(csvFile(wrong)))).code).toBe("file-not-readable");
  }
});

test("faults in the content are not blamed on the file", async () => {
  const ragged = join(folder, "ragged.csv");
  await writeFile(ragged, "a,b\n1\n");
  expect((await rejectionOf(readCsvFile(ragged))).code).toBe("csv-issues");
});

test("the main entry reads a file: URL, plain or packed", async () => {
  expect(toCsv(await readCsv(pathToFileURL(path)))).toBe("a,b\n1,x\n");
  const packed = join(folder, "flows.csv.gz");
  await writeFile(packed, gzipSync("a,b\n1,x\n"));
  const seen: unknown[] = [];
  const table = await readCsv(pathToFileURL(packed), { onProgress: (...told) => seen.push(told) });
  expect(toCsv(table)).toBe("a,b\n1,x\n");
  const { size } = await stat(packed);
  expect(seen).toEqual([[size, 1, size]]);
  const gone = await rejectionOf(readCsv(pathToFileURL(join(folder, "none.csv"))));
  expect(gone.code).toBe("file-not-readable");
});

test("an http: URL is fetched, and one that fails is named with its status", async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/flows.csv" ? 200 : 404;
    response.end("a,b\n1,x\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    expect(toCsv(await readCsv(new URL(`${base}/flows.csv`)))).toBe("a,b\n1,x\n");
    const error = await rejectionOf(readCsv(new URL(`${base}/none.csv`)));
    expect(error).toMatchObject({ code: "url-not-readable", message: expect.stringContaining("404") });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  expect((await rejectionOf(readCsv(new URL(`${base}/flows.csv`)))).code).toBe("url-not-readable");
});

test("a file that changes between its passes is noticed", async () => {
  const changing = join(folder, "changing.csv");
  await writeFile(changing, "a\n1\nx\n");
  const onProgress = (_: number, pass: number): void => {
    if (pass === 1) appendFileSync(changing, "y\n");
  };
  expect((await rejectionOf(readCsvFile(changing, { onProgress }))).code).toBe("csv-changed");
});
