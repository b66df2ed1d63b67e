import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readCsv, toCsv } from "@mlsec/preprocess";
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
