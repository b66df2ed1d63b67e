import { decode } from "./encoding.js";
import { scanDecimal } from "./scan-decimal.js";
import { binaryString } from "./text-pool.js";

/** What a cell is. */
export const NUMBER = 0;
export const MISSING = 1;
export const TEXT = 2;
/** A decimal beyond the range of float64. */
export const OVERFLOW = 3;

/** What stands for a missing cell besides an empty one, unless the reader says otherwise. */
export const MISSING_WORDS: readonly string[] = ["NaN", "nan", "NA", "null"];

const INFINITIES: ReadonlyMap<string, number> = /* @__PURE__ */ new Map([
  ["Infinity", Infinity],
  ["+Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["inf", Infinity],
  ["+inf", Infinity],
  ["-inf", -Infinity],
]);
/** Matches in one pass: no digit can belong to two parts of it, however long the cell. */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

const SPACE = 0x20;

/** Says what cells are. Numbers are what `Number()` makes of decimals, correctly rounded; spaces around do not count. */
export class CellReader {
  /** The last number read. */
  value: number = Number.NaN;
  private readonly scratch = new Float64Array(1);
  private readonly missing: ReadonlySet<string>;
  /** First bytes that a word can have which is no mere text: of numbers, infinities and missing words. */
  private readonly wordStarts = new Uint8Array(256);

  constructor(missingWords: readonly string[] = MISSING_WORDS) {
    this.missing = new Set(missingWords);
    for (let byte = 0; byte < 256; byte++) {
      const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
      if (!isLetter) this.wordStarts[byte] = 1;
    }
    for (const word of [...this.missing, ...INFINITIES.keys()]) this.wordStarts[word.charCodeAt(0) & 0xff] = 1;
  }

  /** What the field `bytes[start] … bytes[end − 1]` is, its doubled quotes aside; leaves its number in `value`. */
  readBytes(bytes: Uint8Array, start: number, end: number): number {
    while (start < end && bytes[start] === SPACE) start++;
    while (end > start && bytes[end - 1] === SPACE) end--;
    if (start === end) return MISSING;
    if (this.wordStarts[bytes[start]!] === 0) return TEXT;
    if (scanDecimal(bytes, start, this.scratch, 0) === end) {
      this.value = this.scratch[0]!;
      return NUMBER;
    }
    return this.readBinary(binaryString(bytes, start, end));
  }

  /** The same for a binary string. */
  readBinary(binary: string): number {
    return this.readText(decode(binary, "utf-8") ?? binary);
  }

  /** The same for a text. */
  readText(text: string): number {
    const word = text.trim();
    if (word === "" || this.missing.has(word)) return MISSING;
    const infinity = INFINITIES.get(word);
    if (infinity !== undefined) {
      this.value = infinity;
      return NUMBER;
    }
    if (!DECIMAL.test(word)) return TEXT;
    this.value = Number(word);
    return Number.isFinite(this.value) ? NUMBER : OVERFLOW;
  }

  /** True where a text stands for a missing cell. */
  isMissing(text: string): boolean {
    const word = text.trim();
    return word === "" || this.missing.has(word);
  }
}
