import { csvRecords } from "@mlsec/preprocess";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inChunks, rejectionOf, utf8 } from "../support.js";

async function records(source: Parameters<typeof csvRecords>[0], delimiter?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const record of csvRecords(source, delimiter === undefined ? {} : { delimiter })) {
    found.push(new TextDecoder("utf-8", { ignoreBOM: true }).decode(record));
  }
  return found;
}

test("records come as they are written, without line ends, byte order mark and empty lines", async () => {
  const text = '\uFEFFa, b \r\n\r\n"x\r\ny","z ""q"""\r1,2\n\n3,4';
  expect(await records(text)).toEqual(["a, b ", '"x\r\ny","z ""q"""', "1,2", "3,4"]);
});

test("any chunking of the bytes gives the same records", async () => {
  const piece = fc.constantFrom("a", "é", ",", '"', '""', "\n", "\r\n", "\r", " ", "1.5", "\uFEFF");
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      async (pieces, sizes) => {
        const text = pieces.join("");
        expect(await records(inChunks(utf8(text), sizes))).toEqual(await records(text));
      },
    ),
    { numRuns: 500 },
  );
});

test("a byte order mark split over chunks is passed over; two bytes of one are data", async () => {
  expect(await records(inChunks(utf8("\uFEFFa\n1"), [1]))).toEqual(["a", "1"]);
  expect(await records(Uint8Array.of(0xef, 0xbb))).toHaveLength(1);
});

test("a quote that is never closed ends with the file", async () => {
  expect(await records('a\n"b\nc,d\n')).toEqual(["a", '"b\nc,d\n']);
  expect(await records('"')).toEqual(['"']);
});

test("a file may hand out its chunks in one buffer", async () => {
  async function* reusing(): AsyncGenerator<Uint8Array> {
    const buffer = new Uint8Array(6);
    for (const text of ["a,b\n1,", "2\n3,4\n"]) {
      buffer.set(utf8(text));
      yield buffer;
    }
  }
  expect(await records({ open: reusing })).toEqual(["a,b", "1,2", "3,4"]);
});

test("a delimiter other than the comma leaves quoted ones alone", async () => {
  expect(await records('"a;b";c\n1,2;3', ";")).toEqual(['"a;b";c', "1,2;3"]);
});

test.each(["", ";;", '"', "\n", "\r", "é"])("%j is not a delimiter", async (delimiter) => {
  expect((await rejectionOf(records("a", delimiter))).code).toBe("invalid-option");
});

test("a record longer than 16 MiB is refused with its number, in one piece or in many", async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield utf8('a,b\n1,2\n"');
    for (const block = new Uint8Array(4 << 20).fill(0x78); ; ) yield block;
  }
  const streamed = await rejectionOf(records({ open: endless }));
  expect(streamed).toMatchObject({ code: "csv-record-too-long", details: { record: 2 } });
  const whole = new Uint8Array((16 << 20) + 2).fill(0x78);
  whole[0] = 0x0a;
  expect((await rejectionOf(records({ open: () => inChunks(whole, [whole.length]) }))).code).toBe(
    "csv-record-too-long",
  );
});

test("65,536 columns are read, one more is refused", async () => {
  expect(await records(",".repeat(65_535))).toHaveLength(1);
  expect((await rejectionOf(records(",".repeat(65_536)))).code).toBe("csv-too-many-columns");
});

// Breaks where every chunk has all bytes of an incomplete record read again.
test("a long record in many small chunks is found in linear time", async () => {
  const text = `a\n"${"x".repeat(2 << 20)}"\nb`;
  const found = await records(inChunks(utf8(text), [32]));
  expect(found.map(({ length }) => length)).toEqual([1, (2 << 20) + 2, 1]);
});
