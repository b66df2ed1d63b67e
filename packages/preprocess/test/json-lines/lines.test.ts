import { gzipSync } from "node:zlib";
import { scanJsonObject, sourceLines } from "@mlsec/preprocess";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inChunks, rejectionOf, utf8 } from "../support.js";

/** Every line's number and text, taken while its bytes are valid. */
async function linesOf(source: Parameters<typeof sourceLines>[0]): Promise<[number, string][]> {
  const found: [number, string][] = [];
  for await (const lines of sourceLines(source)) {
    for (const { number, bytes } of lines) found.push([number, new TextDecoder().decode(bytes)]);
  }
  return found;
}

describe("sourceLines", () => {
  test("gives the lines that splitting the whole text would, however it is cut and packed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 8 }).filter((text) => !text.includes("\n"))),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        fc.boolean(),
        async (texts, sizes, packed) => {
          const bytes = utf8(texts.map((text) => `${text}\n`).join(""));
          const expected = texts.map((text, at) => [at + 1, text]);
          expect(await linesOf(inChunks(packed ? new Uint8Array(gzipSync(bytes)) : bytes, sizes))).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("ends with a line that has no line feed, and has none for an empty source", async () => {
    expect(await linesOf("a\n\nb")).toEqual([
      [1, "a"],
      [2, ""],
      [3, "b"],
    ]);
    expect(await linesOf("")).toEqual([]);
  });

  test("refuses a line longer than 16 MiB before it is whole, and stops at an abort", async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield new Uint8Array(1 << 20).fill(0x61);
    }
    expect((await rejectionOf(linesOf(endless()))).code).toBe("json-line-too-long");
    const controller = new AbortController();
    controller.abort();
    const lines = sourceLines("a\n", { signal: controller.signal });
    expect((await rejectionOf(lines.next())).code).toBe("aborted");
  });
});

test("scanJsonObject tells every member with its value, copies of a name too", () => {
  const members: unknown[] = [];
  scanJsonObject('{"a":1.50,"a":"x","b":{"c":[1]},"d":null}', (name, value) => members.push([name, value]));
  expect(members).toEqual([
    ["a", { kind: "number", value: 1.5, text: "1.50" }],
    ["a", { kind: "string", value: "x" }],
    ["b", { kind: "nested", text: '{"c":[1]}' }],
    ["d", { kind: "null" }],
  ]);
});
