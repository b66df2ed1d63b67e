import type { Detector } from "@mlsec/bundle";
import { type ColumnType, csvField, csvRecords, readCsv, type Table, throwIfAborted } from "@mlsec/preprocess";
import { csvFile } from "@mlsec/preprocess/node";
import { ensureFolderOf, firstFields, headersOf, writeFileAtomic } from "./files.js";

type Headers = Awaited<ReturnType<typeof headersOf>>;

/** What a batch prediction did. */
export interface PredictionSummary {
  readonly rows: number;
  /** Rows left without a prediction, because they have missing or infinite numbers. */
  readonly skippedRows: number;
  /** Rows per predicted class, for the classes that occur. */
  readonly classes: Readonly<Record<string, number>>;
  /** Rows with a category that training had not seen, per column. */
  readonly unseenCategories: Readonly<Record<string, number>>;
}

export interface PredictionOptions {
  /** What becomes of rows with missing or infinite numbers: an error, or empty predictions. */
  readonly invalidRows?: "error" | "skip";
  readonly signal?: AbortSignal;
}

/**
 * Predicts every row of a CSV and writes the rows, to the letter as they were, with two columns added: `prediction` and
 * `probability`. The output appears whole or not at all.
 */
export async function predictFile(
  detector: Detector,
  csvPath: string,
  outPath: string,
  { invalidRows = "error", signal }: PredictionOptions = {},
): Promise<PredictionSummary> {
  const headers = await headersOf(csvPath);
  const table = await readInputs(detector, csvPath, headers, signal);
  const { codes, probabilities, report } = detector.detectColumns(table, { invalidRows });
  await ensureFolderOf(outPath);
  await writeFileAtomic(outPath, lines());
  const classes: Record<string, number> = {};
  let skippedRows = 0;
  for (const code of codes) {
    const name = detector.classes[code];
    if (name === undefined) skippedRows++;
    else classes[name] = (classes[name] ?? 0) + 1;
  }
  const unseen = [...report.unseen].map(([name, counts]) => [name, [...counts.values()].reduce((a, b) => a + b, 0)]);
  return { rows: table.rows, skippedRows, classes, unseenCategories: Object.fromEntries(unseen) };

  async function* lines(): AsyncGenerator<string> {
    const names = detector.classes.map(csvField);
    const decoder = new TextDecoder();
    let row = Array.isArray(headers) ? 0 : -1;
    if (Array.isArray(headers)) yield `${[...headers, "prediction", "probability"].join(",")}\n`;
    let pending: string[] = [];
    const added = (row: number): string => {
      if (row < 0) return "prediction,probability";
      return codes[row] === -1 ? "," : `${names[codes[row]!]},${probabilities[row]}`;
    };
    for await (const record of csvRecords(csvFile(csvPath))) {
      pending.push(`${decoder.decode(record)},${added(row)}\n`);
      row++;
      if (pending.length < 4096) continue;
      throwIfAborted(signal);
      yield pending.join("");
      pending = [];
    }
    yield pending.join("");
  }
}

/** Only the columns that the model reads, with the types that it was trained on. */
async function readInputs(detector: Detector, path: string, headers: Headers, signal?: AbortSignal): Promise<Table> {
  const types = new Map<string, ColumnType>(detector.inputs.map(({ name, type }) => [name, type]));
  const present = new Set(Array.isArray(headers) ? headers : await firstFields(path));
  const wanted = detector.inputs.map(({ name }) => name);
  const select = wanted.every((name) => present.has(name)) ? wanted : undefined;
  return readCsv(csvFile(path), { headers, types, select, signal });
}
