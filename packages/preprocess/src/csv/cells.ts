import { BROKEN, type CsvRecord, ESCAPED } from "./records.js";

/** What a cell is, as far as its bytes tell. */
export const NUMBER = 0;
export const MISSING = 1;
export const TEXT = 2;

const MISSING_WORDS = new Set(["", "NaN", "nan", "NA", "null"]);
const INFINITIES = new Map([
  ["Infinity", Infinity],
  ["+Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["inf", Infinity],
  ["+inf", Infinity],
  ["-inf", -Infinity],
]);
/** Matches in one pass: no digit can belong to two parts of it, however long the cell. */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const POWERS_OF_TEN: Float64Array = /* @__PURE__ */ Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
const LARGEST_EXACT = 9007199254740992;

/**
 * Reads the number in field `field` of a record into `value`. A number is what `Number()` makes of it, correctly
 * rounded; spaces around it do not count.
 */
export class CellReader {
  /** The last number read. */
  value: number = Number.NaN;
  private readonly decoder: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  /** Says what the cell is, and leaves its number in `value` where it is one. */
  read(record: CsvRecord, field: number): number {
    const { bytes } = record;
    let at = record.starts[field]!;
    let end = record.ends[field]!;
    while (at < end && bytes[at] === 0x20) at++;
    while (end > at && bytes[end - 1] === 0x20) end--;
    if (at === end) return MISSING;
    return this.readPlainDecimal(bytes, at, end) ? NUMBER : this.readAny(record, field);
  }

  /** The text of a cell, doubled quotes undone. @throws TypeError where the bytes are not UTF-8. */
  text(record: CsvRecord, field: number): string {
    const text = this.decoder.decode(record.bytes.subarray(record.starts[field]!, record.ends[field]!));
    return record.quoting[field] === ESCAPED ? text.replaceAll('""', '"') : text;
  }

  /** True where a text stands for a missing cell. */
  isMissing(text: string): boolean {
    return MISSING_WORDS.has(text.trim());
  }

  /**
   * Digits, sign and one point: where the digits fit into 53 bits and the power of ten is exact, one division rounds
   * correctly (Clinger, "How to read floating point numbers accurately", 1990). Anything else is left to `Number()`.
   */
  private readPlainDecimal(bytes: Uint8Array, at: number, end: number): boolean {
    let negative = false;
    if (bytes[at] === 0x2d) {
      negative = true;
      at++;
    }
    let digits = 0;
    let mantissa = 0;
    let decimals = -1;
    for (; at < end; at++) {
      const digit = bytes[at]! - 0x30;
      if (digit >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit;
        digits++;
        if (decimals >= 0) decimals++;
      } else if (digit === -2 && decimals < 0) {
        decimals = 0;
      } else {
        return false;
      }
    }
    if (digits === 0 || digits > 19 || mantissa >= LARGEST_EXACT || decimals > 22) return false;
    const magnitude = decimals > 0 ? mantissa / POWERS_OF_TEN[decimals]! : mantissa;
    this.value = negative ? -magnitude : magnitude;
    return true;
  }

  private readAny(record: CsvRecord, field: number): number {
    if (record.quoting[field] === BROKEN) return TEXT;
    let text: string;
    try {
      text = this.text(record, field).trim();
    } catch {
      return TEXT;
    }
    if (MISSING_WORDS.has(text)) return MISSING;
    const infinity = INFINITIES.get(text);
    if (infinity !== undefined) this.value = infinity;
    else if (DECIMAL.test(text)) this.value = Number(text);
    else return TEXT;
    return NUMBER;
  }
}
