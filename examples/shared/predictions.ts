import { type Detector, detectRows, type RowsSummary } from "@mlsec/bundle";
import { csvFile } from "@mlsec/preprocess/node";
import { ensureFolderOf, headersOf, writeFileAtomic } from "./files.js";

export interface PredictionOptions {
  /** What becomes of rows with missing or infinite numbers: an error, or empty predictions. */
  readonly invalidRows?: "error" | "skip";
  readonly signal?: AbortSignal;
}

/**
 * Predicts every row of a CSV and writes the rows, to the byte as they were, with two columns added: `prediction` and
 * `probability`. The output appears whole or not at all.
 */
export async function predictFile(
  detector: Detector,
  csvPath: string,
  outPath: string,
  { invalidRows = "error", signal }: PredictionOptions = {},
): Promise<RowsSummary> {
  const rows = detectRows(detector, csvFile(csvPath), { invalidRows, headers: await headersOf(csvPath), signal });
  await ensureFolderOf(outPath);
  await writeFileAtomic(outPath, rows);
  return rows.summary;
}
