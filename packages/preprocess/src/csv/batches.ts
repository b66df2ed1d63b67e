import type { ColumnType } from "../by-name.js";
import { MlsecError } from "../errors.js";
import { type Column, Table } from "../table.js";
import type { CsvEncoding } from "./encoding.js";
import { boundType, type CsvOptions, checkOptions, requireCount } from "./options.js";
import { fedChunks, feed, noticeEncoding } from "./read.js";
import { Reading } from "./reading.js";
import { type CsvSource, isReopenable, reopenable } from "./source.js";

export interface ReadCsvBatchesOptions extends CsvOptions {
  /** Rows of a table; the last one may have fewer. Default 65,536. */
  readonly batchRows?: number | undefined;
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
  checkOptions(options);
  const { batchRows = DEFAULT_BATCH_ROWS, policy = "error", select } = options;
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
      { batchRows: Number.POSITIVE_INFINITY, keepsCells: false },
    );
    await feed(file, probe, options, 1);
    const types = new Map<string, ColumnType>(
      probe.columns.map((column) => [column.name, column.inferred(probe.issues)]),
    );
    encoding = probe.encodingFound;
    noticeEncoding(probe, encoding, options);
    bound = { ...plain, types, onNotice: undefined };
  }
  const full: Table[] = [];
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
    full.push(policy === "drop-row" ? withoutRows(table, reading.tableRows, reading.issues.takeRows()) : table);
  };
  const reading = new Reading(bound, { batchRows, keepsCells: true, onBatch: finishBatch });
  for await (const _ of fedChunks(file, reading, bound, isBound ? 1 : 2)) {
    yield* full.splice(0).filter(({ rows }) => rows > 0);
    if (failure !== undefined) break;
  }
  if (reading.tableRows.length > 0) finishBatch();
  yield* full.filter(({ rows }) => rows > 0);
  if (isBound && encoding !== undefined) noticeEncoding(reading, encoding, options);
  if (reading.issues.total > 0) options.onIssues?.(reading.issues.report());
  if (failure !== undefined) throw failure;
}

function withoutRows(table: Table, fileRows: Int32Array, faulty: ReadonlySet<number>): Table {
  if (faulty.size === 0) return table;
  return table.take(Int32Array.from(fileRows.keys()).filter((row) => !faulty.has(fileRows[row]!)));
}
