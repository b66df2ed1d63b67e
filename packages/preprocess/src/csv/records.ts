import { delimiterByte } from "./delimiter.js";
import { FieldReader } from "./field-reader.js";
import { CsvError } from "./issues.js";
import { MAX_COLUMNS, MAX_RECORD_BYTES } from "./limits.js";
import { type CsvSource, plainChunks, reopenable } from "./source.js";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** Up to so many bytes of a record that is not complete are looked through again with every chunk. */
const BYTES_TRIED_AGAIN = 4096;

/**
 * Cuts CSV bytes into records (RFC 4180; LF, CRLF and CR line ends; a byte order mark is passed over; empty lines are not
 * records). Push: hand it chunks of any size, then `finish`; each returns copies of the records that became complete.
 */
class RecordCutter {
  private buffer: Uint8Array = new Uint8Array(0);
  private filled = 0;
  private awaited = BYTE_ORDER_MARK.length;
  private isBegun = false;
  /** Records handed out so far. */
  private records = 0;
  private readonly reader: FieldReader;

  constructor(private readonly delimiter: number) {
    this.reader = new FieldReader(delimiter);
  }

  push(chunk: Uint8Array): Uint8Array[] {
    const filled = this.filled + chunk.length;
    if (filled > this.buffer.length) {
      const grown = new Uint8Array(Math.max(filled, this.buffer.length * 2));
      grown.set(this.buffer.subarray(0, this.filled));
      this.buffer = grown;
    }
    this.buffer.set(chunk, this.filled);
    this.filled = filled;
    return filled < this.awaited ? [] : this.cut(false);
  }

  finish(): Uint8Array[] {
    return this.cut(true);
  }

  private cut(final: boolean): Uint8Array[] {
    const { buffer, filled } = this;
    const found: Uint8Array[] = [];
    let at = 0;
    if (!this.isBegun && BYTE_ORDER_MARK.every((byte, index) => index < filled && buffer[index] === byte)) at = 3;
    this.isBegun = true;
    while (at < filled) {
      // An empty line, or the second half of CRLF.
      if (buffer[at] === LINE_FEED || buffer[at] === CARRIAGE_RETURN) {
        at++;
        continue;
      }
      const end = this.endOfRecord(at, final);
      if ((end === -1 ? filled : end) - at > MAX_RECORD_BYTES) this.tooLong();
      if (end === -1) break;
      found.push(buffer.slice(at, end));
      this.records++;
      at = end + 1;
    }
    buffer.copyWithin(0, at, filled);
    this.filled = Math.max(filled - at, 0);
    // A long record is tried again when there are twice as many bytes of it: the work stays linear.
    this.awaited = this.filled > BYTES_TRIED_AGAIN ? this.filled * 2 : 0;
    return found;
  }

  /** The place of the line end after the record that begins at `at`; −1 where it is not among the bytes yet. */
  private endOfRecord(at: number, final: boolean): number {
    const { reader, buffer, filled, delimiter } = this;
    for (let fields = 1; ; fields++) {
      if (fields > MAX_COLUMNS) this.tooWide();
      const end = reader.read(buffer, at, filled, final);
      if (end === -1 || end >= filled || buffer[end] !== delimiter) return end;
      at = end + 1;
    }
  }

  private tooLong(): never {
    throw new CsvError(
      "csv-record-too-long",
      `Record ${this.records} is longer than ${MAX_RECORD_BYTES} bytes. Is a closing quote missing?`,
      { record: this.records, limit: MAX_RECORD_BYTES },
    );
  }

  private tooWide(): never {
    throw new CsvError(
      "csv-too-many-columns",
      `Record ${this.records} has more than ${MAX_COLUMNS} fields. Is this a CSV file?`,
      { record: this.records, limit: MAX_COLUMNS },
    );
  }
}

/**
 * The records of a CSV source as they are written, without their line ends, the header among them: what a program needs
 * that adds columns to a file and must not change the others.
 *
 * @throws CsvError `csv-record-too-long`, `csv-too-many-columns`, `csv-gzip`; MlsecError `invalid-option`,
 * `unreadable-source`, `file-not-readable`, `url-not-readable`; what the source itself throws.
 */
export async function* csvRecords(
  source: CsvSource,
  options: { readonly delimiter?: string } = {},
): AsyncGenerator<Uint8Array> {
  const cutter = new RecordCutter(delimiterByte(options.delimiter));
  for await (const chunk of plainChunks(reopenable(source, false))) yield* cutter.push(chunk);
  yield* cutter.finish();
}
