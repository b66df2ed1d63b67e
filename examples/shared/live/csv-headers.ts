import { type CsvSource, cicIds2017, csvRecords, nslKddHeaders } from "@mlsec/preprocess";

/**
 * How a file's columns get their names: a list for the headerless NSL-KDD files; "suffix" where the header repeats the one
 * name that the published CIC-IDS2017 files repeat; else any repetition is an error.
 */
export async function csvHeaders(source: CsvSource): Promise<"error" | "suffix" | readonly string[]> {
  const fields = await firstFields(source);
  const names = nslKddHeaders(fields);
  if (names !== null) return names;
  const repeated = fields.filter((field, index) => fields.indexOf(field) !== index);
  return repeated.some((field) => field.trim() === cicIds2017.repeated) ? "suffix" : "error";
}

/** The fields of a source's first record, as far as splitting at commas tells; none of an empty one. */
export async function firstFields(source: CsvSource): Promise<string[]> {
  for await (const record of csvRecords(source)) return new TextDecoder().decode(record).split(",");
  return [];
}
