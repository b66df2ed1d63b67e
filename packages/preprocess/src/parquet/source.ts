import { MlsecError } from "../errors.js";

/** A file that is read in places: hyparquet's `AsyncBuffer`, which its `asyncBufferFromUrl` and `asyncBufferFromFile` give. */
export interface ParquetFile {
  readonly byteLength: number;
  /** The bytes from `start` up to, not including, `end`. */
  slice(start: number, end?: number): ArrayBuffer | Promise<ArrayBuffer>;
}

/** Where Parquet comes from. In Node, `openAsBlob(path)` of `node:fs` makes a `Blob` of a file. */
export type ParquetSource = Uint8Array | ArrayBuffer | Blob | ParquetFile;

/** The source as a file. @throws MlsecError `unreadable-source`. */
export function parquetFile(source: ParquetSource): ParquetFile {
  if (source instanceof Uint8Array) {
    const { buffer, byteOffset, byteLength } = source;
    // A shared buffer has a slice of its own, of its own kind: copy.
    const slice = (start: number, end?: number): ArrayBuffer => source.slice(start, end).buffer as ArrayBuffer;
    return byteOffset === 0 && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer
      ? buffer
      : { byteLength, slice };
  }
  if (source instanceof Blob) {
    return { byteLength: source.size, slice: (start, end) => source.slice(start, end).arrayBuffer() };
  }
  if (typeof source === "object" && source !== null && "slice" in source && "byteLength" in source) return source;
  throw new MlsecError(
    "unreadable-source",
    `Parquet can be read from bytes, a Blob or File, or an object with byteLength and slice(start, end), not from ${source === null ? "null" : typeof source}.`,
    { got: source === null ? "null" : typeof source },
  );
}
