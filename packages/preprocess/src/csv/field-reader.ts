const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** How a field was written: plainly, in quotes, in quotes with doubled quotes inside, or with broken quotes. */
export const PLAIN = 0;
export const QUOTED = 1;
export const ESCAPED = 2;
export const BROKEN = 3;

/** Finds where one field ends, however it is written (RFC 4180). */
export class FieldReader {
  /** The last field read is `bytes[start] … bytes[end − 1]`, without its outer quotes. */
  start = 0;
  end = 0;
  quoting: number = PLAIN;

  constructor(private readonly delimiter: number) {}

  /**
   * Reads the field at `at` and returns the place of the delimiter or line end after it, which is `length` where a
   * `final` piece of the file ends with the field; −1 where its end is not among the bytes yet.
   */
  read(bytes: Uint8Array, at: number, length: number, final: boolean): number {
    this.start = at;
    this.quoting = PLAIN;
    if (at < length && bytes[at] === QUOTE) {
      this.start = ++at;
      at = this.readQuoted(bytes, at, length, final);
      if (at === -1) return -1;
    }
    const { delimiter } = this;
    while (at < length) {
      const byte = bytes[at]!;
      if (byte === delimiter || byte === LINE_FEED || byte === CARRIAGE_RETURN) break;
      at++;
    }
    if (at >= length && !final) return -1;
    if (this.quoting === PLAIN || this.quoting === BROKEN) this.end = at;
    return at;
  }

  /** Reads to the closing quote; returns the place after it. */
  private readQuoted(bytes: Uint8Array, at: number, length: number, final: boolean): number {
    this.quoting = QUOTED;
    for (;;) {
      at = bytes.indexOf(QUOTE, at);
      if (at === -1 || at >= length) {
        if (!final) return -1;
        this.quoting = BROKEN;
        return length;
      }
      if (at + 1 >= length) {
        if (!final) return -1;
        break;
      }
      if (bytes[at + 1] !== QUOTE) break;
      this.quoting = ESCAPED;
      at += 2;
    }
    this.end = at++;
    const after = bytes[at];
    if (at < length && after !== this.delimiter && after !== LINE_FEED && after !== CARRIAGE_RETURN) {
      this.quoting = BROKEN;
    }
    return at;
  }
}
