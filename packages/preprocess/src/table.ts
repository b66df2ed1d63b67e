import { listSome, MlsecError } from "./errors.js";
import { requireRows } from "./rows.js";

/** A column of numbers; NaN marks a missing cell. */
export interface NumberColumn {
  readonly kind: "number";
  readonly values: Float64Array;
}

/** A column of text as codes into a dictionary of distinct values; −1 marks a missing cell. */
export interface TextColumn {
  readonly kind: "text";
  readonly codes: Int32Array;
  readonly dictionary: readonly string[];
}

export type Column = NumberColumn | TextColumn;

/** A cell of a row object: a number, a text, or null where the cell is missing. */
export type Cell = number | string | null;

/**
 * An immutable set of named columns of equal length.
 *
 * Names are data: any string is allowed, `__proto__` included, each at most once. Columns are held by reference and
 * must not be changed by whoever made them.
 */
export class Table {
  /** Column names in order. */
  readonly names: readonly string[];
  readonly rows: number;
  private readonly byName: ReadonlyMap<string, Column>;

  private constructor(byName: ReadonlyMap<string, Column>, rows: number) {
    this.byName = byName;
    this.names = [...byName.keys()];
    this.rows = rows;
  }

  /**
   * @param columns pairs of name and column, in order, or an object that has them.
   * @throws MlsecError `duplicate-column` or `length-mismatch`.
   */
  static of(columns: Iterable<readonly [string, Column]> | Readonly<Record<string, Column>>): Table {
    const pairs = Symbol.iterator in columns ? (columns as Iterable<[string, Column]>) : Object.entries(columns);
    const byName = new Map<string, Column>();
    let rows = -1;
    for (const [name, column] of pairs) {
      if (byName.has(name)) {
        throw new MlsecError("duplicate-column", `Two columns are named ${JSON.stringify(name)}.`, { column: name });
      }
      const length = columnLength(column);
      if (rows === -1) rows = length;
      if (length !== rows) {
        throw new MlsecError(
          "length-mismatch",
          `Column ${JSON.stringify(name)} has ${length} rows where the columns before it have ${rows}.`,
          { column: name, expected: rows, got: length },
        );
      }
      byName.set(name, column);
    }
    return new Table(byName, Math.max(rows, 0));
  }

  /**
   * Builds a table of row objects. A column is numeric where every present value is a number, text otherwise (numbers
   * in it are written in their shortest form). Columns are those of the first record unless `names` is given; `null`,
   * `undefined` and NaN are missing.
   */
  static fromRecords(records: readonly Readonly<Record<string, Cell | undefined>>[], names?: readonly string[]): Table {
    const wanted = names ?? Object.keys(records[0] ?? {});
    return Table.of(
      wanted.map((name) => [name, columnOf(records.map((r) => (Object.hasOwn(r, name) ? r[name] : null)))]),
    );
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** @throws MlsecError `missing-column`, naming the columns there are. */
  column(name: string): Column {
    const column = this.byName.get(name);
    if (column === undefined) {
      throw new MlsecError(
        "missing-column",
        `There is no column ${JSON.stringify(name)}. The columns are ${listSome(this.names, 8)}.`,
        { column: name, columns: this.names },
      );
    }
    return column;
  }

  /** The values of a numeric column. @throws MlsecError `not-numeric` for a text column. */
  numbers(name: string): Float64Array {
    const column = this.column(name);
    if (column.kind !== "number") {
      throw new MlsecError("not-numeric", `Column ${JSON.stringify(name)} holds text, not numbers.`, {
        column: name,
        examples: column.dictionary.slice(0, 3),
      });
    }
    return column.values;
  }

  /** The cells of a column as texts (numbers in their shortest form), null where missing. */
  texts(name: string): (string | null)[] {
    return textCells(this.column(name));
  }

  /** One cell as a plain value; null where it is missing. */
  cell(name: string, row: number): Cell {
    const column = this.column(name);
    if (column.kind === "number") {
      const value = column.values[row]!;
      return Number.isNaN(value) ? null : value;
    }
    return column.dictionary[column.codes[row]!] ?? null;
  }

  /**
   * One row as an object with one property a column, null where a cell is missing: what `Preprocessor.transformRecord` and
   * explanations take. Every name is a property of its own, `__proto__` too.
   *
   * @throws MlsecError `row-out-of-range`.
   */
  record(row: number): Record<string, Cell> {
    requireRows(Int32Array.of(row), this.rows);
    return Object.fromEntries(this.names.map((name) => [name, this.cell(name, row)]));
  }

  /** The same columns in the order of `names`, and no others. */
  select(names: readonly string[]): Table {
    return Table.of(names.map((name) => [name, this.column(name)]));
  }

  /** All columns but the named ones; names that are not there are ignored. */
  drop(names: Iterable<string>): Table {
    const gone = new Set(names);
    return Table.of([...this.byName].filter(([name]) => !gone.has(name)));
  }

  /** The same table with one column added at the end, or replaced where the name is taken. */
  with(name: string, column: Column): Table {
    return Table.of(new Map(this.byName).set(name, column));
  }

  /** The given rows, in the given order. @throws MlsecError `row-out-of-range`. */
  take(rows: Int32Array): Table {
    requireRows(rows, this.rows);
    return Table.of([...this.byName].map(([name, column]) => [name, takeColumn(column, rows)]));
  }

  [Symbol.iterator](): IterableIterator<[string, Column]> {
    return this.byName.entries() as IterableIterator<[string, Column]>;
  }
}

/**
 * Puts tables with the same column names below each other, in the first table's column order. A column that is text in
 * any of them is text in the result.
 *
 * @throws MlsecError `column-mismatch`, naming what differs.
 */
export function concatTables(tables: readonly Table[]): Table {
  const [first, ...others] = tables;
  if (first === undefined) return Table.of([]);
  for (const [index, table] of others.entries()) {
    const missing = first.names.filter((name) => !table.has(name));
    const extra = table.names.filter((name) => !first.has(name));
    if (missing.length + extra.length > 0) {
      const parts = [
        missing.length > 0 ? `lacks ${listSome(missing)}` : "",
        extra.length > 0 ? `has ${listSome(extra)} besides` : "",
      ];
      throw new MlsecError(
        "column-mismatch",
        `Table ${index + 2} does not have the columns of the first: it ${parts.filter(Boolean).join(" and ")}.`,
        { table: index + 1, missing, extra },
      );
    }
  }
  return Table.of(first.names.map((name) => [name, concatColumns(tables.map((table) => table.column(name)))]));
}

/** Number of cells. */
export function columnLength(column: Column): number {
  return column.kind === "number" ? column.values.length : column.codes.length;
}

/** A text column from its cells; `null` is missing. Dictionary entries stand in the order of first use. */
export function textColumn(cells: readonly (string | null)[]): TextColumn {
  const dictionary: string[] = [];
  const codeOf = new Map<string, number>();
  const codes = Int32Array.from(cells, (cell) => {
    if (cell === null) return -1;
    let code = codeOf.get(cell);
    if (code === undefined) {
      code = dictionary.push(cell) - 1;
      codeOf.set(cell, code);
    }
    return code;
  });
  return { kind: "text", codes, dictionary };
}

function columnOf(cells: readonly (Cell | undefined)[]): Column {
  if (cells.every((cell) => typeof cell === "number" || cell === null || cell === undefined)) {
    return { kind: "number", values: Float64Array.from(cells, (cell) => (cell as number | null) ?? Number.NaN) };
  }
  return textColumn(
    cells.map((cell) => (cell === null || cell === undefined || Number.isNaN(cell) ? null : String(cell))),
  );
}

function takeColumn(column: Column, rows: Int32Array): Column {
  if (column.kind === "number") {
    return { kind: "number", values: takeNumbers(column.values, rows) };
  }
  const codes = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) codes[i] = column.codes[rows[i]!]!;
  return { kind: "text", codes, dictionary: column.dictionary };
}

/** `values[rows[i]]` for every i. */
export function takeNumbers(values: Float64Array, rows: Int32Array): Float64Array {
  const taken = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]!]!;
  return taken;
}

function concatColumns(columns: readonly Column[]): Column {
  if (columns.every((column) => column.kind === "number")) {
    const values = new Float64Array(columns.reduce((sum, column) => sum + column.values.length, 0));
    let at = 0;
    for (const column of columns) {
      values.set(column.values, at);
      at += column.values.length;
    }
    return { kind: "number", values };
  }
  return textColumn(columns.flatMap(textCells));
}

function textCells(column: Column): (string | null)[] {
  if (column.kind === "text") return Array.from(column.codes, (code) => column.dictionary[code] ?? null);
  return Array.from(column.values, (value) => (Number.isNaN(value) ? null : String(value)));
}
