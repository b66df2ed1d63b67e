import { listSome, MlsecError } from "../errors.js";
import { Breather, throwIfAborted } from "../progress.js";
import { type Column, Table } from "../table.js";
import { CellReader, MISSING, NUMBER, TEXT } from "./cells.js";
import { badCell, CsvError, type CsvIssues, IssueList, raggedRow, shownField } from "./issues.js";
import { BROKEN, type CsvRecord, delimiterByte, RecordSplitter } from "./records.js";
import { type CsvFile, type CsvSource, reopenable } from "./source.js";

export type ColumnType = "number" | "text";

export interface ReadCsvOptions {
  /**
   * Column names. By default the first record holds them, and names that are empty or occur twice are an error.
   * `"suffix"` renames the second `X` to `X.1`, as the CIC files do. A list says that the file has no header.
   */
  readonly headers?: "error" | "suffix" | readonly string[] | undefined;
  /** Types that are binding for the named columns: in a `number` column, text is an error; a `text` column stays text. */
  readonly types?: ReadonlyMap<string, ColumnType> | undefined;
  /** Only these columns, in this order. Default: all. */
  readonly select?: readonly string[] | undefined;
  /**
   * What becomes of faulty cells and ragged rows: an error that lists them (the default), missing cells (`"missing"`;
   * what a ragged row has too much is passed over), or no row at all (`"drop-row"`).
   */
  readonly policy?: "error" | "missing" | "drop-row" | undefined;
  /** Called with all faults before the table is returned, or the error thrown, if there are any. */
  readonly onIssues?: ((issues: CsvIssues) => void) | undefined;
  /** One ASCII character; default a comma. */
  readonly delimiter?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes read so far; the file is read twice, first for the types of its columns. */
  readonly onProgress?: ((bytes: number, pass: 1 | 2) => void) | undefined;
}

/** Share of the present cells that must be numbers for a column to be numeric; the rest are then faults. */
const NUMERIC_SHARE = 0.99;

/** What the first pass learns of a column. */
interface ColumnFacts {
  readonly name: string;
  numbers: number;
  texts: number;
}

function noFacts(names: readonly string[]): ColumnFacts[] {
  return names.map((name) => ({ name, numbers: 0, texts: 0 }));
}

/**
 * Reads CSV into a table.
 *
 * A column is numeric if every present cell is a number (where at least 99 % are, the others are reported as faults),
 * else text; the whole column decides. Empty cells and `NaN`, `nan`, `NA`, `null` are missing; `Infinity` and `inf` are
 * numbers. Nothing is lost silently: ragged rows, text in numeric columns, broken quotes and bytes that are not UTF-8 are
 * collected, and thrown together or treated as `policy` says.
 *
 * @throws CsvError `csv-empty`, `csv-no-rows`, `csv-headers`, `csv-issues`.
 */
export async function readCsv(source: CsvSource, options: ReadCsvOptions = {}): Promise<Table> {
  const file = await reopenable(source, options.signal);
  const issues = new IssueList();
  const layout = await inspect(file, options, issues);
  const table = await fill(file, layout, options, issues);
  if (issues.total === 0) return table;
  options.onIssues?.(issues);
  const { policy = "error" } = options;
  if (policy === "error") issues.throwIfAny();
  return policy === "drop-row" ? table.take(rowsWithout(issues.rows, table.rows)) : table;
}

function rowsWithout(dropped: ReadonlySet<number>, rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row).filter((row) => !dropped.has(row));
}

interface Layout {
  readonly names: readonly string[];
  readonly headerRecords: 0 | 1;
  readonly rows: number;
  readonly types: readonly ColumnType[];
}

async function inspect(file: CsvFile, options: ReadCsvOptions, issues: IssueList): Promise<Layout> {
  const cells = new CellReader();
  const given = Array.isArray(options.headers) ? (options.headers as readonly string[]) : undefined;
  let facts: ColumnFacts[] | undefined = given && noFacts(uniqueNames(given, false));
  let rows = 0;
  await eachRecord(file, options, 1, (record) => {
    if (facts === undefined) {
      facts = noFacts(readHeader(record, cells, options.headers === "suffix"));
      return;
    }
    const row = rows++;
    if (record.count !== facts.length) {
      issues.add(raggedRow(row, record.count, facts.length));
    }
    for (let field = 0; field < Math.min(record.count, facts.length); field++) {
      if (record.quoting[field] === BROKEN) issues.add(badCell("bad-quote", row, facts[field]!.name, record, field));
      const kind = cells.read(record, field);
      if (kind === NUMBER) facts[field]!.numbers++;
      else if (kind === TEXT) facts[field]!.texts++;
    }
  });
  if (facts === undefined) throw new CsvError("csv-empty", "The CSV is empty: it has neither a header nor rows.");
  if (rows === 0)
    throw new CsvError("csv-no-rows", "The CSV has a header but no rows.", { columns: facts.map((f) => f.name) });
  return {
    names: facts.map((f) => f.name),
    headerRecords: given === undefined ? 1 : 0,
    rows,
    types: facts.map((f) => options.types?.get(f.name) ?? inferType(f)),
  };
}

function inferType({ numbers, texts }: ColumnFacts): ColumnType {
  return texts === 0 || numbers >= NUMERIC_SHARE * (numbers + texts) ? "number" : "text";
}

async function fill(file: CsvFile, layout: Layout, options: ReadCsvOptions, issues: IssueList): Promise<Table> {
  const cells = new CellReader();
  const wanted = options.select ?? layout.names;
  const builders = wanted.map((name) => {
    const field = layout.names.indexOf(name);
    if (field === -1) {
      throw new MlsecError(
        "missing-column",
        `The CSV has no column ${JSON.stringify(name)}. Its columns are ${listSome(layout.names, 8)}.`,
        {
          column: name,
          columns: layout.names,
        },
      );
    }
    return layout.types[field] === "number"
      ? new NumberBuilder(name, field, layout.rows, cells, issues)
      : new TextBuilder(name, field, layout.rows, cells, issues);
  });
  let row = -layout.headerRecords;
  await eachRecord(file, options, 2, (record) => {
    if (row >= 0) for (const builder of builders) builder.add(record, row);
    row++;
  });
  return Table.of(builders.map((builder) => [builder.name, builder.column()]));
}

async function eachRecord(
  file: CsvFile,
  { delimiter, signal, onProgress }: ReadCsvOptions,
  pass: 1 | 2,
  onRecord: (record: CsvRecord) => void,
): Promise<void> {
  const splitter = new RecordSplitter(onRecord, delimiterByte(delimiter));
  // Bytes in memory come without a turn of the event loop, and so without a chance to abort.
  const breather = new Breather(signal);
  let bytes = 0;
  for await (const chunk of file.open()) {
    if (breather.due()) await breather.pause();
    throwIfAborted(signal);
    splitter.push(chunk);
    bytes += chunk.length;
    onProgress?.(bytes, pass);
  }
  splitter.finish();
}

class NumberBuilder {
  private readonly values: Float64Array;

  constructor(
    readonly name: string,
    private readonly field: number,
    rows: number,
    private readonly cells: CellReader,
    private readonly issues: IssueList,
  ) {
    this.values = new Float64Array(rows);
  }

  add(record: CsvRecord, row: number): void {
    const kind = this.field < record.count ? this.cells.read(record, this.field) : MISSING;
    if (kind === TEXT && record.quoting[this.field] !== BROKEN)
      this.issues.add(badCell("not-a-number", row, this.name, record, this.field));
    this.values[row] = kind === NUMBER ? this.cells.value : Number.NaN;
  }

  column(): Column {
    return { kind: "number", values: this.values };
  }
}

class TextBuilder {
  private readonly codes: Int32Array;
  private readonly dictionary: string[] = [];
  private readonly codeOf = new Map<string, number>();

  constructor(
    readonly name: string,
    private readonly field: number,
    rows: number,
    private readonly cells: CellReader,
    private readonly issues: IssueList,
  ) {
    this.codes = new Int32Array(rows);
  }

  add(record: CsvRecord, row: number): void {
    // A ragged row may have too few fields, and what stands in broken quotes is nobody's guess: both are issues already.
    const isLost = this.field >= record.count || record.quoting[this.field] === BROKEN;
    this.codes[row] = isLost ? -1 : this.code(record, row);
  }

  private code(record: CsvRecord, row: number): number {
    let text: string;
    try {
      text = this.cells.text(record, this.field);
    } catch {
      this.issues.add(badCell("not-utf8", row, this.name, record, this.field));
      return -1;
    }
    if (this.cells.isMissing(text)) return -1;
    const known = this.codeOf.get(text);
    if (known !== undefined) return known;
    const code = this.dictionary.push(text) - 1;
    this.codeOf.set(text, code);
    return code;
  }

  column(): Column {
    return { kind: "text", codes: this.codes, dictionary: this.dictionary };
  }
}

function readHeader(record: CsvRecord, cells: CellReader, suffix: boolean): string[] {
  const names: string[] = [];
  for (let field = 0; field < record.count; field++) {
    if (record.quoting[field] === BROKEN) {
      throw new CsvError(
        "csv-headers",
        `The name of column ${field + 1} has broken quotes: ${JSON.stringify(shownField(record, field))}. Close or remove them.`,
        { field },
      );
    }
    try {
      names.push(cells.text(record, field));
    } catch {
      throw new CsvError("csv-headers", `The name of column ${field + 1} is not UTF-8. Save the file as UTF-8.`, {
        field,
      });
    }
  }
  return uniqueNames(names, suffix);
}

/** @throws CsvError `csv-headers` for names that are empty, or taken twice and not to be suffixed. */
function uniqueNames(names: readonly string[], suffix: boolean): string[] {
  const empty = names.flatMap((name, index) => (name.trim() === "" ? [index + 1] : []));
  const taken = new Set<string>();
  const twice: string[] = [];
  const unique = names.map((name) => {
    let candidate = name;
    for (let copy = 1; taken.has(candidate); copy++) candidate = `${name}.${copy}`;
    if (candidate !== name) twice.push(name);
    taken.add(candidate);
    return candidate;
  });
  if (empty.length > 0) {
    throw new CsvError("csv-headers", `The header gives no name to column ${listSome(empty)}. Name every column.`, {
      empty,
    });
  }
  if (twice.length > 0 && !suffix) {
    throw new CsvError(
      "csv-headers",
      `The header names ${listSome(twice)} more than once. Rename the copies, or read with headers: "suffix", which calls the second ${JSON.stringify(`${twice[0]}.1`)}.`,
      { duplicates: twice },
    );
  }
  return unique;
}
