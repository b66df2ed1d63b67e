import { createReadStream } from "node:fs";
import { access, constants } from "node:fs/promises";
import { type CsvFile, MlsecError, type ReadCsvOptions, readCsv, type Table } from "../index.js";

/** A file as a CSV source that can be read again. `path` is a path or a `file:` URL. */
export function csvFile(path: string | URL): CsvFile {
  return { open: () => createReadStream(path, { highWaterMark: 1 << 20 }) };
}

/**
 * Reads a CSV file into a table; see `readCsv`.
 *
 * @throws MlsecError `file-not-readable` where there is no such file or it may not be read.
 */
export async function readCsvFile(path: string | URL, options: ReadCsvOptions = {}): Promise<Table> {
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw new MlsecError(
      "file-not-readable",
      `The file ${String(path)} cannot be read. Check the path and its permissions.`,
      { path: String(path) },
      { cause },
    );
  }
  return readCsv(csvFile(path), options);
}
