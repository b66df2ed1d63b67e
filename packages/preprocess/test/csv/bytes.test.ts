import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { readBytes } from "../../src/index.js";

const BYTES = Uint8Array.from({ length: 1000 }, (_, k) => (k * 7) % 251);

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk.slice());
  return Buffer.concat(pieces);
}

/** A source that overwrites a chunk once the next one is asked for, as files are read. */
async function* reused(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    buffer.set(chunk);
    yield buffer.subarray(0, chunk.length);
    buffer.fill(0xee);
  }
}

it.each([1, 2, 3, 100])("gives the bytes of a source that reuses its buffer, in chunks of %i", async (size) => {
  expect(Buffer.compare(await all(readBytes(reused(BYTES, size))), BYTES)).toBe(0);
  expect(Buffer.compare(await all(readBytes(reused(gzipSync(BYTES), size))), BYTES)).toBe(0);
});

it("refuses what has no bytes", async () => {
  const error = await all(readBytes(5 as never)).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: "unreadable-source" });
});
