import type { ColumnType } from "../by-name.js";
import type { Column } from "../table.js";
import { type CellReader, MISSING, NUMBER, OVERFLOW, TEXT } from "./cells.js";
import { type CsvEncoding, decode, decodeShown, type EncodingEvidence } from "./encoding.js";
import type { IssueList } from "./issues.js";
import { TextPool } from "./text-pool.js";

const SMALLEST_SEGMENT = 1024;
/** After so many cells the number of all of them can be foreseen. */
const FORESEEING_CELLS = 16_384;
/** An array may be so much longer than its cells before they are copied out: pages that nobody touched take no memory. */
const ACCEPTED_SLACK = 1.25;

/** Cells of one column as they come, in few long arrays: where their number can be foreseen, in one. */
class CellStore<T extends Float64Array | Int32Array> {
  private readonly segments: T[] = [];
  private used = 0;
  private total = 0;

  constructor(private readonly make: (length: number) => T) {}

  append(cells: Float64Array, from: number, count: number, expected: number): void {
    for (let done = 0; done < count; ) {
      const last = this.lastWithRoom(count - done, expected);
      const part = Math.min(count - done, last.length - this.used);
      last.set(cells.subarray(from + done, from + done + part), this.used);
      this.used += part;
      this.total += part;
      done += part;
    }
  }

  /** Sets cell `index`, which is at most one past the last. */
  put(index: number, value: number): void {
    const last = this.segments[0];
    if (last === undefined || index >= last.length) {
      const grown = this.make(Math.max(SMALLEST_SEGMENT, (last?.length ?? 0) * 2));
      if (last !== undefined) grown.set(last);
      this.segments[0] = grown;
    }
    this.segments[0]![index] = value;
    this.total = this.used = Math.max(this.total, index + 1);
  }

  /** All cells in one array; the store is empty after that. */
  finish(): T {
    const [only] = this.segments;
    if (only !== undefined && this.segments.length === 1 && only.length <= this.total * ACCEPTED_SLACK) {
      return only.subarray(0, this.total) as T;
    }
    const all = this.make(this.total);
    let at = 0;
    for (const segment of this.segments.splice(0)) {
      const part = Math.min(segment.length, this.total - at);
      all.set(segment.subarray(0, part), at);
      at += part;
    }
    return all;
  }

  private lastWithRoom(count: number, expected: number): T {
    const last = this.segments.at(-1);
    if (last !== undefined && this.used < last.length) return last;
    if (last !== undefined && this.segments.length === 1 && this.total <= FORESEEING_CELLS && expected > this.total) {
      const all = this.make(expected);
      all.set(last);
      this.segments[0] = all;
      return all;
    }
    const foreseen = expected > 0 ? Math.min(expected, FORESEEING_CELLS) : SMALLEST_SEGMENT;
    const segment = this.make(Math.max(last === undefined ? foreseen : Math.floor(this.total / 8), count));
    this.segments.push(segment);
    this.used = 0;
    return segment;
  }
}

/** Share of the present cells that must be numbers for a column to be numeric; the rest are then faults. */
const NUMERIC_SHARE = 0.99;

/** What the cells of a column mean for a table that takes all rows in order, or only those of `order`. */
export interface Finishing {
  readonly cells: CellReader;
  readonly encoding: CsvEncoding;
  readonly issues: IssueList;
  /** Which of the stored cells stand in the table; null: all, in their order. */
  readonly order: Int32Array | null;
  /** The row of the file where a stored cell comes from. */
  readonly rowOf: (stored: number) => number;
}

/**
 * A column while it is read. It begins as numbers; the first present cell decides otherwise if it is text. A column of
 * text that turns out to be numbers still has them in its dictionary; a column of numbers that turns out to be text has
 * lost how they were written, and must be read again.
 */
export class ColumnReading {
  /** Numbers among the cells taken, or passed over, so far. */
  numbers = 0;
  type: ColumnType;
  pool: TextPool | undefined;
  private store: CellStore<Float64Array> | CellStore<Int32Array>;

  /** @param bound the type, where it is given and not to be found out. */
  constructor(
    readonly name: string,
    readonly field: number,
    readonly bound: ColumnType | undefined,
  ) {
    this.type = bound ?? "number";
    this.store = new CellStore((length) => new Float64Array(length));
    if (this.type === "text") this.turnIntoText(0);
  }

  /** From now on the cells are codes; those before, of which none is present, are missing. */
  turnIntoText(rowsBefore: number): TextPool {
    this.type = "text";
    this.pool = new TextPool();
    const codes = new CellStore((length) => new Int32Array(length));
    const missing = new Float64Array(Math.min(rowsBefore, 4096)).fill(-1);
    for (let done = 0; done < rowsBefore; done += missing.length) {
      codes.append(missing, 0, Math.min(missing.length, rowsBefore - done), rowsBefore);
    }
    this.store = codes;
    return this.pool;
  }

  take(block: Float64Array, from: number, rows: number, expected: number): void {
    this.store.append(block, from, rows, expected);
  }

  put(index: number, value: number): void {
    this.store.put(index, value);
  }

  /** Forgets the cells, not what was learnt about them: for the next batch. */
  startAnew(): TextPool | undefined {
    this.store = new CellStore((length) => new Float64Array(length));
    return this.type === "text" ? this.turnIntoText(0) : undefined;
  }

  /** The type that all cells speak for; a bound one stays. `issues` knows what was no number. */
  inferred(issues: IssueList): ColumnType {
    if (this.bound !== undefined) return this.bound;
    const numbers = this.numbers + issues.count("overflow", this.name);
    const texts = issues.count("not-a-number", this.name) + issues.count("bad-quote", this.name);
    return texts === 0 || numbers >= NUMERIC_SHARE * (numbers + texts) ? "number" : "text";
  }

  /** The column, or null where it is text, was read as numbers, and must be read again. */
  finish(finishing: Finishing): Column | null {
    const { issues } = finishing;
    if (this.type === "text") return this.finishText(this.store.finish() as Int32Array, finishing);
    if (this.inferred(issues) === "text") {
      const hadNumbers = this.numbers + issues.count("overflow", this.name) > 0;
      issues.withdraw("not-a-number", this.name);
      issues.withdraw("overflow", this.name);
      if (hadNumbers) return null;
      const codes = new Int32Array(inOrder(this.store.finish() as Float64Array, finishing.order).length).fill(-1);
      return { kind: "text", codes, dictionary: [] };
    }
    return { kind: "number", values: inOrder(this.store.finish() as Float64Array, finishing.order) };
  }

  /** Notes what the texts that occur say about the encoding. */
  noteEncoding(evidence: EncodingEvidence): void {
    for (const entry of this.pool?.entries ?? []) evidence.note(entry);
  }

  private finishText(codes: Int32Array, finishing: Finishing): Column {
    const numbers = this.bound === undefined ? this.asNumbers(codes, finishing) : null;
    if (numbers !== null) return { kind: "number", values: inOrder(numbers, finishing.order) };
    const { cells, encoding, issues, rowOf } = finishing;
    const entries = this.pool!.entries;
    const texts = entries.map((entry) => decode(entry, encoding));
    if (texts.includes(null)) {
      for (let i = 0; i < codes.length; i++) {
        const code = codes[i]!;
        if (code >= 0 && texts[code] === null) {
          issues.add("not-utf8", rowOf(i), this.name, () => decodeShown(entries[code]!, encoding));
          issues.commit();
        }
      }
    }
    const ordered = inOrder(codes, finishing.order);
    const UNSEEN = -2;
    const places = new Int32Array(entries.length).fill(UNSEEN);
    const dictionary: string[] = [];
    for (let i = 0; i < ordered.length; i++) {
      const code = ordered[i]!;
      if (code < 0) continue;
      if (places[code] === UNSEEN) {
        const text = texts[code]!;
        places[code] = text === null || cells.isMissing(text) ? -1 : dictionary.push(text) - 1;
      }
      ordered[i] = places[code]!;
    }
    return { kind: "text", codes: ordered, dictionary };
  }

  /** The numbers that the texts are, where enough of them are numbers for a numeric column; else null. */
  private asNumbers(codes: Int32Array, { cells, encoding, issues, rowOf }: Finishing): Float64Array | null {
    const entries = this.pool!.entries;
    const kinds = new Uint8Array(entries.length);
    const values = new Float64Array(entries.length);
    for (const [code, entry] of entries.entries()) {
      kinds[code] = cells.readBinary(entry);
      values[code] = kinds[code] === NUMBER ? cells.value : Number.NaN;
    }
    let numbers = 0;
    let texts = issues.count("bad-quote", this.name);
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i]!;
      if (code < 0) continue;
      if (kinds[code] === TEXT) texts++;
      else if (kinds[code] !== MISSING) numbers++;
    }
    if (numbers === 0 || numbers < NUMERIC_SHARE * (numbers + texts)) return null;
    const cellsAsNumbers = new Float64Array(codes.length);
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i]!;
      cellsAsNumbers[i] = code < 0 ? Number.NaN : values[code]!;
      if (code < 0 || (kinds[code] !== TEXT && kinds[code] !== OVERFLOW)) continue;
      const kind = kinds[code] === TEXT ? "not-a-number" : "overflow";
      issues.add(kind, rowOf(i), this.name, () => decodeShown(entries[code]!, encoding));
      issues.commit();
    }
    return cellsAsNumbers;
  }
}

/** The cells of `order`; in the same array, where the order only leaves some out. */
export function inOrder<T extends Float64Array | Int32Array>(cells: T, order: Int32Array | null): T {
  if (order === null) return cells;
  const taken = cells.slice(0, order.length) as T;
  for (let i = 0; i < order.length; i++) taken[i] = cells[order[i]!]!;
  return taken;
}
