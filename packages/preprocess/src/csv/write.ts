import { MlsecError } from "../errors.js";
import type { Table } from "../table.js";

/** How CSV is written. */
export interface WriteCsvOptions {
  /** One ASCII character between the fields; default a comma. */
  readonly delimiter?: string | undefined;
  /** What ends every line; default `"\n"`. RFC 4180 asks for `"\r\n"`. */
  readonly lineEnd?: "\n" | "\r\n" | undefined;
  /** What is written for a missing cell; default nothing. A text cell that is the same reads back as missing. */
  readonly missing?: string | undefined;
  /**
   * Puts an apostrophe before every text and column name that a spreadsheet would take for a formula: one that begins
   * with `=`, `+`, `-`, `@`, a tab, CR or LF, or the full-width form of the first four (OWASP, "CSV Injection"). Numbers
   * stay numbers, negative ones too, in text columns as well. Such cells read back with the apostrophe. Default false.
   *
   * This holds for programs that divide the file at its own delimiter: one that expects another finds more cells.
   */
  readonly escapeFormulas?: boolean | undefined;
}

const ROWS_PER_PIECE = 4096;
const FORMULA_START = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** Writes single fields by the options of one file. */
class FieldWriter {
  readonly delimiter: string;
  private readonly escapes: boolean;
  private readonly cellNeedsQuotes: RegExp;
  /** Outer spaces stay bare in a header, as the CIC files have them; a leading U+FEFF would pass for a byte order mark. */
  private readonly nameNeedsQuotes: RegExp;
  /** True for a delimiter that can occur in a number. */
  private readonly cutsNumbers: boolean;

  /** @throws MlsecError `invalid-option`. */
  constructor({ delimiter = ",", escapeFormulas = false }: WriteCsvOptions) {
    if (delimiter.length !== 1 || delimiter > "\x7f" || '"\r\n'.includes(delimiter)) {
      throw new MlsecError("invalid-option", `A delimiter is one ASCII character, not ${JSON.stringify(delimiter)}.`, {
        got: delimiter,
      });
    }
    const escaped = `\\u00${delimiter.charCodeAt(0).toString(16).padStart(2, "0")}`;
    this.delimiter = delimiter;
    this.escapes = escapeFormulas;
    this.cellNeedsQuotes = new RegExp(`["\\r\\n${escaped}]|^\\s|\\s$`);
    this.nameNeedsQuotes = new RegExp(`["\\r\\n${escaped}]|^\\uFEFF`);
    this.cutsNumbers = /[\w+.-]/.test(delimiter);
  }

  name(name: string): string {
    const harmless = this.harmless(name);
    return this.nameNeedsQuotes.test(harmless) ? quoted(harmless) : harmless;
  }

  text(text: string): string {
    return this.plain(this.harmless(text));
  }

  /** A text that is none of the data's, and so no formula. */
  plain(text: string): string {
    return this.cellNeedsQuotes.test(text) ? quoted(text) : text;
  }

  /** A number in its shortest form that reads back to the same value, −0 as `-0`; NaN as nothing. */
  number(value: number): string {
    if (Number.isNaN(value)) return "";
    const text = Object.is(value, -0) ? "-0" : String(value);
    return this.cutsNumbers ? this.plain(text) : text;
  }

  private harmless(text: string): string {
    return this.escapes && FORMULA_START.test(text) && !DECIMAL.test(text) ? `'${text}` : text;
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

const DEFAULT_FIELDS: FieldWriter = /* @__PURE__ */ new FieldWriter({});

/** A cell of a comma-separated file as RFC 4180 writes it: in quotes where it must be. */
export function csvField(text: string): string {
  return DEFAULT_FIELDS.plain(text);
}

/** A header line from names, without its line end. @throws MlsecError `invalid-option`. */
export function csvHeader(names: readonly string[], options: WriteCsvOptions = {}): string {
  const fields = new FieldWriter(options);
  return names.map((name) => fields.name(name)).join(fields.delimiter);
}

/**
 * A table as CSV text in pieces, header first. Numbers are written in their shortest form that reads back to the same
 * value (−0 as `-0`). `readCsv` gives the same table back, but for texts that it takes for numbers (unless `types` says
 * "text") or for missing cells, the empty text among them, and for what `escapeFormulas` changed.
 *
 * @throws MlsecError `invalid-option`.
 */
export function* csvPieces(table: Table, options: WriteCsvOptions = {}): Generator<string> {
  const fields = new FieldWriter(options);
  const { delimiter } = fields;
  const { lineEnd = "\n" } = options;
  yield `${csvHeader(table.names, options)}${lineEnd}`;
  const columns = cellWriters(table, fields, options.missing ?? "");
  for (let from = 0; from < table.rows; from += ROWS_PER_PIECE) {
    const lines: string[] = [];
    for (let row = from; row < Math.min(from + ROWS_PER_PIECE, table.rows); row++) {
      lines.push(columns.map((cell) => cell(row)).join(delimiter));
    }
    yield `${lines.join(lineEnd)}${lineEnd}`;
  }
}

/** For every column, what writes the cell of a row. */
function cellWriters(table: Table, fields: FieldWriter, missingText: string): ((row: number) => string)[] {
  // An empty line is not a record, so the empty cell of a lone column needs its quotes.
  const shown = (field: string): string => (field === "" && table.names.length === 1 ? '""' : field);
  const missing = shown(fields.plain(missingText));
  return [...table].map(([, column]) => {
    if (column.kind === "number") {
      const { values } = column;
      return (row) => fields.number(values[row]!) || missing;
    }
    const { codes } = column;
    const texts = column.dictionary.map((text) => shown(fields.text(text)));
    return (row) => texts[codes[row]!] ?? missing;
  });
}

/** A table as one CSV text; see `csvPieces` for large ones. @throws MlsecError `invalid-option`. */
export function toCsv(table: Table, options: WriteCsvOptions = {}): string {
  return [...csvPieces(table, options)].join("");
}

/**
 * A table as a stream of UTF-8 bytes, made as they are asked for: for a `Response`, a file, a compression stream.
 *
 * @throws MlsecError `invalid-option`, or `lone-surrogate` for a text that is no Unicode and so has no UTF-8 form.
 */
export function csvStream(table: Table, options: WriteCsvOptions = {}): ReadableStream<Uint8Array> {
  requireUnicode(table);
  const pieces = csvPieces(table, options);
  // The header is made here, so that a wrong option is thrown where it was given.
  let next: IteratorResult<string> = pieces.next();
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull: (controller) => {
      if (next.done) return controller.close();
      controller.enqueue(encoder.encode(next.value));
      next = pieces.next();
    },
    cancel: () => {
      pieces.return(undefined);
    },
  });
}

/** UTF-8 encoders write U+FFFD for half a surrogate pair, without a word. */
function requireUnicode(table: Table): void {
  for (const [name, column] of table) {
    const texts = column.kind === "text" ? [name, ...column.dictionary] : [name];
    const bad = texts.find((text) => /\p{Surrogate}/u.test(text));
    if (bad === undefined) continue;
    throw new MlsecError(
      "lone-surrogate",
      `Column ${JSON.stringify(name)} holds ${JSON.stringify(bad)}, half a surrogate pair, which UTF-8 cannot write. Correct the text.`,
      { column: name, value: bad },
    );
  }
}
