import type { Random } from "@mlsec/preprocess/numeric";

/** Bytes that mean something in texts of records and numbers, or at the edges of ranges. */
const NASTY = [
  0x00, 0x01, 0x0a, 0x0d, 0x1f, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x39, 0x5b, 0x5c, 0x65, 0x7b, 0x7d, 0x7f, 0x80, 0x8b,
  0x96, 0xc3, 0xef, 0xfe, 0xff,
];

/** The bytes with so many changes: a byte replaced, taken out or put in; some repeated or taken out; the end cut off. */
export function mutated(random: Random, bytes: Uint8Array, changes: number): Uint8Array {
  let result: Uint8Array = bytes.slice();
  for (let change = 0; change < changes; change++) {
    const at = random.below(Math.max(result.length, 1));
    const byte = random.below(3) === 0 ? random.below(256) : pick(random, NASTY);
    const action = random.below(6);
    if (action === 0) result = spliced(result, at, 1, Uint8Array.of(byte));
    else if (action === 1) result = spliced(result, at, 1);
    else if (action === 2) result = spliced(result, at, 0, Uint8Array.of(byte));
    else if (action === 3) result = spliced(result, at, 0, result.slice(at, at + random.below(30)));
    else if (action === 4) result = spliced(result, at, random.below(30));
    else if (random.below(4) === 0) result = result.slice(0, at);
  }
  return result;
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)]!;
}

export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The first bytes of an input, for the report of a failure. */
export function shownBytes(bytes: Uint8Array): string {
  return `${bytes.length} bytes (base64) ${Buffer.from(bytes.subarray(0, 500)).toString("base64")}`;
}

function spliced(bytes: Uint8Array, at: number, count: number, put: Uint8Array = new Uint8Array(0)): Uint8Array {
  const rest = bytes.subarray(at + count);
  const result = new Uint8Array(at + put.length + rest.length);
  result.set(bytes.subarray(0, at));
  result.set(put, at);
  result.set(rest, at + put.length);
  return result;
}
