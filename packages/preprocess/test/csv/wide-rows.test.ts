import { csvRecords, readCsv, readCsvBatches } from "@mlsec/preprocess";
import { afterEach, describe, expect, test, vi } from "vitest";
import { rejectionOf, utf8 } from "../support.js";

afterEach(() => vi.unstubAllGlobals());

const FIELDS = 10_000_000;
const CHUNK_FIELDS = 50_000;

/** A file of two columns whose row 1 has ten million fields, and how many bytes of it were asked for. */
function wideFile(): { readonly file: { open(): AsyncGenerator<Uint8Array> }; readonly bytesRead: () => number } {
  let read = 0;
  async function* open(): AsyncGenerator<Uint8Array> {
    for (let fields = -CHUNK_FIELDS; fields < FIELDS; fields += CHUNK_FIELDS) {
      const chunk = utf8(fields < 0 ? "a,b\n1,2\n3" : ",5".repeat(CHUNK_FIELDS));
      read += chunk.length;
      yield chunk;
    }
  }
  return { file: { open }, bytesRead: () => read };
}

async function all(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

const types = new Map([
  ["a", "number"],
  ["b", "text"],
] as const);

// Breaks where a row may have as many fields as it likes, so that a binary file is read to its end before it is refused.
describe.each(["with the kernel", "without it"])("a row of ten million fields is refused early %s", (way) => {
  test.each([
    ["readCsv", (file) => readCsv(file)],
    ["readCsv, faults to be missing", (file) => readCsv(file, { policy: "missing" })],
    ["readCsv, one column", (file) => readCsv(file, { select: ["b"] })],
    ["readCsv, a delimiter to be found", (file) => readCsv(file, { delimiter: "auto" })],
    ["readCsvBatches", (file) => all(readCsvBatches(file))],
    ["readCsvBatches of bound types", (file) => all(readCsvBatches(file, { select: ["a", "b"], types }))],
    ["csvRecords", (file) => all(csvRecords(file))],
  ] as [string, (file: ReturnType<typeof wideFile>["file"]) => Promise<unknown>][])("by %s", async (_, read) => {
    if (way === "without it") vi.stubGlobal("WebAssembly", undefined);
    const { file, bytesRead } = wideFile();
    const error = await rejectionOf(read(file));
    expect(error.code).toBe("csv-too-many-columns");
    expect(error.details["limit"]).toBe(65_536);
    expect(bytesRead()).toBeLessThan(1_000_000);
  });
});

test("a row of as many fields as a file may have columns is a ragged one", async () => {
  const text = `a\n1\n${"2,".repeat(65_535)}2\n`;
  const error = await rejectionOf(readCsv(text));
  expect(error.details["counts"]).toMatchObject([{ kind: "ragged-row", count: 1 }]);
  expect((await rejectionOf(readCsv(`a\n1\n${"2,".repeat(65_536)}2\n`))).code).toBe("csv-too-many-columns");
});
