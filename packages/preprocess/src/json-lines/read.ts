import { type ByName, type ColumnType, checkTypes, typeOf } from "../by-name.js";
import { requireCount } from "../csv/options.js";
import { RecordBytes, type Records } from "../csv/record-bytes.js";
import type { CsvSource } from "../csv/source.js";
import { listSome, MlsecError } from "../errors.js";
import { Breather } from "../progress.js";
import { IssueLog, type ReadIssues, type ReadPolicy, shownValue } from "../read-issues.js";
import { Table } from "../table.js";
import { JsonColumn } from "./column.js";
import { MAX_CELLS_PER_BYTE, MAX_COLUMNS, MIN_CELLS_LIMITED } from "./limits.js";
import { type SourceLine, sourceLines } from "./lines.js";
import { JsonFault, type JsonValue, scanJsonObject } from "./object-scanner.js";

export interface ReadJsonLinesOptions {
  /** Only these columns, in this order. Default: all names that occur, in the order of their first occurrence. */
  readonly select?: readonly string[] | undefined;
  /**
   * Types that are binding for the named columns: in a `number` column strings are read as `readCsv` reads them, and other
   * text is an issue; in a `text` column numbers stand in their shortest form, booleans as `true` and `false`.
   */
  readonly types?: ByName<ColumnType> | undefined;
  /**
   * What becomes of lines that are no objects and of cells that a table cannot hold: an error that lists them (the
   * default), missing cells (`"missing"`), or no row at all (`"drop-row"`).
   */
  readonly policy?: ReadPolicy | undefined;
  /** Called with all issues before the table is returned, or the error thrown, if there are any. */
  readonly onIssues?: ((issues: ReadIssues) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes read so far, as they are stored, packed or not. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * Reads JSON lines (one object a line, UTF-8, packed with gzip or not) into a table, line by line as the bytes come, so
 * that streams are read once and nothing but the table is kept.
 *
 * The columns are all names that occur; a name that a line lacks is a missing cell there, as are `null` and `NaN`. Numbers
 * are numbers, booleans 1 and 0, strings text, even where they look like numbers. A column is numeric if all its present
 * cells are numbers (where at least 99 % are, the others are issues, but for the strings that `readCsv` takes for
 * missing), else text. Empty lines are passed over. `NaN` and `Infinity` are read as Python writes them.
 *
 * Nothing is lost silently. Issues, with row, column and value: `bad-json` (with line and position), `not-utf8`, `nested`
 * (arrays and objects, unless `select` leaves their column out), `duplicate-name`, `not-a-number`, `overflow`.
 *
 * @throws MlsecError `json-lines-issues`, `json-lines-empty`, `json-line-too-long`, `json-too-many-columns`,
 *   `json-too-sparse`, `missing-column`, `unreadable-source`, `aborted`; CsvError `csv-gzip` for broken gzip.
 */
export async function readJsonLines(source: CsvSource, options: ReadJsonLinesOptions = {}): Promise<Table> {
  const reader = new JsonLinesReader(options);
  const breather = new Breather(options.signal);
  for await (const lines of sourceLines(source, options)) {
    for (const line of lines) {
      reader.read(line);
      if (breather.due()) await breather.pause();
    }
  }
  return reader.table();
}

/** Some JSON lines as a table, and as they are written. */
export interface JsonLinesBatch extends Records {
  readonly table: Table;
  /** The first row's number in the source, from 0. */
  readonly firstRow: number;
  /** Rows of the batch, from 0, that are no objects or have cells that the table cannot hold; those are missing in it. */
  readonly faultyRows: ReadonlySet<number>;
  /** Those of them that are no objects. */
  readonly brokenRows: ReadonlySet<number>;
  /** Names that occur and were not selected, the first 4096 of them. */
  readonly otherNames: ReadonlySet<string>;
}

export interface ReadJsonLinesRecordsOptions extends Omit<ReadJsonLinesOptions, "onIssues"> {
  /** The columns. A name that does not occur in the first batch is an error, one that a later batch lacks is missing there. */
  readonly select: readonly string[];
  /** The columns are the same in all batches, so their types must be given, for each. */
  readonly types: ByName<ColumnType>;
  readonly policy?: "error" | "missing" | undefined;
  /** Rows of a table; the last one may have fewer. Default 4096. */
  readonly batchRows?: number | undefined;
}

/**
 * Reads JSON lines as `readJsonLines` does, in tables of `batchRows` rows each, and with every row the bytes of its line: for
 * programs that add members to lines and must not change the others. Memory is that of one table.
 *
 * @throws as `readJsonLines`.
 */
export async function* readJsonLinesRecords(
  source: CsvSource,
  options: ReadJsonLinesRecordsOptions,
): AsyncGenerator<JsonLinesBatch> {
  const { batchRows = 4096, signal } = options;
  requireCount(batchRows, "batchRows");
  const breather = new Breather(signal);
  const records = new RecordBytes();
  let reader = new JsonLinesReader(options);
  let firstRow = 0;
  const take = (): JsonLinesBatch => {
    const { faultyRows, brokenRows, otherNames } = reader;
    const read = { table: reader.table(firstRow > 0), firstRow, faultyRows, brokenRows, otherNames };
    const batch = { ...read, ...records.take() };
    firstRow += reader.rows;
    reader = new JsonLinesReader(options, firstRow);
    return batch;
  };
  const read = (line: SourceLine): void => {
    if (reader.read(line)) records.append(line.bytes, Int32Array.of(0, line.bytes.length));
  };
  for await (const lines of sourceLines(source, options)) {
    for (const line of lines) {
      read(line);
      if (reader.rows === batchRows) yield take();
      if (breather.due()) await breather.pause();
    }
  }
  if (reader.rows > 0 || firstRow === 0) yield take();
}

class JsonLinesReader {
  rows = 0;
  readonly otherNames: Set<string> = new Set();
  readonly brokenRows: Set<number> = new Set();
  private readonly columns = new Map<string, JsonColumn>();
  private readonly issues: IssueLog;
  private readonly decoder: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  private bytes = 0;

  constructor(
    private readonly options: ReadJsonLinesOptions,
    firstRow: number = 0,
  ) {
    this.issues = new IssueLog(firstRow);
    checkTypes(options.types);
    for (const name of options.select ?? []) this.columns.set(name, new JsonColumn(name, this.issues));
  }

  /** Rows with issues. */
  get faultyRows(): ReadonlySet<number> {
    return this.issues.rows;
  }

  /** Takes a line; returns whether it is a row, which an empty one is not. */
  read({ number, bytes }: SourceLine): boolean {
    this.bytes += bytes.length + 1;
    const text = this.decode(bytes, number);
    if (text === undefined) return true;
    if (/^[ \t\r]*$/.test(text)) return false;
    const row = this.rows++;
    const members: [string, JsonValue][] = [];
    try {
      scanJsonObject(number === 1 ? text.replace(/^\uFEFF/, "") : text, (name, value) => members.push([name, value]));
      for (const [name, value] of members) this.column(name)?.set(row, value);
    } catch (fault) {
      if (!(fault instanceof JsonFault)) throw fault;
      this.reportLine("bad-json", row, number, text, `, character ${fault.at + 1}: ${fault.what}`);
    }
    this.requireDense();
    return true;
  }

  /** @param mayLack whether selected columns need not occur. */
  table(mayLack: boolean = false): Table {
    const { issues, options, rows } = this;
    if (rows === 0) throw new MlsecError("json-lines-empty", "There are no JSON lines: the source is empty.");
    const never = (options.select ?? []).filter((name) => this.columns.get(name)!.lastRow === -1);
    if (never.length > 0 && !mayLack) {
      throw new MlsecError("missing-column", `No line has ${listSome(never)}. Select names that occur.`, {
        columns: never,
      });
    }
    const table = Table.of(
      [...this.columns].map(([name, column]) => [name, column.finish(typeOf(options.types, name), rows)]),
    );
    const kept = issues.settle("The JSON lines", "json-lines-issues", rows, options.policy, options.onIssues);
    if (this.columns.size === 0) {
      throw new MlsecError("json-lines-empty", "The JSON lines have no names, and so no columns.", { rows });
    }
    return kept === undefined ? table : table.take(kept);
  }

  /** The column of a name, made where it is new; undefined where it is not selected. */
  private column(name: string): JsonColumn | undefined {
    const known = this.columns.get(name);
    if (known !== undefined) return known;
    if (this.options.select !== undefined) {
      if (this.otherNames.size < MAX_COLUMNS) this.otherNames.add(name);
      return undefined;
    }
    if (this.columns.size === MAX_COLUMNS) {
      throw new MlsecError(
        "json-too-many-columns",
        `Row ${this.rows} brings a column beyond the ${MAX_COLUMNS} that are read. Say which are needed, with select.`,
        { row: this.rows - 1, limit: MAX_COLUMNS },
      );
    }
    const made = new JsonColumn(name, this.issues);
    this.columns.set(name, made);
    return made;
  }

  private decode(bytes: Uint8Array, line: number): string | undefined {
    try {
      return this.decoder.decode(bytes);
    } catch {
      this.reportLine("not-utf8", this.rows++, line, new TextDecoder().decode(bytes), ": not UTF-8");
      return undefined;
    }
  }

  private reportLine(kind: string, row: number, line: number, text: string, fault: string): void {
    const value = shownValue(text);
    this.brokenRows.add(row);
    this.issues.add({ kind, row, column: null, value, message: `line ${line}${fault} in ${JSON.stringify(value)}` });
  }

  private requireDense(): void {
    const cells = this.rows * this.columns.size;
    if (cells <= MIN_CELLS_LIMITED || cells <= MAX_CELLS_PER_BYTE * this.bytes) return;
    throw new MlsecError(
      "json-too-sparse",
      `${this.rows} rows of ${this.columns.size} columns would be nearly empty. Say which columns are needed, with select.`,
      { rows: this.rows, columns: this.columns.size },
    );
  }
}
