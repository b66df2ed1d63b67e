import { numberFault, numberFromText } from "../number-text.js";
import type { IssueLog } from "../read-issues.js";
import type { Column } from "../table.js";
import type { JsonValue } from "./object-scanner.js";

/** Share of the present cells that must be numbers for a column to be numeric; the rest are then issues. */
const NUMERIC_SHARE = 0.99;
const FIRST_ROWS = 256;

/**
 * Collects the cells of one column, before its type is known: numbers as values, texts as codes, booleans as both. Rows
 * that are passed over are missing.
 */
export class JsonColumn {
  private values: Float64Array = new Float64Array(0);
  private codes: Int32Array = new Int32Array(0);
  private readonly dictionary: string[] = [];
  private readonly codeOf = new Map<string, number>();
  private numbers = 0;
  private texts = 0;
  /** The last row that has a cell here. */
  lastRow = -1;

  constructor(
    readonly name: string,
    private readonly issues: IssueLog,
  ) {}

  /** Takes the cell of a row, which is not before that of the last call. */
  set(row: number, value: JsonValue): void {
    const isCopy = row === this.lastRow;
    this.lastRow = row;
    if (isCopy) this.takeCopy(row);
    else if (value.kind === "number") this.setNumber(row, value.value, value.text);
    else if (value.kind === "string") this.setText(row, value.value);
    else if (value.kind === "boolean") this.setBoolean(row, value.value);
    else if (value.kind === "nested") {
      this.issues.addCell(
        "nested",
        row,
        this.name,
        value.text,
        "is an array or object; leave the column out with select",
      );
    }
  }

  /** The column: of the given type, or else numeric where its present cells are numbers, at least 99 of 100. */
  finish(type: "number" | "text" | undefined, rows: number): Column {
    this.values = resized(this.values, rows, Number.NaN);
    this.codes = resized(this.codes, this.texts > 0 || this.codes.length > 0 ? rows : 0, -1);
    return (type ?? this.inferType()) === "number" ? this.numberColumn() : this.textColumn(rows);
  }

  private inferType(): "number" | "text" {
    if (this.texts === 0) return "number";
    if (this.numbers === 0) return "text";
    // Among numbers, the words that mean "missing" are no texts.
    const words = new Set(this.dictionary.flatMap((text, code) => (Number.isNaN(numberFromText(text)) ? [code] : [])));
    const texts = this.codes.reduce((sum, code, row) => sum + (this.isText(row) && !words.has(code) ? 1 : 0), 0);
    return this.numbers >= NUMERIC_SHARE * (this.numbers + texts) ? "number" : "text";
  }

  private numberColumn(): Column {
    const parsed = this.dictionary.map(numberFromText);
    for (const [row, code] of this.codes.entries()) {
      if (!this.isText(row)) continue;
      const number = parsed[code];
      const text = this.dictionary[code]!;
      if (number !== undefined) this.values[row] = number;
      else {
        const { kind, fault } = numberFault(text);
        this.issues.addCell(kind, row, this.name, text, fault);
      }
    }
    return { kind: "number", values: this.values };
  }

  private textColumn(rows: number): Column {
    this.codes = resized(this.codes, rows, -1);
    for (const [row, value] of this.values.entries()) {
      if (this.codes[row] === -1 && !Number.isNaN(value)) this.codes[row] = this.code(String(value));
    }
    return { kind: "text", codes: this.codes, dictionary: this.dictionary };
  }

  /** True for a string; a boolean has a number besides its text. */
  private isText(row: number): boolean {
    return this.codes[row]! >= 0 && Number.isNaN(this.values[row]);
  }

  private setNumber(row: number, value: number, text: string): void {
    if (Number.isNaN(value)) return;
    if (!Number.isFinite(value) && !text.endsWith("Infinity")) {
      this.issues.addCell("overflow", row, this.name, text, numberFault(text).fault);
      return;
    }
    this.putValue(row, value);
    this.numbers++;
  }

  private setBoolean(row: number, value: boolean): void {
    this.putValue(row, value ? 1 : 0);
    this.putCode(row, this.code(String(value)));
    this.numbers++;
  }

  private setText(row: number, text: string): void {
    this.putCode(row, this.code(text));
    this.texts++;
  }

  /** A line that names the column again: no copy is more right than the other. */
  private takeCopy(row: number): void {
    if (this.isText(row)) this.texts--;
    else if (!Number.isNaN(this.values[row] ?? Number.NaN)) this.numbers--;
    if (row < this.values.length) this.values[row] = Number.NaN;
    if (row < this.codes.length) this.codes[row] = -1;
    this.issues.addCell("duplicate-name", row, this.name, this.name, "stands in the line more than once");
  }

  private putValue(row: number, value: number): void {
    if (row >= this.values.length) this.values = resized(this.values, grown(row), Number.NaN);
    this.values[row] = value;
  }

  private putCode(row: number, code: number): void {
    if (row >= this.codes.length) this.codes = resized(this.codes, grown(row), -1);
    this.codes[row] = code;
  }

  private code(text: string): number {
    let code = this.codeOf.get(text);
    if (code === undefined) {
      code = this.dictionary.push(text) - 1;
      this.codeOf.set(text, code);
    }
    return code;
  }
}

function grown(row: number): number {
  return Math.max(FIRST_ROWS, 2 * row);
}

function resized<A extends Float64Array | Int32Array>(array: A, length: number, fill: number): A {
  if (array.length === length) return array;
  const made = (array instanceof Float64Array ? new Float64Array(length) : new Int32Array(length)) as A;
  made.set(array.subarray(0, length));
  if (length > array.length) made.fill(fill, array.length);
  return made;
}
