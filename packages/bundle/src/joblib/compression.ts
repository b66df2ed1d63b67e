import { JoblibError } from "./joblib-error.js";
import { MAX_JOBLIB_BYTES } from "./limits.js";

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

/** How a file is packed, by its first bytes. */
export function compressionOf(bytes: Uint8Array): JoblibCompression {
  const known = MAGIC.find(([, magic]) => magic.every((byte, place) => bytes[place] === byte));
  if (known !== undefined) return known[0];
  // zlib (RFC 1950): deflate with a window of 32 KB, and a check of both bytes.
  return bytes[0] === 0x78 && (bytes[0] * 256 + (bytes[1] ?? 0)) % 31 === 0 ? "zlib" : "none";
}

/**
 * The unpacked bytes of a file.
 *
 * @param maxBytes most bytes that it may unpack to: no more are unpacked.
 * @throws JoblibError `unsupported-compression`, `invalid-compression`, `too-large`.
 */
export async function unpacked(
  bytes: Uint8Array,
  compression: JoblibCompression,
  maxBytes: number = MAX_JOBLIB_BYTES,
): Promise<Uint8Array> {
  if (compression === "none") return bytes;
  if (compression !== "zlib" && compression !== "gzip") {
    throw new JoblibError(
      "unsupported-compression",
      `The file is packed with ${compression}, which is not read. Write it again in Python with joblib.dump(object, file, compress=("zlib", 3)).`,
      { compression },
    );
  }
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
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new JoblibError(
      "invalid-compression",
      `The file is packed with ${compression} and damaged or cut short (${reason}).`,
      { compression },
      { cause },
    );
  }
  if (length > maxBytes) {
    await reader.cancel();
    throw new JoblibError("too-large", `The file unpacks to more than ${maxBytes} bytes, which is the limit.`, {
      limit: maxBytes,
    });
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
