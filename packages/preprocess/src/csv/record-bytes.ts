const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SMALLEST_ROWS = 64;
const SMALLEST_BYTES = 1 << 14;

/** How the records of a file are written. */
export interface RecordForm {
  /** The header as it stands in the file, with what stands before it and without its line end; empty where there is none. */
  readonly header: Uint8Array;
  readonly delimiter: string;
  /** What ends the header; a line feed where there is none. */
  readonly lineEnd: "\n" | "\r\n" | "\r";
}

/** Records as they are written, one after the other. */
export interface Records {
  readonly bytes: Uint8Array;
  /** Where each record begins and ends in `bytes`, without its line end: two places a row. */
  readonly bounds: Int32Array;
}

/** The records of a batch, copied out of the bytes that are parsed. */
export class RecordBytes {
  form: RecordForm = { header: new Uint8Array(0), delimiter: ",", lineEnd: "\n" };
  /** Rows of the file with more or fewer fields than there should be, and how many they have. */
  readonly raggedRows: Map<number, number> = new Map();
  private fields = 0;
  private bytes: Uint8Array = new Uint8Array(SMALLEST_BYTES);
  private bounds: Int32Array = new Int32Array(2 * SMALLEST_ROWS);
  private length = 0;
  private places = 0;

  /** @param headerEnd where the header ends in `bytes`, 0 where there is none. */
  begin(bytes: Uint8Array, headerEnd: number, delimiter: string, fields: number): void {
    this.fields = fields;
    const isReturn = headerEnd > 0 && bytes[headerEnd] === CARRIAGE_RETURN;
    const lineEnd = isReturn ? (bytes[headerEnd + 1] === LINE_FEED ? "\r\n" : "\r") : "\n";
    this.form = { header: bytes.slice(0, headerEnd), delimiter, lineEnd };
  }

  /** How many fields a row of the file has. */
  fieldsOf(row: number): number {
    return this.raggedRows.get(row) ?? this.fields;
  }

  /** @param bounds of records that follow each other in `bytes`; at least one. */
  append(bytes: Uint8Array, bounds: Int32Array): void {
    const from = bounds[0]!;
    const record = bytes.subarray(from, bounds[bounds.length - 1]!);
    if (this.length + record.length > this.bytes.length)
      this.bytes = grown(this.bytes, this.length, this.length + record.length);
    if (this.places + bounds.length > this.bounds.length)
      this.bounds = grown(this.bounds, this.places, this.places + bounds.length);
    this.bytes.set(record, this.length);
    const shift = this.length - from;
    for (let i = 0; i < bounds.length; i++) this.bounds[this.places + i] = bounds[i]! + shift;
    this.length += record.length;
    this.places += bounds.length;
  }

  /** The records since this was last asked for. */
  take(): Records {
    const { bytes, bounds, length, places } = this;
    // The next batch is like this one.
    this.bytes = new Uint8Array(bytes.length);
    this.bounds = new Int32Array(bounds.length);
    this.length = 0;
    this.places = 0;
    return { bytes: bytes.subarray(0, length), bounds: bounds.subarray(0, places) };
  }
}

function grown<T extends Uint8Array | Int32Array>(array: T, used: number, needed: number): T {
  const longer = new (array.constructor as new (length: number) => T)(Math.max(needed, array.length * 2));
  longer.set(array.subarray(0, used));
  return longer;
}
