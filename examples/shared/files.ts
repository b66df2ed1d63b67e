import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { writeFileAtomic } from "@mlsec/bundle/node";
import { csvRecords, nslKdd, nslKddHeaders, type Table } from "@mlsec/preprocess";
import { csvFile, readCsvFile } from "@mlsec/preprocess/node";

export { writeFileAtomic };

/** Reads a CSV with a header, or a headerless NSL-KDD `.txt`, which its first record gives away. */
export async function readTable(path: string, signal?: AbortSignal): Promise<Table> {
  const headers = nslKddHeaders(await firstFields(path));
  if (headers === null) return readCsvFile(path, { headers: "suffix", signal });
  return readCsvFile(path, { headers, types: nslKdd.types, signal });
}

/** The fields of a file's first record, as far as splitting at commas tells; none of an empty file. */
export async function firstFields(path: string): Promise<string[]> {
  for await (const record of csvRecords(csvFile(path))) return new TextDecoder().decode(record).split(",");
  return [];
}

/** Writes a JSON file, whole or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Makes a folder, with those above it. */
export async function ensureFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  return path;
}

/** Makes the folder that a file will lie in. */
export async function ensureFolderOf(path: string): Promise<void> {
  await ensureFolder(dirname(path));
}
