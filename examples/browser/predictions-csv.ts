import { type Detector, detectRows } from "@mlsec/bundle";
import { csvField } from "@mlsec/preprocess";
import { csvHeaders } from "../shared/live/csv-headers.js";
import type { StageVerdict, Subject } from "../shared/live/traffic-verdict.js";
import type { JudgeOptions } from "./judge-file.js";
import type { KeptVerdicts } from "./kept-verdicts.js";

/** The columns that say whose a verdict is: as `npm run meter` writes them with the profile kdd, and the protocol. */
const SUBJECT_COLUMNS = "start,src_ip,src_port,dst_ip,dst_port,protocol";
const TYPE = { type: "text/csv" };
const ROWS_PER_PIECE = 4096;

/**
 * The rows of a CSV, to the byte as they were, with the columns `prediction` and `probability` added, as `npm run predict`
 * writes them. Both are empty in rows that could not be judged.
 */
export async function predictionsCsv(
  detector: Detector,
  csv: Blob,
  { signal, onProgress }: JudgeOptions,
): Promise<Blob> {
  const rows = detectRows(detector, csv, {
    invalidRows: "skip",
    headers: await csvHeaders(csv),
    signal,
    onProgress: (done) => onProgress({ what: "Writing the predictions", done, total: csv.size }),
  });
  const pieces: Blob[] = [];
  for await (const piece of rows) pieces.push(new Blob([piece as Uint8Array<ArrayBuffer>]));
  return new Blob(pieces, TYPE);
}

/**
 * Verdicts, each with the flow, the connection or the number of the row (from 1) that it is of; empty where there is none. Of two
 * stages with what each said.
 */
export function verdictsCsv(verdicts: KeptVerdicts): Blob {
  const pieces: string[] = [];
  let lines: string[] = [];
  for (let row = 0; row < verdicts.rows; row++) {
    const { subject, verdict, stages } = verdicts.at(row);
    if (row === 0) lines.push(headerFor(subject, verdicts.isTwoStage));
    const said = [verdict, ...(verdicts.isTwoStage ? [stages?.threat ?? null, stages?.attack ?? null] : [])];
    lines.push(`${[subjectFields(subject), ...said.map(verdictFields)].join(",")}\n`);
    if (lines.length < ROWS_PER_PIECE) continue;
    pieces.push(lines.join(""));
    lines = [];
  }
  return new Blob([...pieces, lines.join("")], TYPE);
}

function headerFor(subject: Subject, isTwoStage: boolean): string {
  const stages = isTwoStage ? ",threat,threat_probability,attack,attack_probability" : "";
  return `${"row" in subject ? "row" : SUBJECT_COLUMNS},prediction,probability${stages}\n`;
}

function verdictFields(said: StageVerdict | null): string {
  return said === null ? "," : `${csvField(said.class)},${said.probability}`;
}

function subjectFields(subject: Subject): string {
  if ("row" in subject) return String(subject.row + 1);
  const { start, source, sourcePort, destination, destinationPort, protocol } = subject;
  return [start, source, sourcePort, destination, destinationPort, csvField(protocol)].join(",");
}
