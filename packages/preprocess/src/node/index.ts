import * as fs from "node:fs";
import { fileSource } from "../csv/file.js";
import { type CsvFile, type ReadCsvOptions, readCsv, type Table } from "../index.js";

/**
 * A file as a CSV source that can be read again. `path` is a path or a `file:` URL. Opening it throws an MlsecError of
 * code `file-not-readable` where there is no such file or it may not be read.
 */
export function csvFile(path: string | URL): CsvFile {
  return fileSource(fs, path);
}

/** Reads a CSV file into a table; see `readCsv` and `csvFile`. */
export async function readCsvFile(path: string | URL, options: ReadCsvOptions = {}): Promise<Table> {
  return readCsv(csvFile(path), options);
}
