/** The encodings that a CSV is read in. */
export type CsvEncoding = "utf-8" | "windows-1252";

const UTF8 = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const UTF8_SHOWN = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });
/**
 * Bytes 0x80 to 0x9f in Windows-1252; the others are those of Latin-1, and so of Unicode. (Not every runtime's decoder
 * knows: Node 20's takes Windows-1252 for Latin-1.)
 */
const FROM_0X80 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

const NOT_ASCII = /[\x80-\xff]/;
/** Bytes that stand for nothing in Windows-1252. */
const NOT_1252 = /[\x81\x8d\x8f\x90\x9d]/;

/** True where a binary string (every code unit one byte) needs no decoding. */
export function isAscii(binary: string): boolean {
  return !NOT_ASCII.test(binary);
}

/** The text that a binary string stands for, or null where it is not UTF-8. Windows-1252 reads every byte. */
export function decode(binary: string, encoding: CsvEncoding): string | null {
  if (isAscii(binary)) return binary;
  if (encoding === "windows-1252") {
    return binary.replaceAll(/[\x80-\x9f]/g, (unit) => FROM_0X80[unit.charCodeAt(0) - 0x80]!);
  }
  try {
    return UTF8.decode(bytesOf(binary));
  } catch {
    return null;
  }
}

function bytesOf(binary: string): Uint8Array {
  return Uint8Array.from(binary, (unit) => unit.charCodeAt(0));
}

/** The text for a message: U+FFFD for what is not UTF-8. */
export function decodeShown(binary: string, encoding: CsvEncoding): string {
  return decode(binary, encoding) ?? UTF8_SHOWN.decode(bytesOf(binary));
}

/**
 * What a file's texts say about its encoding. Text that is UTF-8 by chance is rare, so one valid character beyond ASCII
 * makes it UTF-8, and other bytes in it faults; where there is none, and all bytes mean something in Windows-1252, it is
 * that.
 */
export class EncodingEvidence {
  private utf8 = false;
  private undefined1252 = false;
  /** A text that is not UTF-8, as a binary string; null where there was none. */
  example: string | null = null;

  note(binary: string): void {
    if (isAscii(binary)) return;
    if (decode(binary, "utf-8") !== null) this.utf8 = true;
    else this.example ??= binary;
    if (NOT_1252.test(binary)) this.undefined1252 = true;
  }

  /** True once there was any text beyond ASCII. */
  get isAny(): boolean {
    return this.utf8 || this.example !== null;
  }

  get encoding(): CsvEncoding {
    return this.example !== null && !this.utf8 && !this.undefined1252 ? "windows-1252" : "utf-8";
  }
}
