import { gzipSync } from "node:zlib";
import { CsvError, csvRecords, readCsv } from "@mlsec/preprocess";
import { expect, test } from "vitest";
import { cellsOf, inChunks, rejectionOf, utf8 } from "../support.js";

const text = `a,b\n${Array.from({ length: 5000 }, (_, row) => `${row},t${row % 7}`).join("\n")}\n`;
const packed = new Uint8Array(gzipSync(text));

test("gzip is recognised by its first bytes, however the bytes come", async () => {
  const expected = cellsOf(await readCsv(text));
  for (const source of [packed, new Blob([packed]), inChunks(packed, [1]), inChunks(packed, [1000])]) {
    expect(cellsOf(await readCsv(source))).toEqual(expected);
  }
  let records = 0;
  for await (const _ of csvRecords(packed)) records++;
  expect(records).toBe(5001);
});

test("members one after the other are one file", async () => {
  const two = new Uint8Array([...packed, ...gzipSync("7,x\n")]);
  expect((await readCsv(two)).rows).toBe(5001);
});

test.each([
  ["cut in its trailer", packed.subarray(0, -4)],
  ["cut in its data", packed.subarray(0, packed.length >> 1)],
  ["cut in its header", packed.subarray(0, 5)],
  ["with a wrong checksum", packed.map((byte, at) => (at === packed.length - 6 ? byte ^ 1 : byte))],
  ["with something behind it", new Uint8Array([...packed, ...utf8("hello")])],
])("a file %s is damaged, not short", async (_, bytes) => {
  const error = await rejectionOf(readCsv(bytes));
  expect(error).toBeInstanceOf(CsvError);
  expect(error.code).toBe("csv-gzip");
});

test("a file that unpacks to hundreds of times its size is refused before it fills the memory", async () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(200 << 20).fill(0x0a), { level: 9 }));
  const error = await rejectionOf(readCsv(bomb));
  expect(error).toMatchObject({ code: "csv-gzip", details: { limit: 400 } });
  expect(error.details["unpacked"]).toBeLessThan(110e6);
});

test("a failing source is not taken for damaged gzip", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield packed.subarray(0, 100);
    throw new RangeError("cable cut");
  }
  await expect(readCsv(failing())).rejects.toThrow(new RangeError("cable cut"));
});

test("reading that stops early lets the source go", async () => {
  let released = false;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield* inChunks(packed, [500]);
    } finally {
      released = true;
    }
  }
  expect((await readCsv(chunks(), { maxRows: 10 })).rows).toBe(10);
  await expect.poll(() => released).toBe(true);
});
