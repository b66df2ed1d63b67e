import { JoblibError } from "./joblib-error.js";

/** How a file is packed. */
export type JoblibCompression = "none" | "zlib" | "gzip" | "bz2" | "lzma" | "xz" | "lz4" | "zf";

/** First bytes of packed files, as joblib tells them apart. No pickle begins so. */
const MAGIC: readonly (readonly [JoblibCompression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["bz2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["lzma", [0x5d, 0x00]],
  ["lz4", [0x04, 0x22, 0x4d, 0x18]],
  // joblib before 0.10: "ZF", a length in hexadecimal digits, zlib.
  ["zf", [0x5a, 0x46]],
];

/**
 * Unpacks a whole file.
 *
 * @param maxBytes most bytes that it may unpack to; it should stop there, as a small file can claim any size.
 */
export type Decompress = (packed: Uint8Array, maxBytes: number) => Uint8Array | Promise<Uint8Array>;

/** How a file is packed, by its first bytes. */
export function compressionOf(bytes: Uint8Array): JoblibCompression {
  const known = MAGIC.find(([, magic]) => magic.every((byte, place) => bytes[place] === byte));
  if (known !== undefined) return known[0];
  // zlib (RFC 1950): deflate with a window of 32 KB, and a check of both bytes.
  return bytes[0] === 0x78 && (bytes[0] * 256 + (bytes[1] ?? 0)) % 31 === 0 ? "zlib" : "none";
}

/**
 * The unpacked bytes of a file: zlib and gzip by the runtime, others by functions that are given.
 *
 * @param maxBytes most bytes that it may unpack to: no more are unpacked.
 * @throws JoblibError `unsupported-compression`, `invalid-compression`, `too-large`.
 */
export async function unpacked(
  bytes: Uint8Array,
  compression: JoblibCompression,
  maxBytes: number,
  others: Partial<Readonly<Record<JoblibCompression, Decompress>>>,
): Promise<Uint8Array> {
  if (compression === "none") return bytes;
  const other = others[compression];
  if (other !== undefined) return unpackedBy(other, bytes, compression, maxBytes);
  if (compression === "zlib" || compression === "gzip") return inflated(bytes, compression, maxBytes);
  throw new JoblibError(
    "unsupported-compression",
    `The file is packed with ${compression}. Give a function that unpacks it, decompress: { ${compression}: … }, or write it again in Python with joblib.dump(object, file, compress=("zlib", 3)).`,
    { compression },
  );
}

async function unpackedBy(
  decompress: Decompress,
  bytes: Uint8Array,
  compression: JoblibCompression,
  maxBytes: number,
): Promise<Uint8Array> {
  let whole: Uint8Array;
  try {
    whole = await decompress(bytes, maxBytes);
  } catch (cause) {
    throw damaged(compression, cause);
  }
  if (whole.length > maxBytes) throw tooLarge(maxBytes);
  return whole;
}

async function inflated(bytes: Uint8Array, compression: "zlib" | "gzip", maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // What the runtime calls deflate is zlib.
  const stream = new DecompressionStream(compression === "zlib" ? "deflate" : "gzip");
  const packed = new Blob([bytes as BlobPart]).stream();
  const reader = packed.pipeThrough(stream as TransformStream<Uint8Array, Uint8Array>).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.length;
      if (length > maxBytes) break;
      chunks.push(next.value);
    }
  } catch (cause) {
    throw damaged(compression, cause);
  }
  if (length > maxBytes) {
    await reader.cancel();
    throw tooLarge(maxBytes);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function damaged(compression: JoblibCompression, cause: unknown): JoblibError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new JoblibError(
    "invalid-compression",
    `The file is packed with ${compression} and damaged or cut short (${reason}).`,
    { compression },
    { cause },
  );
}

function tooLarge(limit: number): JoblibError {
  return new JoblibError("too-large", `The file unpacks to more than ${limit} bytes, which is the limit.`, { limit });
}
