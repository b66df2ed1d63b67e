import { MlsecError } from "../errors.js";
import { type FileSystem, fileSource } from "./file.js";
import { gunzip, isGzip } from "./gzip.js";
import { chunksOf } from "./streams.js";

/**
 * Where CSV bytes come from, packed with gzip or not. A `string` is the CSV text itself, never a path. A `URL` is fetched
 * (`http:`, `https:`, `data:`, `blob:`) or, in Node, read as a file (`file:`). Streams and async iterables can be read
 * once.
 */
export type CsvSource =
  | string
  | Uint8Array
  | Blob
  | URL
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | CsvFile;

/** A source that can be read as often as needed, in chunks. */
export interface CsvFile {
  readonly open: () => AsyncIterable<Uint8Array>;
  /** The bytes that `open` will give, where that is known: for progress, and so that memory is taken once. */
  readonly size?: (() => Promise<number | undefined>) | undefined;
}

const CHUNK_BYTES = 1 << 20;

/**
 * The source as one that can be opened.
 *
 * @param again whether it must open more than once: the bytes of a stream are then kept in memory as they are read.
 * @throws MlsecError `unreadable-source`.
 */
export function reopenable(source: CsvSource, again: boolean): CsvFile {
  if (typeof source === "string") return inMemory(new TextEncoder().encode(source));
  if (source instanceof Uint8Array) return inMemory(source);
  if (source instanceof Blob) return { open: () => chunksOf(source.stream()), size: async () => source.size };
  if (source instanceof URL) return source.protocol === "file:" ? fileUrl(source) : { open: () => fetched(source) };
  if (typeof source !== "object" || source === null) return unreadable(source);
  if (isFile(source)) return source;
  const chunks = "getReader" in source ? chunksOf(source) : source;
  if (!(Symbol.asyncIterator in chunks)) return unreadable(source);
  return again ? remembered(chunks) : { open: () => chunks };
}

/** True where a source can be read more than once as it is. */
export function isReopenable(source: CsvSource): boolean {
  if (typeof source !== "object" || source === null) return true;
  return source instanceof Uint8Array || source instanceof Blob || source instanceof URL || isFile(source);
}

/** Node's file streams have an `open` too, which is not what a `CsvFile` has. */
function isFile(source: object): source is CsvFile {
  return "open" in source && !(Symbol.asyncIterator in source);
}

/**
 * The bytes of a file, unpacked where they are gzip.
 *
 * @param onChunk told the bytes read so far, before unpacking.
 * @throws MlsecError `unreadable-source` for chunks that are not bytes; CsvError `csv-gzip`.
 */
export async function* plainChunks(file: CsvFile, onChunk?: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let read = 0;
  async function* checked(): AsyncGenerator<Uint8Array> {
    for await (const chunk of file.open()) {
      if (!(chunk instanceof Uint8Array)) unreadable(chunk);
      read += chunk.length;
      onChunk?.(read);
      yield chunk;
    }
  }
  const chunks = checked();
  // The magic bytes may be cut over chunks.
  let first: Uint8Array = new Uint8Array(0);
  while (first.length < 3) {
    const { done, value } = await chunks.next();
    if (done) break;
    // A copy, where another chunk is asked for: a source may reuse its buffer.
    first = first.length === 0 && value.length >= 3 ? value : concat(first, value);
  }
  if (first.length === 0) return;
  const all = prefixed(first, chunks);
  yield* isGzip(first) ? gunzip(all) : all;
}

async function* prefixed(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function inMemory(bytes: Uint8Array): CsvFile {
  return {
    open: async function* () {
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
    },
    size: async () => bytes.length,
  };
}

/** Keeps copies of what the first opening gives, for the openings after it. */
function remembered(source: AsyncIterable<Uint8Array>): CsvFile {
  let kept: Uint8Array[] | undefined;
  return {
    open: async function* () {
      if (kept !== undefined) return yield* kept;
      kept = [];
      for await (const chunk of source) {
        if (!(chunk instanceof Uint8Array)) unreadable(chunk);
        kept.push(chunk.slice());
        yield chunk;
      }
    },
  };
}

async function* fetched(url: URL): AsyncGenerator<Uint8Array> {
  const fail = (reason: string, cause?: unknown): never => {
    throw new MlsecError(
      "url-not-readable",
      `${url.href} cannot be read (${reason}). Check the address and the connection.`,
      { url: url.href },
      { cause },
    );
  };
  const response = await fetch(url).catch((cause: unknown) =>
    fail(cause instanceof Error ? cause.message : String(cause), cause),
  );
  if (!response.ok) fail(`status ${response.status}`);
  if (response.body !== null) yield* chunksOf(response.body);
}

function fileUrl(url: URL): CsvFile {
  // Asked for rather than imported, so that bundlers for browsers find nothing of Node here.
  const fs = globalThis.process?.getBuiltinModule?.("node:fs") as FileSystem | undefined;
  if (fs !== undefined) return fileSource(fs, url);
  throw new MlsecError(
    "unreadable-source",
    `${url.href} is a file, which only Node can read by its URL. Hand over a File or its bytes.`,
    { got: url.href },
  );
}

function unreadable(got: unknown): never {
  throw new MlsecError(
    "unreadable-source",
    `Data can be read from text, bytes, a Blob or File, a URL, a ReadableStream or an async iterable of bytes, not from ${got === null ? "null" : typeof got}.`,
    { got: got === null ? "null" : typeof got },
  );
}
