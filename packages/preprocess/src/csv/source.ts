import { MlsecError } from "../errors.js";
import { throwIfAborted } from "../progress.js";

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

/** The source as one that can be read again. @throws MlsecError `unreadable-source`, `aborted`. */
export async function reopenable(source: CsvSource, signal?: AbortSignal): Promise<CsvFile> {
  if (typeof source === "string") return inMemory(new TextEncoder().encode(source));
  if (source instanceof Uint8Array) return inMemory(source);
  if (source instanceof Blob) return { open: () => chunksOf(source.stream()) };
  if (typeof source !== "object" || source === null) return unreadable(source);
  if ("open" in source) return source;
  if ("getReader" in source) return collected(chunksOf(source), signal);
  if (Symbol.asyncIterator in source) return collected(source, signal);
  return unreadable(source);
}

function inMemory(bytes: Uint8Array): CsvFile {
  return {
    open: async function* () {
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
    },
  };
}

async function collected(source: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<CsvFile> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) {
    throwIfAborted(signal);
    if (!(chunk instanceof Uint8Array)) unreadable(chunk);
    chunks.push(chunk);
  }
  return {
    open: async function* () {
      yield* chunks;
    },
  };
}

/** The chunks of a stream, by its reader: not every browser lets `for await` walk a stream. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}

function unreadable(got: unknown): never {
  throw new MlsecError(
    "unreadable-source",
    `CSV can be read from text, bytes, a Blob or File, a ReadableStream or an async iterable of bytes, not from ${got === null ? "null" : typeof got}.`,
    { got: got === null ? "null" : typeof got },
  );
}
