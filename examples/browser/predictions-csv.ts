import { csvField, csvHeader, csvRecords } from "@mlsec/preprocess";
import type { Scores } from "./scores.js";
import { headersOf } from "./traffic.js";

const RECORDS_PER_PIECE = 4096;

/**
 * The rows of a CSV, to the letter as they were, with the columns `prediction` and `probability` added: what
 * `npm run predict` writes. Both are empty in rows that were skipped.
 */
export async function predictionsCsv(
  csv: Blob,
  classes: readonly string[],
  { codes, probabilities }: Scores,
): Promise<Blob> {
  const names = classes.map(csvField);
  const headers = await headersOf(csv);
  const pieces: string[] = [];
  let row = -1;
  if (Array.isArray(headers)) {
    pieces.push(`${csvHeader(headers)},prediction,probability\n`);
    row = 0;
  }
  const added = (row: number): string => {
    if (row < 0) return "prediction,probability";
    return codes[row] === -1 ? "," : `${names[codes[row]!]},${probabilities[row]}`;
  };
  const decoder = new TextDecoder();
  let lines: string[] = [];
  for await (const record of csvRecords(csv)) {
    lines.push(`${decoder.decode(record)},${added(row++)}\n`);
    if (lines.length < RECORDS_PER_PIECE) continue;
    pieces.push(lines.join(""));
    lines = [];
  }
  return new Blob([...pieces, lines.join("")], { type: "text/csv" });
}
