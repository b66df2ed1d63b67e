import { MlsecError } from "../errors.js";
import { FieldReader } from "./field-reader.js";
import { MAX_COLUMNS, MAX_RECORD_BYTES } from "./limits.js";
import { type CsvSource, plainChunks, reopenable } from "./source.js";

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * One record of a CSV file as places in `bytes`, valid until the next record is asked for. Field i is
 * `bytes[starts[i]] … bytes[ends[i] − 1]` without its outer quotes; `quoting[i]` says how it was written. The whole
 * record, without its line end, is `bytes[start] … bytes[end − 1]`.
 */
export interface CsvRecord {
  bytes: Uint8Array;
  start: number;
  end: number;
  count: number;
  starts: Int32Array;
  ends: Int32Array;
  quoting: Uint8Array;
}

/**
 * Splits CSV bytes into records and fields (RFC 4180; LF, CRLF and CR line ends; a byte order mark is passed over; empty
 * lines are not records). Push parser: hand it chunks of any size, the callback gets every record once, in order.
 */
export class RecordSplitter {
  private pending: Uint8Array = new Uint8Array(0);
  private atStart = true;
  /** Records handed out so far. */
  private records = 0;
  private readonly record: CsvRecord;
  private readonly reader: FieldReader;

  constructor(
    private readonly onRecord: (record: CsvRecord) => void,
    private readonly delimiter: number = 0x2c,
  ) {
    this.reader = new FieldReader(delimiter);
    this.record = {
      bytes: this.pending,
      start: 0,
      end: 0,
      count: 0,
      starts: new Int32Array(128),
      ends: new Int32Array(128),
      quoting: new Uint8Array(128),
    };
  }

  /** Takes the next bytes of the file. @throws MlsecError `csv-record-too-long`, `csv-too-many-columns`. */
  push(chunk: Uint8Array): void {
    this.consume(this.joined(chunk), false);
  }

  /** Says that there are no more bytes. */
  finish(): void {
    this.consume(this.pending, true);
  }

  private joined(chunk: Uint8Array): Uint8Array {
    if (this.pending.length === 0) return chunk;
    const joined = new Uint8Array(this.pending.length + chunk.length);
    joined.set(this.pending);
    joined.set(chunk, this.pending.length);
    return joined;
  }

  private consume(bytes: Uint8Array, final: boolean): void {
    let at = 0;
    if (this.atStart) {
      if (bytes.length < BYTE_ORDER_MARK.length && !final) {
        this.pending = bytes.slice();
        return;
      }
      if (BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte)) at = BYTE_ORDER_MARK.length;
      this.atStart = false;
    }
    while (at < bytes.length) {
      const byte = bytes[at]!;
      // An empty line, or the second half of CRLF.
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        at++;
        continue;
      }
      const next = this.readRecord(bytes, at, final);
      if (next === -1) break;
      at = next;
    }
    if (bytes.length - at > MAX_RECORD_BYTES) this.tooLong();
    this.pending = bytes.slice(at);
  }

  /** Reads the record at `at`; returns the place after it, or −1 where its end is not among the bytes yet. */
  private readRecord(bytes: Uint8Array, at: number, final: boolean): number {
    const { record, reader, delimiter } = this;
    const length = bytes.length;
    const start = at;
    let count = 0;
    for (;;) {
      if (count === record.starts.length) this.growFields();
      at = reader.read(bytes, at, length, final);
      if (at === -1) return -1;
      record.starts[count] = reader.start;
      record.ends[count] = reader.end;
      record.quoting[count] = reader.quoting;
      count++;
      if (at < length && bytes[at] === delimiter) {
        at++;
        continue;
      }
      record.bytes = bytes;
      record.start = start;
      record.end = at;
      record.count = count;
      if (at - start > MAX_RECORD_BYTES) this.tooLong();
      this.onRecord(record);
      this.records++;
      return at + 1;
    }
  }

  private growFields(): void {
    const { record } = this;
    if (record.starts.length >= MAX_COLUMNS) {
      throw new MlsecError(
        "csv-too-many-columns",
        `Record ${this.records} has more than ${MAX_COLUMNS} fields. Is this a CSV file?`,
        {
          record: this.records,
          limit: MAX_COLUMNS,
        },
      );
    }
    const grow = <T extends Int32Array | Uint8Array>(old: T, grown: T): T => {
      grown.set(old);
      return grown;
    };
    const size = record.starts.length * 2;
    record.starts = grow(record.starts, new Int32Array(size));
    record.ends = grow(record.ends, new Int32Array(size));
    record.quoting = grow(record.quoting, new Uint8Array(size));
  }

  private tooLong(): never {
    throw new MlsecError(
      "csv-record-too-long",
      `Record ${this.records} is longer than ${MAX_RECORD_BYTES} bytes. Is a closing quote missing?`,
      { record: this.records, limit: MAX_RECORD_BYTES },
    );
  }
}

/**
 * The records of a CSV source as they are written, without their line ends, the header among them: what a program needs
 * that adds columns to a file and must not change the others.
 */
export async function* csvRecords(
  source: CsvSource,
  options: { readonly delimiter?: string } = {},
): AsyncGenerator<Uint8Array> {
  const file = reopenable(source, false);
  let records: Uint8Array[] = [];
  const splitter = new RecordSplitter((record) => {
    records.push(record.bytes.slice(record.start, record.end));
  }, delimiterByte(options.delimiter));
  for await (const chunk of plainChunks(file)) {
    splitter.push(chunk);
    yield* records;
    records = [];
  }
  splitter.finish();
  yield* records;
}

/** The byte of a delimiter. @throws MlsecError `invalid-option` unless it is one ASCII character and no quote. */
export function delimiterByte(delimiter = ","): number {
  const byte = delimiter.charCodeAt(0);
  if (delimiter.length !== 1 || byte > 127 || byte === QUOTE || byte === LINE_FEED || byte === CARRIAGE_RETURN) {
    throw new MlsecError("invalid-option", `A delimiter is one ASCII character, not ${JSON.stringify(delimiter)}.`, {
      got: delimiter,
    });
  }
  return byte;
}
