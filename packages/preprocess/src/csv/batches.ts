import type { ColumnType } from "../by-name.js";
import { MlsecError } from "../errors.js";
import { rowsWhere } from "../rows.js";
import { type Column, Table } from "../table.js";
import type { CsvEncoding } from "./encoding.js";
import { boundType, type CsvOptions, checkOptions, requireCount } from "./options.js";
import { fedChunks, feed, noticeEncoding } from "./read.js";
import { Reading, type RowUse } from "./reading.js";
import { RecordBytes, type RecordForm, type Records } from "./record-bytes.js";
import { type CsvSource, isReopenable, reopenable } from "./source.js";

export interface ReadCsvBatchesOptions extends CsvOptions {
  /** Rows of a table; the last one may have fewer. Default 65,536. */
  readonly batchRows?: number | undefined;
}

/** Rows of a CSV as a table, and as they are written. */
export interface CsvRecordBatch extends Records {
  readonly table: Table;
  readonly form: RecordForm;
  /** The first row's number in the file, from 0. */
  readonly firstRow: number;
  /**
   * Rows of the batch, from 0, of which not all could be read, with the number of their fields. What could not be read is
   * missing in the table.
   */
  readonly faultyRows: ReadonlyMap<number, number>;
}

export interface ReadCsvRecordsOptions extends Omit<ReadCsvBatchesOptions, "policy"> {
  /** What becomes of faults: an error that lists them (the default), or missing cells. */
  readonly policy?: "error" | "missing" | undefined;
  /** Called with the names of all columns before `select` is looked at: the place for a better error than its own. */
  readonly onHeader?: ((names: readonly string[]) => void) | undefined;
}

const DEFAULT_BATCH_ROWS = 65_536;

/**
 * Reads CSV as tables of `batchRows` rows each, in the order of the file, for files of any length: memory is that of one
 * table. All tables have the same columns and types; a text column's dictionary holds the texts of its own table.
 *
 * Types and encoding are those of the whole file: a first pass over it finds them out, unless `types` or `schema` bind
 * every column of `select`. Without a first pass the first text beyond ASCII decides the encoding. A source that can be
 * read only once has no first pass.
 *
 * Under the policy `error` the first table with faults is not given out, but an error that lists its faults; under
 * `drop-row` tables may have fewer rows, and those without any are passed over. `onIssues` is called once, at the end or
 * before that error.
 *
 * @throws what `readCsv` throws; MlsecError `types-needed` for a stream whose columns are not all bound.
 */
export async function* readCsvBatches(source: CsvSource, options: ReadCsvBatchesOptions = {}): AsyncGenerator<Table> {
  for await (const { table, fileRows, faulty } of batchesOf(source, options)) {
    const kept = options.policy === "drop-row" ? withoutRows(table, fileRows, faulty) : table;
    if (kept.rows > 0) yield kept;
  }
}

/**
 * As `readCsvBatches`, and with every row the bytes that it is written in: for programs that add columns to a file and must
 * not change the others.
 *
 * @throws as `readCsvBatches`, and what `onHeader` throws.
 */
export async function* readCsvRecords(
  source: CsvSource,
  options: ReadCsvRecordsOptions = {},
): AsyncGenerator<CsvRecordBatch> {
  const records = new RecordBytes();
  for await (const { table, fileRows, faulty, ...written } of batchesOf(source, options, records)) {
    const firstRow = fileRows[0]!;
    const faultyRows = new Map([...faulty].map((row) => [row - firstRow, records.fieldsOf(row)]));
    yield { table, form: records.form, firstRow, faultyRows, ...written };
  }
}

interface Batch extends Records {
  readonly table: Table;
  /** The rows of the file that the table holds. */
  readonly fileRows: Int32Array;
  /** Those of them with faults, where that is needed. */
  readonly faulty: ReadonlySet<number>;
}

async function* batchesOf(
  source: CsvSource,
  options: ReadCsvBatchesOptions & Pick<ReadCsvRecordsOptions, "onHeader">,
  records?: RecordBytes,
): AsyncGenerator<Batch> {
  checkOptions(options);
  const { batchRows = DEFAULT_BATCH_ROWS, policy = "error", select, onHeader } = options;
  requireCount(batchRows, "batchRows");
  const isBound = select?.every((name) => boundType(options, name) !== undefined) ?? false;
  if (!isBound && !isReopenable(source)) {
    throw new MlsecError(
      "types-needed",
      "A stream can be read once, and so its batches need the types of their columns: say select, and types or a schema that bind each of these columns, or hand over a file.",
    );
  }
  const file = reopenable(source, false);
  // Nothing of readCsv's own options: a batch is no sample.
  const plain: CsvOptions & { readonly sample?: undefined } = { ...options, sample: undefined };
  let bound: CsvOptions = plain;
  let encoding: CsvEncoding | undefined;
  if (!isBound) {
    const probe = new Reading(
      { ...plain, onIssues: undefined },
      { batchRows: Number.POSITIVE_INFINITY, keepsCells: false, onHeader },
    );
    await feed(file, probe, options, 1);
    const types = new Map<string, ColumnType>(
      probe.columns.map((column) => [column.name, column.inferred(probe.issues)]),
    );
    encoding = probe.encodingFound;
    noticeEncoding(probe, encoding, options);
    bound = { ...plain, types, onNotice: undefined };
  }
  const full: Batch[] = [];
  let failure: unknown;
  const finishBatch = (): void => {
    if (failure !== undefined) return;
    const { columns, encoding: found } = reading.take(encoding);
    if (reading.evidence.isAny) encoding ??= found;
    if (policy === "error" && reading.issues.total > 0) {
      // The tables before this one are given out first.
      failure = reading.issues.error();
      return;
    }
    const table = Table.of(columns as readonly (readonly [string, Column])[]);
    const { tableRows, issues } = reading;
    full.push({ table, fileRows: tableRows, faulty: issues.takeRows(), ...(records?.take() ?? NO_RECORDS) });
  };
  const use: RowUse = { batchRows, keepsCells: true, onBatch: finishBatch, onHeader, records };
  const reading = new Reading(bound, use);
  for await (const _ of fedChunks(file, reading, bound, isBound ? 1 : 2)) {
    yield* full.splice(0);
    if (failure !== undefined) break;
  }
  if (reading.tableRows.length > 0) finishBatch();
  yield* full;
  if (isBound && encoding !== undefined) noticeEncoding(reading, encoding, options);
  if (reading.issues.total > 0) options.onIssues?.(reading.issues.report());
  if (failure !== undefined) throw failure;
}

const NO_RECORDS: Records = { bytes: new Uint8Array(0), bounds: new Int32Array(0) };

function withoutRows(table: Table, fileRows: Int32Array, faulty: ReadonlySet<number>): Table {
  if (faulty.size === 0) return table;
  return table.take(rowsWhere(table.rows, (row) => !faulty.has(fileRows[row]!)));
}
