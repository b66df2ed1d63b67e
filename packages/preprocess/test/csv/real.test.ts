import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type CsvNotice, concatTables, fingerprintTable, readCsv, readCsvBatches, type Table } from "@mlsec/preprocess";
import { csvFile } from "@mlsec/preprocess/node";
import { describe, expect, test } from "vitest";

const data = process.env["MLSEC_DATA"];

describe.skipIf(data === undefined)("CSV of the real datasets", () => {
  const path = join(data ?? "", "cicids2017", "original-sample.csv");

  test("a Windows-1252 copy, with byte 0x96 as the dash, differs in the dash alone, and says so", async () => {
    const text = readFileSync(path, "utf8");
    expect(text).toContain("\uFFFD");
    const copy = Uint8Array.from(text, (character) => (character === "\uFFFD" ? 0x96 : character.charCodeAt(0)));
    const notices: CsvNotice[] = [];
    const read = await readCsv(copy, { onNotice: (notice) => notices.push(notice) });
    const original = await readCsv(csvFile(path));
    expect(notices.map(({ kind }) => kind)).toEqual(["encoding"]);
    expect(read.texts(" Label")).toEqual(original.texts(" Label").map((label) => label!.replace("\uFFFD", "–")));
    expect(read.drop([" Label"])).toEqual(original.drop([" Label"]));
  });

  test("packed, in batches or whole, the same rows", async () => {
    const whole = (await fingerprintTable(await readCsv(csvFile(path)))).sha256;
    expect((await fingerprintTable(await readCsv(new Uint8Array(gzipSync(readFileSync(path)))))).sha256).toBe(whole);
    const tables: Table[] = [];
    for await (const table of readCsvBatches(csvFile(path), { batchRows: 1000 })) tables.push(table);
    expect(tables).toHaveLength(10);
    expect((await fingerprintTable(concatTables(tables))).sha256).toBe(whole);
  });
});
