import { CsvError } from "./issues.js";
import { MAX_GZIP_RATIO, MIN_GZIP_BYTES_LIMITED } from "./limits.js";
import { chunksOf, streamOf } from "./streams.js";

/** True where the first bytes are those of a gzip file (RFC 1952, with deflate, its only method). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08;
}

/**
 * Unpacks gzip through the runtime's `DecompressionStream`. Several members one after the other are one file in Node;
 * browsers refuse what follows the first.
 *
 * @throws CsvError `csv-gzip` for bytes that are cut short or damaged, or that unpack to more than `MAX_GZIP_RATIO` times
 * their size; the source's own errors as they are.
 */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let packed = 0;
  let unpacked = 0;
  let isStopped = false;
  let failure: { readonly cause: unknown } | undefined;
  async function* counted(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of chunks) {
        if (isStopped) return;
        packed += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      failure = { cause };
      throw cause;
    }
  }
  const source = counted();
  const stream = streamOf(source).pipeThrough(new DecompressionStream("gzip") as TransformStream);
  const pieces = chunksOf(stream);
  try {
    for (;;) {
      const piece = await pieces.next().catch((cause: unknown) => {
        throw failure?.cause ?? damaged(cause, packed);
      });
      if (piece.done) return;
      unpacked += piece.value.length;
      if (unpacked > MIN_GZIP_BYTES_LIMITED && unpacked > packed * MAX_GZIP_RATIO) throw tooSmall(packed, unpacked);
      yield piece.value;
    }
  } finally {
    // Not every runtime's pipe stops asking the source when its reader leaves. A source that hangs must not hold us up.
    isStopped = true;
    void source.return(undefined).catch(() => undefined);
    await pieces.return(undefined);
  }
}

function damaged(cause: unknown, packed: number): CsvError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CsvError(
    "csv-gzip",
    `The gzip is damaged or cut short within its first ${packed} bytes (${reason}). Fetch or pack the file again.`,
    { packed },
    { cause },
  );
}

function tooSmall(packed: number, unpacked: number): CsvError {
  return new CsvError(
    "csv-gzip",
    `The gzip unpacks to more than ${MAX_GZIP_RATIO} times its size. If it is what it should be, unpack it first.`,
    { packed, unpacked, limit: MAX_GZIP_RATIO },
  );
}
