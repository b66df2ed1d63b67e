import { constants, existsSync } from "node:fs";
import { access, mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { writeFileAtomic } from "@mlsec/bundle/node";
import { nslKdd, type Table } from "@mlsec/preprocess";
import { csvFile, readCsvFile } from "@mlsec/preprocess/node";
import { UsageError } from "./command.js";
import { csvHeaders } from "./live/csv-headers.js";

export { writeFileAtomic };

/** Reads a CSV with a header, or a headerless NSL-KDD `.txt`, which its first record gives away. */
export async function readTable(path: string, signal?: AbortSignal): Promise<Table> {
  const headers = await headersOf(path);
  return readCsvFile(path, { headers, types: Array.isArray(headers) ? nslKdd.types : undefined, signal });
}

/** How a file's columns get their names: see `csvHeaders`. */
export function headersOf(path: string): ReturnType<typeof csvHeaders> {
  return csvHeaders(csvFile(path));
}

/** Writes a JSON file, whole or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await ensureFolderOf(path);
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Makes a folder, with those above it. */
export async function ensureFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
}

/** Makes the folder that a file will lie in, with those above it. */
export async function ensureFolderOf(path: string): Promise<void> {
  await ensureFolder(dirname(path));
}

/**
 * Fails before long work rather than after it: every file named must be one that could be written, its folder there or
 * one that could be made. Nothing is made yet.
 */
export async function requireWritable(...files: readonly (string | undefined)[]): Promise<void> {
  for (const file of files) {
    if (file === undefined) continue;
    let folder = dirname(resolve(file));
    while (!existsSync(folder)) folder = dirname(folder);
    if (!(await stat(folder)).isDirectory())
      throw new UsageError(`${file} cannot be written: ${folder} is no folder. Choose another place.`);
    await access(folder, constants.W_OK).catch(() => {
      throw new UsageError(
        `${file} cannot be written: the folder ${folder} may not be written to. Choose another place.`,
      );
    });
  }
}
