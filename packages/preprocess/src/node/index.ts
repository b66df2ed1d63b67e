import { createReadStream } from "node:fs";
import { type CsvFile, MlsecError, type ReadCsvOptions, readCsv, type Table } from "../index.js";

/**
 * A file as a CSV source that can be read again. `path` is a path or a `file:` URL. Opening it throws an MlsecError of
 * code `file-not-readable` where there is no such file or it may not be read.
 */
export function csvFile(path: string | URL): CsvFile {
  return {
    open: async function* () {
      try {
        yield* createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>;
      } catch (cause) {
        if (!(cause instanceof Error && "syscall" in cause)) throw cause;
        const message = `The file ${String(path)} cannot be read (${cause.message}). Check the path and its permissions.`;
        throw new MlsecError("file-not-readable", message, { path: String(path) }, { cause });
      }
    },
  };
}

/** Reads a CSV file into a table; see `readCsv` and `csvFile`. */
export async function readCsvFile(path: string | URL, options: ReadCsvOptions = {}): Promise<Table> {
  return readCsv(csvFile(path), options);
}
