import { csvHeader, type RecordForm, type Records, type Table } from "@mlsec/preprocess";

/** Rows as they are written, and read. */
export interface WrittenRows extends Records {
  readonly table: Table;
  readonly firstRow: number;
  /** Rows of which not all could be read; of CSV with the number of their fields. */
  readonly faultyRows: ReadonlyMap<number, number> | ReadonlySet<number>;
  /** Rows of JSON lines that are no objects. */
  readonly brokenRows?: ReadonlySet<number>;
}

/** Writes rows with their verdicts. */
export interface RowWriter {
  /** @param codes class codes, −1 for none. */
  write(rows: WrittenRows, codes: Int32Array, probabilities: Float64Array): Uint8Array;
}

/** No number's shortest text is longer. */
const NUMBER_LENGTH = 25;
/** Probabilities whose text is kept: a tree has no more of them than leaves, a network ever new ones. */
const KEPT_NUMBERS = 1024;

const encoder: TextEncoder = new TextEncoder();

/** Bytes one after the other, in an array that is long enough. */
class Output {
  readonly bytes: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  put(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  get written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

/** The texts of numbers, as bytes. */
class NumberTexts {
  private readonly kept = new Map<number, Uint8Array>();

  bytesOf(value: number): Uint8Array {
    const known = this.kept.get(value);
    if (known !== undefined) return known;
    const bytes = encoder.encode(String(value));
    if (this.kept.size < KEPT_NUMBERS) this.kept.set(value, bytes);
    return bytes;
  }
}

/** CSV rows: each gets two fields more, as long as it has no more than it should. */
export class CsvRowWriter implements RowWriter {
  private readonly numbers = new NumberTexts();
  private readonly delimiter: Uint8Array;
  private readonly lineEnd: Uint8Array;
  /** What stands between a row and its probability, by class. */
  private readonly before: readonly Uint8Array[];
  /** What a row without a verdict gets. */
  private readonly none: Uint8Array;
  private header: Uint8Array = new Uint8Array(0);

  /** @param fields that a row has. */
  constructor(
    classes: readonly string[],
    private readonly form: RecordForm,
    private readonly fields: number,
  ) {
    const { delimiter, lineEnd } = form;
    this.delimiter = encoder.encode(delimiter);
    this.lineEnd = encoder.encode(lineEnd);
    this.before = classes.map((name) => encoder.encode(`${delimiter}${csvHeader([name], { delimiter })}${delimiter}`));
    this.none = encoder.encode(delimiter + delimiter);
  }

  /** The same writer, whose next rows come after a header with two names more. */
  startingWith(header: Uint8Array | string, added: readonly string[]): this {
    const { delimiter, lineEnd } = this.form;
    const names = encoder.encode(`${delimiter}${csvHeader(added, { delimiter })}${lineEnd}`);
    const begun = typeof header === "string" ? encoder.encode(header) : header;
    this.header = new Uint8Array([...begun, ...names]);
    return this;
  }

  write({ bytes, bounds, faultyRows }: WrittenRows, codes: Int32Array, probabilities: Float64Array): Uint8Array {
    const { before, numbers, none, lineEnd, header, delimiter, fields } = this;
    const missing = faultyRows instanceof Map ? faultyRows : NO_ROWS;
    let padding = 0;
    for (const got of missing.values()) padding += Math.max(0, fields - got);
    const added = longest([...before, none]) + NUMBER_LENGTH + lineEnd.length;
    const output = new Output(header.length + bytes.length + codes.length * added + padding);
    output.put(header);
    this.header = new Uint8Array(0);
    for (let row = 0; row < codes.length; row++) {
      output.put(bytes.subarray(bounds[2 * row]!, bounds[2 * row + 1]!));
      const code = codes[row]!;
      if (code >= 0) {
        output.put(before[code]!);
        output.put(numbers.bytesOf(probabilities[row]!));
      } else {
        const got = missing.get(row) ?? fields;
        for (let field = got; field < fields; field++) output.put(delimiter);
        if (got <= fields) output.put(none);
      }
      output.put(lineEnd);
    }
    return output.written;
  }
}

const NO_ROWS: ReadonlyMap<number, number> = new Map();

const SPACE = 0x20;
const OPENING_BRACE = 0x7b;
const LINE_END: Uint8Array = encoder.encode("\n");

/** JSON lines: each object gets two members more; what is no object stays as it is. */
export class JsonRowWriter implements RowWriter {
  private readonly numbers = new NumberTexts();
  /** What stands between the members of an object and its probability, by class. */
  private readonly before: readonly Uint8Array[];
  private readonly none: Uint8Array;

  constructor(classes: readonly string[], added: readonly string[]) {
    const [prediction, probability] = added.map((name) => JSON.stringify(name));
    this.before = classes.map((name) => encoder.encode(`${prediction}:${JSON.stringify(name)},${probability}:`));
    this.none = encoder.encode(`${prediction}:null,${probability}:null`);
  }

  write({ bytes, bounds, brokenRows }: WrittenRows, codes: Int32Array, probabilities: Float64Array): Uint8Array {
    const { before, none, numbers } = this;
    const added = longest([...before, none]) + NUMBER_LENGTH + 3;
    const output = new Output(bytes.length + codes.length * added);
    for (let row = 0; row < codes.length; row++) {
      const start = bounds[2 * row]!;
      const end = lastBeyondSpace(bytes, start, bounds[2 * row + 1]!);
      if (brokenRows?.has(row)) output.put(bytes.subarray(start, end));
      else {
        output.put(bytes.subarray(start, end - 1));
        if (bytes[lastBeyondSpace(bytes, start, end - 1) - 1] !== OPENING_BRACE) output.put(COMMA);
        const code = codes[row]!;
        if (code >= 0) {
          output.put(before[code]!);
          output.put(numbers.bytesOf(probabilities[row]!));
        } else output.put(none);
        output.put(CLOSING_BRACE);
      }
      output.put(LINE_END);
    }
    return output.written;
  }
}

const COMMA: Uint8Array = encoder.encode(",");
const CLOSING_BRACE: Uint8Array = encoder.encode("}");

/** The place after the last byte that is no white space. */
function lastBeyondSpace(bytes: Uint8Array, start: number, end: number): number {
  while (end > start && bytes[end - 1]! <= SPACE) end--;
  return end;
}

function longest(texts: readonly Uint8Array[]): number {
  return Math.max(...texts.map(({ length }) => length));
}
