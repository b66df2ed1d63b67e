import { MlsecError } from "../errors.js";

/**
 * Where CSV bytes come from. A `string` is the CSV text itself, never a path. Streams can be read once: their bytes are
 * kept in memory while the types of the columns are found out.
 */
export type CsvSource = string | Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | CsvFile;

/** A source that can be read as often as needed, in chunks. */
export interface CsvFile {
  readonly open: () => AsyncIterable<Uint8Array>;
}

const CHUNK_BYTES = 1 << 20;

/** The source as one that can be read again. */
export async function reopenable(source: CsvSource): Promise<CsvFile> {
  if (typeof source === "string") return inMemory(new TextEncoder().encode(source));
  if (source instanceof Uint8Array) return inMemory(source);
  if (source instanceof Blob) return { open: () => source.stream() };
  if ("open" in source) return source;
  if (Symbol.asyncIterator in source) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of source) chunks.push(chunk);
    return {
      open: async function* () {
        yield* chunks;
      },
    };
  }
  throw new MlsecError(
    "unreadable-source",
    "CSV can be read from text, bytes, a Blob or File, a ReadableStream or an async iterable of bytes.",
    { got: typeof source },
  );
}

function inMemory(bytes: Uint8Array): CsvFile {
  return {
    open: async function* () {
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
    },
  };
}
