import type { Detector } from "@mlsec/bundle";
import { type CsvSource, readCsvRecords, rowsWhere, type Table } from "@mlsec/preprocess";
import type { Tell } from "../traffic-texts.js";
import { judgeBatches, type StageObserver } from "./judge-batches.js";
import type { TrafficVerdict } from "./traffic-verdict.js";

export interface CsvVerdictOptions extends StageObserver {
  /** How columns get their names, as for `readCsv`. */
  readonly headers: "error" | "suffix" | readonly string[];
  /** Whether the rows come as somebody makes them. */
  readonly isPipe: boolean;
  /** Rows that are judged together; default 4,096 of a file, 64 of a pipe. */
  readonly batchRows?: number | undefined;
  readonly signal: AbortSignal;
  /** Told, line by line, what is to be known of the source once it is read. */
  readonly tell: Tell;
}

const FILE_ROWS = 4096;
/** `readCsvRecords` takes a pipe in pieces of 64 KiB. */
const PIPE_ROWS = 64;

interface CsvBatch {
  readonly table: Table;
  /** The number of each row in the file, from 0. */
  readonly rows: Int32Array;
}

/**
 * Verdicts on the rows of a CSV that has the columns of all stages. Rows that cannot be read in full have none, and are counted.
 *
 * @throws MlsecError `missing-feature`, and what `readCsvRecords` throws.
 */
export function judgeCsv(
  source: CsvSource,
  stages: readonly [Detector] | readonly [threat: Detector, attack: Detector],
  options: CsvVerdictOptions,
): AsyncGenerator<TrafficVerdict[]> {
  return judgeBatches(stages, rowsOf(source, stages, options), ({ rows }, row) => ({ row: rows[row]! }), options);
}

async function* rowsOf(
  source: CsvSource,
  stages: readonly Detector[],
  { headers, isPipe, batchRows = isPipe ? PIPE_ROWS : FILE_ROWS, signal, tell }: CsvVerdictOptions,
): AsyncGenerator<CsvBatch> {
  const types = new Map(stages.flatMap(({ inputTypes }) => [...inputTypes]));
  let unread = 0;
  const batches = readCsvRecords(source, {
    headers,
    select: [...types.keys()],
    types,
    policy: "missing",
    batchRows,
    signal,
    onHeader: (columns) => {
      for (const stage of stages) stage.fitColumns(columns);
    },
  });
  for await (const { table, firstRow, faultyRows } of batches) {
    const whole = rowsWhere(table.rows, (row) => !faultyRows.has(row));
    unread += faultyRows.size;
    const rows = whole.map((row) => firstRow + row);
    if (rows.length > 0) yield { table: faultyRows.size === 0 ? table : table.take(whole), rows };
  }
  if (unread > 0) tell(`${unread} rows could not be read: cells that are no numbers, or the wrong number of them.`);
}
