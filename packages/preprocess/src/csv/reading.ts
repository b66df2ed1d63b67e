import { Random } from "../numeric/random.js";
import { DEFAULT_SEED } from "../progress.js";
import type { Column } from "../table.js";
import { CellReader, NUMBER, OVERFLOW, TEXT } from "./cells.js";
import { ColumnReading } from "./columns.js";
import { delimiterByte } from "./delimiter.js";
import { type CsvEncoding, decodeShown, EncodingEvidence } from "./encoding.js";
import { ESCAPED, type FieldReader } from "./field-reader.js";
import { headerNames, missingColumn, renamed, uniqueNames } from "./header.js";
import { CsvError, IssueList } from "./issues.js";
import { boundType, commentByte, type ReadCsvOptions, suffixesCopies } from "./options.js";
import { readPreamble } from "./preamble.js";
import type { RecordBytes } from "./record-bytes.js";
import { READ_NUMBER, READ_TEXT, type RowEvents, RowParser } from "./row-parser.js";
import { binaryString } from "./text-pool.js";

const LINE_FEED = 0x0a;
const SLICE_BYTES = 1 << 20;
/** So many bytes are awaited before they are parsed: enough to know the delimiter, however small the chunks. */
const PIECE_BYTES = 1 << 16;

/** More rows are expected than the first ones foretell, so that the rest fits. */
const EXPECTED_SURPLUS = 1.06;

/** What is done with the rows. */
export interface RowUse {
  /** Rows that a batch holds; Infinity for one table of all. */
  readonly batchRows: number;
  /** Called with every full batch. */
  readonly onBatch?: ((rows: number) => void) | undefined;
  /** False where only types are to be found out and cells are not kept. */
  readonly keepsCells: boolean;
  /** Takes the records of a batch as they are written, before the batch is full. */
  readonly records?: RecordBytes | undefined;
  /** Called with the names of all columns, before `select` is looked at. */
  readonly onHeader?: ((names: readonly string[]) => void) | undefined;
}

/** The columns that a reading found, to be put into a table. */
export interface ReadColumns {
  readonly columns: readonly (readonly [string, Column | null])[];
  readonly encoding: CsvEncoding;
}

/**
 * One pass over the bytes of a CSV: finds the header, sets up the columns, and feeds the row parser, whose odd cells it
 * judges. Push: hand it chunks of any size, then `finish`.
 */
export class Reading implements RowEvents {
  readonly issues: IssueList;
  readonly evidence: EncodingEvidence = new EncodingEvidence();
  /** Rows of the file taken so far. */
  rows = 0;
  /** All columns of the file, by their names in the table; empty until the header is known. */
  names: readonly string[] = [];
  columns: ColumnReading[] = [];
  private readonly cells: CellReader;
  private readonly comment: number;
  private readonly maxRows: number;
  private parser: RowParser | undefined;
  private byField: (ColumnReading | undefined)[] = [];
  private buffer: Uint8Array = new Uint8Array(0);
  private filled = 0;
  private awaited = PIECE_BYTES;
  private parsedBytes = 0;
  private expectedBytes = 0;
  private rowsInBatch = 0;
  /** Rows of the block whose bytes are copied to `use.records`. */
  private copiedRows = 0;
  private sample: { readonly rowsOf: number[]; readonly random: Random; readonly size: number } | undefined;
  /** The encoding, where it is given or the header showed it. */
  private encoding: CsvEncoding | undefined;
  private scratch: Uint8Array = new Uint8Array(256);

  constructor(
    private readonly options: ReadCsvOptions,
    private readonly use: RowUse,
  ) {
    this.issues = new IssueList(options.policy === "drop-row" || use.records !== undefined);
    this.cells = new CellReader(options.missing);
    this.comment = commentByte(options.comment);
    this.encoding = options.encoding === "auto" ? undefined : options.encoding;
    this.maxRows = options.maxRows ?? Number.POSITIVE_INFINITY;
    if (options.sample !== undefined) {
      const { rows, seed = DEFAULT_SEED } = options.sample;
      this.sample = { rowsOf: [], random: Random.seeded(seed), size: rows };
    }
  }

  /** True once all rows that are wanted are there. */
  get isDone(): boolean {
    return this.parser?.isDone ?? false;
  }

  /** How many bytes there will be, as far as can be foreseen. */
  expect(bytes: number): void {
    this.expectedBytes = bytes;
  }

  /** Takes the next bytes of the file, unpacked. @throws CsvError */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.isDone; at += SLICE_BYTES) {
      const slice = chunk.subarray(at, at + SLICE_BYTES);
      this.reserve(slice.length);
      this.buffer.set(slice, this.filled);
      this.filled += slice.length;
      if (this.filled >= this.awaited) this.parse(false);
    }
  }

  /** Says that there are no more bytes. @throws CsvError `csv-empty`, `csv-no-rows` and what `push` throws. */
  finish(): void {
    if (!this.isDone) this.parse(true);
    if (this.parser === undefined) {
      throw new CsvError("csv-empty", "The CSV is empty: it has neither a header nor rows.");
    }
    if (this.parser.pending > 0) this.parser.flush();
    if (this.rows === 0) {
      throw new CsvError("csv-no-rows", "The CSV has a header but no rows.", { columns: this.names });
    }
  }

  /** Ends the reading, whether or not it is finished: what it needed to parse is free again. */
  close(): void {
    this.parser?.close();
  }

  /** The encoding that is given, or that the texts so far speak for. */
  get encodingFound(): CsvEncoding {
    return this.encoding ?? this.evidence.encoding;
  }

  /** The columns as they are now, in the encoding that the texts speak for, or the given one. */
  take(encoding?: CsvEncoding): ReadColumns {
    for (const column of this.columns) column.noteEncoding(this.evidence);
    const known = encoding ?? this.encodingFound;
    const firstRow = this.rows - this.rowsInBatch;
    const rowsOf = this.sample?.rowsOf;
    const order = rowsOf === undefined ? null : orderOf(rowsOf);
    const finishing = {
      cells: this.cells,
      encoding: known,
      issues: this.issues,
      order,
      rowOf: (stored: number) => rowsOf?.[stored] ?? firstRow + stored,
    };
    return { columns: this.columns.map((column) => [column.name, column.finish(finishing)]), encoding: known };
  }

  /** The file's rows that the table holds, in its order. */
  get tableRows(): Int32Array {
    if (this.sample !== undefined) return Int32Array.from(this.sample.rowsOf).sort();
    const rows = new Int32Array(this.rowsInBatch);
    const first = this.rows - rows.length;
    for (let row = 0; row < rows.length; row++) rows[row] = first + row;
    return rows;
  }

  /** Begins the next batch. */
  startBatch(): void {
    this.rowsInBatch = 0;
    for (const column of this.columns) {
      const pool = column.startAnew();
      if (this.parser !== undefined) this.parser.pools[column.field] = pool;
    }
  }

  private reserve(bytes: number): void {
    // One place more, for the line feed that ends the bytes for the parser.
    const needed = this.filled + bytes + 1;
    if (this.buffer.length >= needed) return;
    const length = Math.max(needed, this.buffer.length * 2);
    if (this.parser !== undefined) {
      this.buffer = this.parser.input(this.buffer, length);
      return;
    }
    const grown = new Uint8Array(length);
    grown.set(this.buffer.subarray(0, this.filled));
    this.buffer = grown;
  }

  private parse(final: boolean): void {
    this.reserve(0);
    this.buffer[this.filled] = LINE_FEED;
    let from = 0;
    if (this.parser === undefined) {
      from = this.begin(final);
      if (this.parser !== undefined) this.buffer = (this.parser as RowParser).input(this.buffer, this.buffer.length);
    }
    const at = this.parser === undefined ? from : this.parser.parse(this.buffer, from, this.filled, final);
    // The rows of a block that is not full stay in it; their bytes are gone after this.
    this.copyRecords(this.parser?.pending ?? 0);
    this.parsedBytes += at;
    this.buffer.copyWithin(0, at, this.filled);
    this.filled -= at;
    // A record that is not complete is tried again when there are twice as many bytes: the work stays linear.
    this.awaited = Math.max(this.filled * 2, PIECE_BYTES);
  }

  /** Reads up to the header and over it, if it is all there; returns the place after what was read. */
  private begin(final: boolean): number {
    const { options } = this;
    const isHeaderless = typeof options.headers === "object";
    const preamble = readPreamble(this.buffer, this.filled, final, options.delimiter, this.comment, !isHeaderless);
    if (preamble === null) return 0;
    const { end, delimiter, header, hasMark } = preamble;
    if (options.delimiter === "auto") {
      options.onNotice?.({
        kind: "delimiter",
        message: `The fields are separated by ${JSON.stringify(delimiter)}, as the first records show.`,
      });
    }
    if (hasMark) this.encoding ??= "utf-8";
    const fields = isHeaderless ? options.headers!.length : header.length;
    this.use.records?.begin(this.buffer, isHeaderless ? 0 : end, delimiter, fields);
    if (isHeaderless) {
      this.start(options.headers as readonly string[], delimiterByte(delimiter));
    } else if (header.length > 0) {
      for (const { binary } of header) this.evidence.note(binary);
      if (this.evidence.isAny) this.encoding ??= this.evidence.encoding;
      this.start(headerNames(header, this.encoding ?? "utf-8"), delimiterByte(delimiter));
    }
    return end;
  }

  /** Sets up the columns and the parser. */
  private start(headers: readonly string[], delimiter: number): void {
    const { options } = this;
    const { names, copies } = uniqueNames(headers, suffixesCopies(options));
    if (copies.length > 0) {
      options.onNotice?.({
        kind: "headers",
        message: `Copies of these column names got a number: ${copies.map((name) => JSON.stringify(name)).join(", ")}.`,
      });
    }
    this.names = renamed(names, options.rename);
    this.issues.expectedFields = this.names.length;
    this.use.onHeader?.(this.names);
    const fieldOf = new Map(this.names.map((name, field) => [name, field]));
    this.columns = (options.select ?? this.names).map((name) => {
      const field = fieldOf.get(name) ?? missingColumn(name, this.names);
      return new ColumnReading(name, field, boundType(options, name));
    });
    this.byField = this.names.map(() => undefined);
    for (const column of this.columns) this.byField[column.field] = column;
    const fields = this.byField.map((column) => column !== undefined);
    this.parser = new RowParser(fields, delimiter, this.comment, this);
    for (const column of this.columns) {
      this.parser.modes[column.field] = column.type === "number" ? READ_NUMBER : READ_TEXT;
      this.parser.pools[column.field] = column.pool;
    }
    this.parser.limitRows(this.rowsToFill());
  }

  // Row events.

  oddNumber(field: number, row: number, bytes: Uint8Array, reader: FieldReader): number {
    const { cells } = this;
    const kind = cells.readBytes(bytes, reader.start, reader.end);
    if (kind === NUMBER) return cells.value;
    if (kind === TEXT || kind === OVERFLOW) {
      const column = this.byField[field]!;
      if (kind === TEXT && this.turnsIntoText(column)) return Number.NaN;
      if (this.encoding === undefined) this.noteEncoding(bytes, reader);
      this.issues.add(kind === TEXT ? "not-a-number" : "overflow", row, column.name, () =>
        this.shown(bytes, reader, true),
      );
    }
    return Number.NaN;
  }

  oddText(field: number, _row: number, bytes: Uint8Array, reader: FieldReader): number {
    let { start, end } = reader;
    if (start === end) return -1;
    if (reader.quoting === ESCAPED) {
      end = this.unescape(bytes, start, end);
      bytes = this.scratch;
      start = 0;
    }
    let hash = 0;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    return this.byField[field]!.pool!.intern(bytes, start, end, hash);
  }

  brokenQuotes(field: number, row: number, bytes: Uint8Array, reader: FieldReader): void {
    this.issues.add("bad-quote", row, this.names[field]!, () => this.shown(bytes, reader, false));
  }

  ragged(row: number, got: number): void {
    this.use.records?.raggedRows.set(row, got);
    this.issues.add("ragged-row", row, null, () => String(got));
  }

  commit(): void {
    this.issues.commit();
  }

  rollback(): void {
    this.issues.rollback();
  }

  flush(rows: number): number {
    this.copyRecords(rows);
    this.copiedRows = 0;
    const { block, offsets } = this.parser!;
    const firstRow = this.rows;
    this.rows += rows;
    this.rowsInBatch += rows;
    const kept = this.use.keepsCells ? this.chosen(firstRow, rows) : [];
    const expected = this.use.keepsCells && kept === null ? this.expectedRows() : 0;
    for (const column of this.columns) {
      const from = offsets[column.field]!;
      if (column.type === "number") column.numbers += this.parser!.countNumbers(from, rows);
      if (kept === null) column.take(block, from, rows, expected);
      else for (let i = 0; i < kept.length; i += 2) column.put(kept[i + 1]!, block[from + kept[i]!]!);
    }
    if (this.rowsInBatch === this.use.batchRows) {
      this.use.onBatch?.(this.rowsInBatch);
      this.startBatch();
    }
    return this.rowsToFill();
  }

  /** Copies the records of the block up to a row, as far as they are not. */
  private copyRecords(rows: number): void {
    const { records } = this.use;
    if (records === undefined || rows === this.copiedRows) return;
    records.append(this.buffer, this.parser!.bounds.subarray(2 * this.copiedRows, 2 * rows));
    this.copiedRows = rows;
  }

  private rowsToFill(): number {
    return Math.min(
      RowParser.blockRows(this.columns.length),
      this.use.batchRows - this.rowsInBatch,
      this.maxRows - this.rows,
    );
  }

  /**
   * The rows of a block that are kept, as pairs of the row and its place: null for all, in their order. Of a sample, each
   * row takes the place of an earlier one as often as equal chances ask for (Vitter's algorithm R, 1985).
   */
  private chosen(firstRow: number, rows: number): number[] | null {
    const { sample } = this;
    if (sample === undefined) return null;
    const kept: number[] = [];
    for (let i = 0; i < rows; i++) {
      const row = firstRow + i;
      const place = row < sample.size ? row : sample.random.below(row + 1);
      if (place >= sample.size) continue;
      sample.rowsOf[place] = row;
      kept.push(i, place);
    }
    return kept;
  }

  /** How many rows the file seems to have, by the bytes of those read; a little more than less. */
  private expectedRows(): number {
    if (this.use.batchRows !== Number.POSITIVE_INFINITY) return this.use.batchRows;
    const bytesARow = Math.max((this.parsedBytes + this.parser!.position) / this.rows, this.names.length);
    return Math.ceil(Math.min(this.maxRows, (this.expectedBytes / bytesARow) * EXPECTED_SURPLUS + 512));
  }

  /** Makes a column text, if it may be and no number of it was read yet. */
  private turnsIntoText(column: ColumnReading): boolean {
    if (column.bound !== undefined || !this.use.keepsCells) return false;
    if (column.numbers > 0 || this.issues.count("overflow", column.name) > 0) return false;
    const { block, offsets, modes, pools, pending } = this.parser!;
    const from = offsets[column.field]!;
    for (let i = from; i < from + pending; i++) if (!Number.isNaN(block[i])) return false;
    block.fill(-1, from, from + pending);
    const stored = this.sample === undefined ? this.rowsInBatch : Math.min(this.rowsInBatch, this.sample.size);
    pools[column.field] = column.turnIntoText(stored);
    modes[column.field] = READ_TEXT;
    return true;
  }

  /** Takes the doubled quotes out of a field; it lies in `scratch` then. Returns its length. */
  private unescape(bytes: Uint8Array, start: number, end: number): number {
    if (this.scratch.length < end - start) this.scratch = new Uint8Array((end - start) * 2);
    let length = 0;
    for (let at = start; at < end; at++) {
      this.scratch[length++] = bytes[at]!;
      if (bytes[at] === 0x22) at++;
    }
    return length;
  }

  /** A text among numbers speaks for the encoding, too: its column may be text in the end. */
  private noteEncoding(bytes: Uint8Array, { start, end }: FieldReader): void {
    for (let at = start; at < end; at++) {
      if (bytes[at]! < 0x80) continue;
      this.evidence.note(binaryString(bytes, start, end));
      return;
    }
  }

  /** A field for a message. */
  private shown(bytes: Uint8Array, reader: FieldReader, undoesDoubling: boolean): string {
    const binary = binaryString(bytes, reader.start, Math.min(reader.end, reader.start + 240));
    const evidence = new EncodingEvidence();
    evidence.note(binary);
    const text = decodeShown(binary, this.encoding ?? evidence.encoding);
    return undoesDoubling && reader.quoting === ESCAPED ? text.replaceAll('""', '"') : text;
  }
}

/** The places of a sample in the order of their rows. */
function orderOf(rowsOf: readonly number[]): Int32Array {
  return Int32Array.from(rowsOf.keys()).sort((a, b) => rowsOf[a]! - rowsOf[b]!);
}
