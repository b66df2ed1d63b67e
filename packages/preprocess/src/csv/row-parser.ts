import { BROKEN, FieldReader } from "./field-reader.js";
import { CsvError } from "./issues.js";
import { MAX_COLUMNS, MAX_RECORD_BYTES } from "./limits.js";
import { type KernelEvents, RowKernel } from "./row-kernel.js";
import { scanDecimal } from "./scan-decimal.js";
import type { TextPool } from "./text-pool.js";

const QUOTE = 0x22;
const ZERO = 0x30;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What the parser does with a field: pass over it, read a number, or number its text. */
export const SKIP = 0;
export const READ_NUMBER = 1;
export const READ_TEXT = 2;

/** Cells of a block: few enough to stay in the cache of a core while columns are taken out of it. */
const BLOCK_CELLS = 65_536;
const MAX_BLOCK_ROWS = 512;
/** Cells between columns of a block, besides its rows: without them all columns would share a few cache lines. */
const BLOCK_PADDING = 8;

/** Bytes that belong to numbers: where one of them is the delimiter, `scanDecimal` would read past the field. */
const NUMBER_BYTES = "0123456789+-.eE";

/** What happens outside the parser's beaten track. */
export interface RowEvents {
  /** A field that is not a plain decimal: the number for its cell. */
  oddNumber(field: number, row: number, bytes: Uint8Array, reader: FieldReader): number;
  /** A field in quotes: the code for its cell, −1 where it has none. */
  oddText(field: number, row: number, bytes: Uint8Array, reader: FieldReader): number;
  brokenQuotes(field: number, row: number, bytes: Uint8Array, reader: FieldReader): void;
  ragged(row: number, got: number): void;
  /** The row whose events these were is complete. */
  commit(): void;
  /** It is not: it will be read again, with more bytes. */
  rollback(): void;
  /** The first `rows` rows of the block are filled. Returns how many rows to fill next; 0 ends the parsing. */
  flush(rows: number): number;
}

/**
 * Parses CSV bytes into blocks of cells: numbers as they are, texts as their code in the column's pool. One loop does
 * what is plain (fields without quotes, decimals of up to 30 digits, line ends of any kind) and touches every byte once;
 * all else goes through `RowEvents`. That loop is there twice, in WebAssembly (`RowKernel`) and, for places that forbid
 * it and for delimiters that could be of a number, in TypeScript; what they make is the same.
 *
 * A block holds its columns one after the other: the cell of column c in row r is `block[c · stride + r]`.
 */
export class RowParser {
  /** What to do with each field of the file; may change while parsing. */
  modes: Uint8Array;
  /** The pools of the fields read as text. */
  readonly pools: (TextPool | undefined)[];
  block: Float64Array;
  /** Where a field's column begins in the block. */
  offsets: Int32Array;
  /** Where the records of the block begin and end in the bytes, without their line ends: two places a row. */
  bounds: Int32Array;
  /** Rows before this block. */
  rowsBefore = 0;
  /** Bytes of the present piece that are parsed, as of the last flush. */
  position = 0;
  private rowInBlock = 0;
  private rowsToFill: number;
  private readonly reader: FieldReader;
  private readonly isScannable: boolean;
  private kernel: RowKernel | undefined;
  /** What the kernel is parsing. */
  private bytes: Uint8Array = new Uint8Array(0);
  private length = 0;
  private final = false;

  /** @param fields which of the file's fields (their number is the length) have a column. */
  constructor(
    fields: readonly boolean[],
    private readonly delimiter: number,
    private readonly comment: number,
    private readonly events: RowEvents,
  ) {
    const columns = fields.filter(Boolean).length;
    this.rowsToFill = RowParser.blockRows(columns);
    const stride = this.rowsToFill + BLOCK_PADDING;
    const cells = columns * stride;
    this.pools = fields.map(() => undefined);
    this.reader = new FieldReader(delimiter);
    this.isScannable = !NUMBER_BYTES.includes(String.fromCharCode(delimiter));
    if (this.isScannable)
      this.kernel = RowKernel.borrow(this.kernelEvents(), fields.length, this.rowsToFill, cells, delimiter, comment);
    const { modes, offsets, block, bounds } = this.kernel?.views ?? {
      modes: new Uint8Array(fields.length),
      offsets: new Int32Array(fields.length),
      block: new Float64Array(cells),
      bounds: new Int32Array(2 * this.rowsToFill),
    };
    let column = 0;
    this.offsets = offsets;
    this.offsets.set(fields.map((isRead) => (isRead ? column++ * stride : 0)));
    this.modes = modes.fill(SKIP);
    this.block = block;
    this.bounds = bounds;
  }

  /** Rows of a block of so many columns. */
  static blockRows(columns: number): number {
    return Math.max(4, Math.min(MAX_BLOCK_ROWS, Math.floor(BLOCK_CELLS / Math.max(columns, 1))));
  }

  /** Rows in the block so far. */
  get pending(): number {
    return this.rowInBlock;
  }

  /** True once a flush said that nothing more is wanted. */
  get isDone(): boolean {
    return this.rowsToFill === 0;
  }

  /** Fills at most so many rows before the next flush. */
  limitRows(rows: number): void {
    this.rowsToFill = rows;
  }

  /**
   * An array of at least `length` places that begins with `bytes`, for the bytes to parse: where there is a kernel, they
   * must lie in its memory. `block`, `offsets`, `bounds` and `modes` may be others after this.
   */
  input(bytes: Uint8Array, length: number): Uint8Array {
    if (this.kernel === undefined) {
      if (bytes.length >= length) return bytes;
      const grown = new Uint8Array(length);
      grown.set(bytes);
      return grown;
    }
    this.bytes = this.kernel.input(length);
    ({ modes: this.modes, offsets: this.offsets, block: this.block, bounds: this.bounds } = this.kernel.views);
    // Bytes that are in that memory already are there still, though their old view may be empty.
    if (bytes.length > 0 && bytes.buffer !== this.bytes.buffer) this.bytes.set(bytes);
    return this.bytes;
  }

  /** Says that nothing more will be parsed. */
  close(): void {
    this.kernel?.giveBack();
    this.kernel = undefined;
  }

  /** How many of the cells of the block from `from` on are no NaN. */
  countNumbers(from: number, rows: number): number {
    if (this.kernel !== undefined) return this.kernel.countNumbers(from, rows);
    const { block } = this;
    let numbers = 0;
    for (let i = from; i < from + rows; i++) if (!Number.isNaN(block[i])) numbers++;
    return numbers;
  }

  /** Hands over the rows of the block that are complete. */
  flush(): void {
    const rows = this.rowInBlock;
    this.rowInBlock = 0;
    this.rowsToFill = this.events.flush(rows);
    this.rowsBefore += rows;
  }

  /**
   * Parses the records that are complete and returns where the first one begins that is not. `bytes` are those that
   * `input` gave last; `bytes[length]` must be a line feed, which is not part of the file.
   */
  parse(bytes: Uint8Array, from: number, length: number, final: boolean): number {
    return this.kernel === undefined
      ? this.parsePlainly(bytes, from, length, final)
      : this.parseByKernel(this.kernel, from, length, final);
  }

  private parseByKernel(kernel: RowKernel, from: number, length: number, final: boolean): number {
    this.length = length;
    this.final = final;
    let at = from;
    while (at < length && this.rowsToFill > 0) {
      const end = kernel.parse(at, length, final, this.rowInBlock, this.rowsToFill);
      this.rowInBlock = kernel.rows;
      if (end < 0) {
        this.events.rollback();
        return this.incomplete(-1 - end, length);
      }
      at = end;
      if (this.rowInBlock >= this.rowsToFill) {
        this.position = at;
        this.flush();
      }
    }
    return Math.min(at, length);
  }

  private kernelEvents(): KernelEvents {
    const { events, pools, reader } = this;
    return {
      odd: (field, row, at) => {
        const end = reader.read(this.bytes, at, this.length, this.final);
        if (end === -1) return -1;
        this.rowInBlock = row;
        this.readOdd(field, row, this.bytes);
        return end;
      },
      text: (field, start, end, hash) => pools[field]!.intern(this.bytes, start, end, hash),
      surplus: (field, row, at) => {
        this.rowInBlock = row;
        return this.readSurplus(this.bytes, at, this.length, this.final, field);
      },
      shortage: (field, row) => {
        this.rowInBlock = row;
        this.readShortage(field);
      },
      commit: () => events.commit(),
      tooLong: (row) => {
        this.rowInBlock = row;
        this.tooLong();
      },
    };
  }

  private parsePlainly(bytes: Uint8Array, from: number, length: number, final: boolean): number {
    const { delimiter, comment, modes, pools, block, offsets, isScannable } = this;
    const fields = modes.length;
    const lastField = fields - 1;
    let at = from;
    while (at < length && this.rowsToFill > 0) {
      const byte = bytes[at]!;
      // An empty line, or the second half of CRLF.
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        at++;
        continue;
      }
      const start = at;
      const row = this.rowInBlock;
      let isOdd = false;
      let field = 0;
      if (byte === comment) {
        at = endOfLine(bytes, at);
        if (at === length && !final) return this.incomplete(start, length);
        continue;
      }
      for (;;) {
        const mode = modes[field];
        const cell = offsets[field]! + row;
        // Half of all cells of a flow file are a single digit.
        if (mode === READ_NUMBER && bytes[at + 1] === delimiter && field < lastField && isScannable) {
          const digit = bytes[at]! - ZERO;
          if (digit >= 0 && digit <= 9) {
            block[cell] = digit;
            field++;
            at += 2;
            continue;
          }
        }
        let end = at;
        if (mode === READ_NUMBER) {
          if (isScannable) end = scanDecimal(bytes, at, block, cell);
        } else {
          let hash = 0;
          let next = bytes[at]!;
          if (next !== QUOTE) {
            while (next !== delimiter && next !== LINE_FEED && next !== CARRIAGE_RETURN) {
              hash = Math.imul(hash ^ next, 0x01000193);
              next = bytes[++end]!;
            }
            // What ends with the bytes may go on in the next ones, and is left to the reader.
            if (end >= length) end = at;
            else if (mode === READ_TEXT) block[cell] = end === at ? -1 : pools[field]!.intern(bytes, at, end, hash);
          }
        }
        let terminator = bytes[end];
        if (
          (terminator !== delimiter && terminator !== LINE_FEED && terminator !== CARRIAGE_RETURN) ||
          (!isScannable && mode === READ_NUMBER) ||
          end >= length
        ) {
          end = this.reader.read(bytes, at, length, final);
          if (end === -1) {
            this.events.rollback();
            return this.incomplete(start, length);
          }
          isOdd = true;
          this.readOdd(field, row, bytes);
          terminator = bytes[end];
        }
        field++;
        at = end + 1;
        if (terminator === delimiter && end < length) {
          if (field < fields) continue;
          isOdd = true;
          at = this.readSurplus(bytes, at, length, final, field);
          if (at === -1) {
            this.events.rollback();
            return this.incomplete(start, length);
          }
        } else {
          if (end >= length && !final) {
            this.events.rollback();
            return this.incomplete(start, length);
          }
          if (field < fields) {
            isOdd = true;
            this.readShortage(field);
          }
        }
        break;
      }
      if (at - start > MAX_RECORD_BYTES) this.tooLong();
      if (isOdd) this.events.commit();
      this.bounds[2 * row] = start;
      this.bounds[2 * row + 1] = at - 1;
      if (++this.rowInBlock >= this.rowsToFill) {
        this.position = at;
        this.flush();
      }
    }
    return Math.min(at, length);
  }

  private readOdd(field: number, row: number, bytes: Uint8Array): void {
    const { reader, events, modes } = this;
    const fileRow = this.rowsBefore + row;
    const isBroken = reader.quoting === BROKEN;
    if (isBroken) events.brokenQuotes(field, fileRow, bytes, reader);
    if (modes[field] === READ_NUMBER) {
      const value = isBroken ? Number.NaN : events.oddNumber(field, fileRow, bytes, reader);
      // The field may have become text through this very cell.
      if (modes[field] === READ_NUMBER) {
        this.block[this.offsets[field]! + row] = value;
        return;
      }
    }
    if (modes[field] === READ_TEXT) {
      this.block[this.offsets[field]! + row] = isBroken ? -1 : events.oddText(field, fileRow, bytes, reader);
    }
  }

  /** Reads over the fields that a row has too much; returns the place after the row, or −1. */
  private readSurplus(bytes: Uint8Array, at: number, length: number, final: boolean, count: number): number {
    for (;;) {
      const end = this.reader.read(bytes, at, length, final);
      if (end === -1) return -1;
      if (++count > MAX_COLUMNS) {
        throw new CsvError(
          "csv-too-many-columns",
          `Row ${this.rowsBefore + this.rowInBlock + 1} has more than ${MAX_COLUMNS} fields. Is this a CSV file?`,
          { row: this.rowsBefore + this.rowInBlock, limit: MAX_COLUMNS },
        );
      }
      at = end + 1;
      if (end >= length || bytes[end] !== this.delimiter) break;
    }
    this.events.ragged(this.rowsBefore + this.rowInBlock, count);
    return at;
  }

  /** Leaves the cells missing that a row has too few. */
  private readShortage(got: number): void {
    const { modes, offsets, block, rowInBlock } = this;
    this.events.ragged(this.rowsBefore + rowInBlock, got);
    for (let field = got; field < modes.length; field++) {
      if (modes[field] === READ_NUMBER) block[offsets[field]! + rowInBlock] = Number.NaN;
      else if (modes[field] === READ_TEXT) block[offsets[field]! + rowInBlock] = -1;
    }
  }

  private incomplete(start: number, length: number): number {
    if (length - start > MAX_RECORD_BYTES) this.tooLong();
    return start;
  }

  private tooLong(): never {
    const row = this.rowsBefore + this.rowInBlock;
    throw new CsvError(
      "csv-record-too-long",
      `Row ${row + 1} is longer than ${MAX_RECORD_BYTES} bytes. Is a closing quote missing?`,
      { row, limit: MAX_RECORD_BYTES },
    );
  }
}

/** The place of the next line end; one must be there. */
function endOfLine(bytes: Uint8Array, at: number): number {
  while (bytes[at] !== LINE_FEED && bytes[at] !== CARRIAGE_RETURN) at++;
  return at;
}
