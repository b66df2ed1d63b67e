import { csvField, csvHeader, csvRecords } from "@mlsec/preprocess";
import type { Subject } from "../shared/live/traffic-verdict.js";
import type { Scores } from "./scores.js";
import { headersOf } from "./traffic.js";

/** The columns that say whose a verdict is: as `npm run meter` writes them with the profile kdd, and the protocol. */
const SUBJECT_COLUMNS = "start,src_ip,src_port,dst_ip,dst_port,protocol";

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

/** The flows or connections of a capture with their verdicts; these are empty where there is none. */
export function verdictsCsv(
  subjects: readonly Subject[],
  classes: readonly string[],
  { codes, probabilities }: Scores,
): Blob {
  const names = classes.map(csvField);
  const lines = subjects.map((subject, row) => {
    const verdict = codes[row] === -1 ? "," : `${names[codes[row]!]},${probabilities[row]}`;
    return `${subjectFields(subject).join(",")},${verdict}\n`;
  });
  return new Blob([`${SUBJECT_COLUMNS},prediction,probability\n`, ...lines], { type: "text/csv" });
}

function subjectFields(subject: Subject): (string | number)[] {
  if ("row" in subject) return [subject.row, "", "", "", "", ""];
  const { start, source, sourcePort, destination, destinationPort, protocol } = subject;
  return [start, source, sourcePort, destination, destinationPort, csvField(protocol)];
}
