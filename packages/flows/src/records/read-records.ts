import {
  Breather,
  type CsvSource,
  IssueLog,
  MlsecError,
  type ReadIssues,
  type ReadPolicy,
  sourceLines,
} from "@mlsec/preprocess";
import type { ConnectionRecord } from "./connection-record.js";
import { RecordError } from "./record-error.js";

/** Options that all readers of connection records take. */
export interface ReadRecordsOptions {
  /**
   * What becomes of faults: an error that lists those of the batch (`"error"`, the default); what is not known where a record
   * can do without it, NaN for `start` and null for the rest (`"missing"`); or no record at all (`"drop-row"`). A line without
   * addresses, ports, protocol or state is no record under any policy.
   */
  readonly policy?: ReadPolicy | undefined;
  /** Called once with all issues, at the end or before the error, if there are any. `row` counts lines from 0, but for empty ones and headers. */
  readonly onIssues?: ((issues: ReadIssues) => void) | undefined;
  /** Most records of a batch; default 4096. A batch never waits for bytes that have not come. */
  readonly batchRecords?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes read so far of all sources, as they are stored, packed or not. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** One source, or several that follow each other, as rotated files do. */
export type RecordSource = CsvSource | readonly CsvSource[];

/** What a format makes of lines. */
export interface LineReader {
  /** Called where a source begins. */
  readonly begin: () => void;
  /** Called with every line that is not empty, without its line end. */
  readonly line: (text: string) => void;
  /** Called where the last source has ended. */
  readonly end: () => void;
}

const DEFAULT_BATCH_RECORDS = 4096;

/** Where records and issues go while lines are read. */
export class RecordSink {
  readonly records: ConnectionRecord[] = [];
  readonly issues: IssueLog = new IssueLog();
  /** The number of the line that is being read, over all sources, from 0, without empty lines and headers; −1 before the first. */
  row = -1;
  private source = 0;
  private line = 0;
  private readonly drops: boolean;

  constructor(
    policy: ReadPolicy | undefined,
    private readonly severalSources: boolean,
  ) {
    this.drops = policy === "drop-row";
  }

  at(source: number, line: number): void {
    this.source = source;
    this.line = line;
  }

  /** Where the reader is, for a message. */
  get place(): string {
    return this.severalSources ? `source ${this.source + 1}, line ${this.line}` : `line ${this.line}`;
  }

  /** The present line is none of a header. */
  beginRow(): void {
    this.row++;
  }

  /** @param fault what is wrong, after the value. */
  fault(kind: string, column: string | null, value: string, fault: string): void {
    const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value;
    const where = column === null ? this.place : `${this.place}, field ${JSON.stringify(column)}`;
    this.issues.add({
      kind,
      row: this.row,
      column,
      value: shown,
      message: `${where}: ${JSON.stringify(shown)} ${fault}`,
    });
  }

  /** True where the present row has a fault for which the policy leaves it out. */
  get isDropped(): boolean {
    return this.drops && this.issues.rows.has(this.row);
  }
}

/**
 * Reads lines of logs into batches of records.
 *
 * @param name what is read, with its article, for messages: "The conn.log".
 */
export async function* readRecords(
  source: RecordSource,
  options: ReadRecordsOptions,
  name: string,
  readerOf: (sink: RecordSink) => LineReader,
): AsyncGenerator<readonly ConnectionRecord[]> {
  const { policy, batchRecords = DEFAULT_BATCH_RECORDS, signal, onIssues, onProgress } = options;
  if (!Number.isInteger(batchRecords) || batchRecords < 1) {
    throw new MlsecError("invalid-option", `batchRecords must be a positive integer, not ${batchRecords}.`, {
      got: batchRecords,
    });
  }
  const sources: readonly CsvSource[] = Array.isArray(source) ? source : [source as CsvSource];
  const sink = new RecordSink(policy, sources.length > 1);
  const reader = readerOf(sink);
  const breather = new Breather(signal);
  /** The records so far in batches, if there are at least so many. @throws RecordError, if there are issues and the policy says so. */
  function* batches(least: number): Generator<readonly ConnectionRecord[]> {
    const { issues, records } = sink;
    if (issues.total > 0 && (policy ?? "error") === "error") {
      onIssues?.(issues.report());
      const { message, details } = issues.error(name, "record-issues");
      throw new RecordError("record-issues", message, details);
    }
    // Only the present row is asked for: the rest would grow with the log.
    issues.rows.clear();
    while (records.length >= least) yield records.splice(0, batchRecords);
  }
  let before = 0;
  for (const [index, one] of sources.entries()) {
    let read = 0;
    const told = (bytes: number): void => {
      read = bytes;
      onProgress?.(before + bytes);
    };
    const decoder = new LineDecoder();
    reader.begin();
    for await (const lines of sourceLines(one, { signal, onProgress: told })) {
      for (const { number, bytes } of lines) {
        sink.at(index, number);
        const text = decoder.decode(bytes, number === 1);
        if (text === undefined) {
          sink.beginRow();
          sink.fault("not-utf8", null, new TextDecoder().decode(bytes), "is not UTF-8");
        } else if (text !== "") reader.line(text);
        if (sink.records.length >= batchRecords) yield* batches(batchRecords);
        if (breather.due()) await breather.pause();
      }
      yield* batches(1);
    }
    before += read;
  }
  reader.end();
  yield* batches(1);
  if (sink.issues.total > 0) onIssues?.(sink.issues.report());
}

/** Lines as texts, without a byte order mark, outer spaces of JSON and the carriage return of other systems' line ends. */
class LineDecoder {
  private readonly decoder: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  /** The text; undefined for what is not UTF-8. */
  decode(bytes: Uint8Array, isFirst: boolean): string | undefined {
    let end = bytes.length;
    if (end > 0 && bytes[end - 1] === 0x0d) end--;
    if (end === 0) return "";
    try {
      const text = this.decoder.decode(end === bytes.length ? bytes : bytes.subarray(0, end));
      return isFirst && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    } catch {
      return undefined;
    }
  }
}
