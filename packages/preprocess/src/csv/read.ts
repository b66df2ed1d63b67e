import type { ColumnType } from "../by-name.js";
import { Breather, throwIfAborted } from "../progress.js";
import { rowsWhere } from "../rows.js";
import { type Column, Table } from "../table.js";
import { inOrder } from "./columns.js";
import { type CsvEncoding, decodeShown } from "./encoding.js";
import { CsvError } from "./issues.js";
import { boundType, type CsvOptions, checkOptions, type ReadCsvOptions } from "./options.js";
import { Reading, type RowUse } from "./reading.js";
import { type CsvFile, type CsvSource, plainChunks, reopenable } from "./source.js";

/** The clock of a reading pauses it less often than others': every pause lets the processor's cache go cold. */
const PAUSE_EVERY_MS = 50;

/** All rows, for one table. */
const ONE_TABLE: RowUse = { batchRows: Number.POSITIVE_INFINITY, keepsCells: true };

/**
 * Reads CSV into a table.
 *
 * A column is numeric if every present cell is a number (where at least 99 % are, the others are reported as faults),
 * else text; the whole column decides. Empty cells and `NaN`, `nan`, `NA`, `null` are missing; `Infinity` and `inf` are
 * numbers. Nothing is lost silently: ragged rows, text in numeric columns, decimals beyond float64, broken quotes and
 * bytes that are no text are collected, and thrown together or treated as `policy` says.
 *
 * One pass reads all columns, on the guess that what begins with numbers holds numbers; where a column turns out to be
 * text after all, a second pass reads that one again. The bytes of a stream are kept in memory for that, unless `types`
 * or `schema` bind all columns that are read. Memory is otherwise that of the table.
 *
 * @throws CsvError `csv-empty`, `csv-no-rows`, `csv-headers`, `csv-issues`, `csv-utf16`, `csv-gzip`,
 * `csv-record-too-long`, `csv-too-many-columns`, `csv-changed`; MlsecError `missing-column`, `invalid-option`,
 * `unreadable-source`, `file-not-readable`, `url-not-readable`, `aborted`; what the source itself throws.
 */
export async function readCsv(source: CsvSource, options: ReadCsvOptions = {}): Promise<Table> {
  checkOptions(options);
  const { policy = "error", select } = options;
  const isBound = select?.every((name) => boundType(options, name) !== undefined) ?? false;
  const file = reopenable(source, !isBound);
  const reading = new Reading(options, ONE_TABLE);
  await feed(file, reading, options, 1);
  const { columns, encoding } = reading.take();
  const complete = await readAgain(file, reading, columns, encoding, options);
  noticeEncoding(reading, encoding, options);
  const { issues } = reading;
  if (issues.total > 0) {
    options.onIssues?.(issues.report());
    if (policy === "error") throw issues.error();
    if (policy === "drop-row") dropRows(complete, reading.tableRows, issues.takeRows());
  }
  return Table.of(complete);
}

/** Feeds a file's bytes to a reading. */
export async function feed(file: CsvFile, reading: Reading, options: CsvOptions, pass: 1 | 2): Promise<void> {
  for await (const _ of fedChunks(file, reading, options, pass));
}

/** Feeds a file's bytes to a reading and stops after every chunk, for what it gave so far. */
export async function* fedChunks(
  file: CsvFile,
  reading: Reading,
  { signal, onProgress }: CsvOptions,
  pass: 1 | 2,
): AsyncGenerator<void> {
  throwIfAborted(signal);
  // Bytes in memory come without a turn of the event loop, and so without a chance to abort.
  const breather = new Breather(signal, PAUSE_EVERY_MS);
  const total = await file.size?.();
  let stored = 0;
  let plain = 0;
  let told = 0;
  try {
    for await (const chunk of plainChunks(file, (bytes) => {
      stored = bytes;
    })) {
      if (breather.due()) await breather.pause();
      throwIfAborted(signal);
      plain += chunk.length;
      if (total !== undefined) reading.expect((total / stored) * plain);
      reading.push(chunk);
      if (stored > told) onProgress?.(stored, pass, total);
      told = stored;
      yield;
      if (reading.isDone) break;
    }
    reading.finish();
  } finally {
    reading.close();
  }
}

type NamedColumns = [string, Column][];

/** The columns, with those read again of which the first pass could not know that they are text. */
async function readAgain(
  file: CsvFile,
  first: Reading,
  columns: readonly (readonly [string, Column | null])[],
  encoding: CsvEncoding,
  options: ReadCsvOptions,
): Promise<NamedColumns> {
  const again = columns.flatMap(([name, column]) => (column === null ? [name] : []));
  if (again.length === 0) return columns as NamedColumns;
  const types = new Map<string, ColumnType>(again.map((name) => [name, "text"]));
  const bound = { ...options, onNotice: undefined, select: again, types };
  const second = new Reading(bound, ONE_TABLE);
  await feed(file, second, bound, 2);
  if (second.rows !== first.rows) {
    throw new CsvError("csv-changed", "The CSV changed while it was read. Read it again.", {
      expected: first.rows,
      got: second.rows,
    });
  }
  const texts = new Map(second.take(encoding).columns);
  first.issues.adopt("not-utf8", second.issues);
  return columns.map(([name, column]) => [name, column ?? texts.get(name)!]);
}

/** Tells that texts were taken for Windows-1252. */
export function noticeEncoding(reading: Reading, encoding: CsvEncoding, options: CsvOptions): void {
  const { example } = reading.evidence;
  if (encoding !== "windows-1252" || options.encoding === "windows-1252" || example === null) return;
  const shown = JSON.stringify(decodeShown(example, encoding));
  options.onNotice?.({
    kind: "encoding",
    message: `The texts are not UTF-8 and were read as Windows-1252, for example ${shown}. Say encoding: "utf-8" to have such bytes reported as faults.`,
  });
}

/** Takes the faulty rows out of the columns, one column after the other, so that memory does not double. */
function dropRows(columns: NamedColumns, fileRows: Int32Array, faulty: ReadonlySet<number>): void {
  const kept = rowsWhere(fileRows.length, (row) => !faulty.has(fileRows[row]!));
  for (const named of columns) {
    const column = named[1];
    named[1] =
      column.kind === "number"
        ? { kind: "number", values: inOrder(column.values, kept) }
        : { ...column, codes: inOrder(column.codes, kept) };
  }
}
