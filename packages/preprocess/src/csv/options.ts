import { type ByName, type ColumnType, checkTypes, typeOf } from "../by-name.js";
import { MlsecError } from "../errors.js";
import type { DatasetSchema } from "../schemas/schema.js";
import { delimiterByte } from "./delimiter.js";
import type { CsvEncoding } from "./encoding.js";
import type { CsvIssues } from "./issues.js";

/** Something about a file that a reader should know and that loses nothing. */
export interface CsvNotice {
  /** `encoding`: the texts were taken for Windows-1252; `delimiter`: it was found out; `headers`: copies were renamed. */
  readonly kind: "encoding" | "delimiter" | "headers";
  readonly message: string;
}

/** A part of the rows, drawn at random with equal chances and kept in the order of the file. */
export interface CsvSample {
  /** How many rows; all, where there are not more. */
  readonly rows: number;
  /** A safe non-negative integer; default 42. */
  readonly seed?: number | undefined;
}

/** Options that all reading takes. Columns are called by the names that they have after `headers` and `rename`. */
export interface CsvOptions {
  /**
   * Column names. By default the first record holds them, and names that are empty or occur twice are an error.
   * `"suffix"` renames the second `X` to `X.1`, as the CIC files do; it is the default where `schema` has such copies. A
   * list says that the file has no header.
   */
  readonly headers?: "error" | "suffix" | readonly string[] | undefined;
  /** New names for columns of the file. @throws MlsecError `missing-column` for one that is not there. */
  readonly rename?: ByName<string> | undefined;
  /** Types that are binding for the named columns: in a `number` column, text is an error; a `text` column stays text. */
  readonly types?: ByName<ColumnType> | undefined;
  /** A dataset whose types bind the columns of its names, as `types` does, which goes first. */
  readonly schema?: DatasetSchema | undefined;
  /** Only these columns, in this order. Default: all. */
  readonly select?: readonly string[] | undefined;
  /** Words that stand for a missing cell, besides the empty one. Default `NaN`, `nan`, `NA`, `null`. */
  readonly missing?: readonly string[] | undefined;
  /**
   * What becomes of faulty cells and ragged rows: an error that lists them (the default), missing cells (`"missing"`;
   * what a ragged row has too much is passed over), or no row at all (`"drop-row"`).
   */
  readonly policy?: "error" | "missing" | "drop-row" | undefined;
  /** Called with all faults before the table is returned, or the error thrown, if there are any. */
  readonly onIssues?: ((issues: CsvIssues) => void) | undefined;
  /** Called with what was found out about the file. */
  readonly onNotice?: ((notice: CsvNotice) => void) | undefined;
  /**
   * One ASCII character; default a comma. `"auto"` takes the one of comma, semicolon, tab and pipe that splits the first
   * records into the same number of fields, and says so through `onNotice`.
   */
  readonly delimiter?: string | undefined;
  /** One ASCII character that makes a line a comment where it stands first. Default: there are no comments. */
  readonly comment?: string | undefined;
  /**
   * Default `"auto"`: UTF-8, unless the texts that are read hold bytes beyond ASCII, none of which form UTF-8 characters
   * and all of which mean something in Windows-1252; then it is that, and `onNotice` is told.
   */
  readonly encoding?: CsvEncoding | "auto" | undefined;
  /** Rows to read from the start; types are found in them alone. Default: all. */
  readonly maxRows?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Called with the bytes read so far (as they are stored, packed or not) and of how many, where that is known. There is a
   * second pass only where the first left something open.
   */
  readonly onProgress?: ((bytes: number, pass: 1 | 2, total: number | undefined) => void) | undefined;
}

export interface ReadCsvOptions extends CsvOptions {
  /** Only some rows, drawn at random: memory for them alone is taken, but types are found in the whole columns. */
  readonly sample?: CsvSample | undefined;
}

/** The type that a column is bound to, if any. */
export function boundType({ types, schema }: CsvOptions, name: string): ColumnType | undefined {
  return typeOf(types, name) ?? schema?.columns.find((column) => column.name === name)?.type;
}

/** True where copies of a name are renamed instead of refused. */
export function suffixesCopies({ headers, schema }: CsvOptions): boolean {
  if (headers !== undefined) return headers === "suffix";
  return schema?.columns.some(({ copyOf }) => copyOf !== undefined) ?? false;
}

/** The byte that begins a comment line, or −1. */
export function commentByte(comment: string | undefined): number {
  if (comment === undefined) return -1;
  const byte = comment.charCodeAt(0);
  if (comment.length === 1 && byte < 128 && !'"\r\n'.includes(comment)) return byte;
  throw invalidOption(`A comment begins with one ASCII character, not ${JSON.stringify(comment)}.`, comment);
}

/** Checks what can be checked before anything is read. @throws MlsecError `invalid-option`. */
export function checkOptions({ types, delimiter, comment, maxRows, encoding, sample }: ReadCsvOptions): void {
  checkTypes(types);
  const first = commentByte(comment);
  if (delimiter !== "auto" && delimiterByte(delimiter) === first) {
    throw invalidOption(`${JSON.stringify(comment)} cannot be both delimiter and comment.`, comment);
  }
  if (maxRows !== undefined) requireCount(maxRows, "maxRows");
  if (sample !== undefined) requireCount(sample.rows, "sample.rows");
  if (encoding !== undefined && !["auto", "utf-8", "windows-1252"].includes(encoding)) {
    throw invalidOption(`encoding is "auto", "utf-8" or "windows-1252", not ${JSON.stringify(encoding)}.`, encoding);
  }
}

/** @throws MlsecError `invalid-option` unless the number is an integer from 1 to 2^31 − 1. */
export function requireCount(count: number, name: string): void {
  if (Number.isInteger(count) && count >= 1 && count < 2147483648) return;
  throw invalidOption(`${name} must be an integer from 1 to 2^31 - 1, not ${count}.`, count);
}

function invalidOption(message: string, got: unknown): MlsecError {
  return new MlsecError("invalid-option", message, { got });
}
