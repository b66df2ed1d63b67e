import { delimiterByte, detectDelimiter } from "./delimiter.js";
import { BROKEN, ESCAPED, FieldReader } from "./field-reader.js";
import type { HeaderField } from "./header.js";
import { CsvError } from "./issues.js";
import { MAX_COLUMNS } from "./limits.js";
import { binaryString } from "./text-pool.js";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What stands before the first row. */
export interface Preamble {
  /** The place after it. */
  readonly end: number;
  readonly delimiter: string;
  /** The fields of the header; none where it is not wanted, or where the file has no record at all. */
  readonly header: readonly HeaderField[];
  /** True where the file begins with the byte order mark of UTF-8. */
  readonly hasMark: boolean;
}

/**
 * Reads byte order mark, empty lines, comments and header from the first `length` bytes of a file, and finds its
 * delimiter where that is "auto".
 *
 * @param final whether these are all bytes of the file.
 * @param comment the byte that begins a comment, or −1.
 * @returns null where more bytes are needed.
 * @throws CsvError `csv-utf16`, `csv-too-many-columns`.
 */
export function readPreamble(
  bytes: Uint8Array,
  length: number,
  final: boolean,
  delimiter: string | undefined,
  comment: number,
  wantsHeader: boolean,
): Preamble | null {
  let at = byteOrderMark(bytes, length);
  if (at === length && !final) return null;
  const hasMark = at > 0;
  const known =
    delimiter === "auto" ? detectDelimiter(bytes.subarray(at), length - at, final, comment) : (delimiter ?? ",");
  if (!wantsHeader) return { end: at, delimiter: known, header: [], hasMark };
  while (at < length) {
    const byte = bytes[at]!;
    if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
      at++;
    } else if (byte === comment) {
      while (at < length && bytes[at] !== LINE_FEED && bytes[at] !== CARRIAGE_RETURN) at++;
    } else {
      const header: HeaderField[] = [];
      const end = readHeader(bytes, at, length, final, delimiterByte(known), header);
      return end === -1 ? null : { end, delimiter: known, header, hasMark };
    }
  }
  return final ? { end: at, delimiter: known, header: [], hasMark } : null;
}

/** Reads the record at `at` into `fields`; returns the place after it, or −1 where it is not complete. */
function readHeader(
  bytes: Uint8Array,
  at: number,
  length: number,
  final: boolean,
  delimiter: number,
  fields: HeaderField[],
): number {
  const reader = new FieldReader(delimiter);
  for (;;) {
    const end = reader.read(bytes, at, length, final);
    if (end === -1) return -1;
    if (fields.length === MAX_COLUMNS) {
      throw new CsvError(
        "csv-too-many-columns",
        `The header has more than ${MAX_COLUMNS} fields. Is this a CSV file?`,
        {
          limit: MAX_COLUMNS,
        },
      );
    }
    const written = binaryString(bytes, reader.start, reader.end);
    fields.push({
      binary: reader.quoting === ESCAPED ? written.replaceAll('""', '"') : written,
      isBroken: reader.quoting === BROKEN,
    });
    if (end >= length || bytes[end] !== delimiter) return end;
    at = end + 1;
  }
}

/** Where a UTF-8 byte order mark ends, 0 where there is none. @throws CsvError `csv-utf16` for one of UTF-16. */
function byteOrderMark(bytes: Uint8Array, length: number): number {
  if (length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 3;
  if (length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))) {
    throw new CsvError("csv-utf16", "The CSV is UTF-16, by its first two bytes. Save it as UTF-8.", {
      expected: "UTF-8",
      got: bytes[0] === 0xff ? "UTF-16LE" : "UTF-16BE",
    });
  }
  return 0;
}
