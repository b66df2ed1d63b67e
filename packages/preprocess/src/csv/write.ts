import type { Table } from "../table.js";

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;
const ROWS_PER_PIECE = 4096;

/** A cell as RFC 4180 writes it: in quotes where it must be. */
export function csvField(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A header line from names, without its line end. */
export function csvHeader(names: readonly string[]): string {
  return names.map((name) => (/[",\r\n]/.test(name) ? csvField(name) : name)).join(",");
}

/**
 * A table as CSV text in pieces, header first, lines ended by LF. Numbers are written in their shortest form that reads
 * back to the same value, missing cells as nothing.
 */
export function* csvPieces(table: Table): Generator<string> {
  yield `${csvHeader(table.names)}\n`;
  const columns = [...table].map(([, column]) => {
    if (column.kind === "number") {
      const { values } = column;
      return (row: number) => (Number.isNaN(values[row]) ? "" : String(values[row]));
    }
    const fields = column.dictionary.map(csvField);
    return (row: number) => fields[column.codes[row]!] ?? "";
  });
  for (let from = 0; from < table.rows; from += ROWS_PER_PIECE) {
    const lines: string[] = [];
    for (let row = from; row < Math.min(from + ROWS_PER_PIECE, table.rows); row++) {
      lines.push(columns.map((cell) => cell(row)).join(","));
    }
    yield `${lines.join("\n")}\n`;
  }
}

/** A table as one CSV text; see `csvPieces` for large ones. */
export function toCsv(table: Table): string {
  return [...csvPieces(table)].join("");
}
