import type { Table } from "../table.js";

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;
/** Outer spaces stay bare in a header, as the CIC files have them; a leading U+FEFF would pass for a byte order mark. */
const NAME_NEEDS_QUOTES = /[",\r\n]|^\uFEFF/;
const ROWS_PER_PIECE = 4096;

/** A cell as RFC 4180 writes it: in quotes where it must be. */
export function csvField(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A header line from names, without its line end. */
export function csvHeader(names: readonly string[]): string {
  return names.map((name) => (NAME_NEEDS_QUOTES.test(name) ? csvField(name) : name)).join(",");
}

/**
 * A table as CSV text in pieces, header first, lines ended by LF. Numbers are written in their shortest form that reads
 * back to the same value (−0 as `-0`), missing cells as nothing. `readCsv` gives the same table back, but for texts that
 * it takes for numbers (unless `types` says "text") or for missing cells, the empty text among them.
 */
export function* csvPieces(table: Table): Generator<string> {
  yield `${csvHeader(table.names)}\n`;
  // An empty line is not a record, so a lone missing cell needs its quotes.
  const missing = table.names.length === 1 ? '""' : "";
  const columns = [...table].map(([, column]) => {
    if (column.kind === "number") {
      const { values } = column;
      return (row: number) => numberField(values[row]!) || missing;
    }
    const fields = column.dictionary.map(csvField);
    return (row: number) => fields[column.codes[row]!] || missing;
  });
  for (let from = 0; from < table.rows; from += ROWS_PER_PIECE) {
    const lines: string[] = [];
    for (let row = from; row < Math.min(from + ROWS_PER_PIECE, table.rows); row++) {
      lines.push(columns.map((cell) => cell(row)).join(","));
    }
    yield `${lines.join("\n")}\n`;
  }
}

function numberField(value: number): string {
  if (Number.isNaN(value)) return "";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A table as one CSV text; see `csvPieces` for large ones. */
export function toCsv(table: Table): string {
  return [...csvPieces(table)].join("");
}
