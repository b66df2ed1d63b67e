import {
  type ColumnType,
  cicIds2017,
  csvRecords,
  type InputColumn,
  nslKdd,
  nslKddHeaders,
  type Progress,
  readCsv,
  type Table,
} from "@mlsec/preprocess";

/** How a file's columns get their names, as `readCsv` takes it; a list where the file has no header. */
export type Headers = "error" | "suffix" | readonly string[];

/**
 * Reads a CSV for a model: only the columns that it needs, where all are there; otherwise all, so that an error can name
 * the nearest ones. NSL-KDD's `.txt` files, which have no header, are known by their first record.
 *
 * @throws CsvError
 */
export async function readTraffic(
  csv: Blob,
  inputs: readonly InputColumn[],
  onProgress: (progress: Progress) => void,
): Promise<Table> {
  const fields = await firstFields(csv);
  const headers = headersFrom(fields);
  const present = new Set(Array.isArray(headers) ? headers : fields);
  const types = new Map<string, ColumnType>(Array.isArray(headers) ? nslKdd.types : []);
  for (const { name, type } of inputs) types.set(name, type);
  const wanted = inputs.map(({ name }) => name);
  return readCsv(csv, {
    headers,
    types,
    select: wanted.every((name) => present.has(name)) ? wanted : undefined,
    onProgress: (bytes, pass) =>
      onProgress({ what: "Reading the CSV", done: bytes + (pass - 1) * csv.size, total: 2 * csv.size }),
  });
}

/** How the columns of a CSV get their names, judged by its first record. */
export async function headersOf(csv: Blob): Promise<Headers> {
  return headersFrom(await firstFields(csv));
}

function headersFrom(fields: readonly string[]): Headers {
  const names = nslKddHeaders(fields);
  if (names !== null) return names;
  // The published CIC-IDS2017 files name one column twice.
  const repeated = fields.filter((field, index) => fields.indexOf(field) !== index);
  return repeated.some((field) => field.trim() === cicIds2017.repeated) ? "suffix" : "error";
}

/** The fields of the first record, as far as splitting at commas tells; none of an empty file. */
async function firstFields(csv: Blob): Promise<string[]> {
  for await (const record of csvRecords(csv)) return new TextDecoder().decode(record).split(",");
  return [];
}
