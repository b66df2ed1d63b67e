import type { FileMetaData, SchemaElement } from "hyparquet";
import { type ByName, type ColumnType, checkTypes, typeOf } from "../by-name.js";
import { listSome, MlsecError } from "../errors.js";
import { type Progress, throwIfAborted } from "../progress.js";
import { IssueLog, type ReadIssues, type ReadPolicy } from "../read-issues.js";
import { type Column, Table } from "../table.js";
import { type ColumnBuilder, NumberBuilder, TextBuilder } from "./builders.js";
import { readChunk } from "./chunk.js";
import { corrupt } from "./corrupt.js";
import { MAX_COLUMNS, MAX_GROUP_ROWS, MAX_ROWS } from "./limits.js";
import { type LogicalType, logicalType } from "./logical-type.js";
import { readMetadata } from "./metadata.js";
import { loadHyparquet } from "./peers.js";
import { type ParquetSource, parquetFile } from "./source.js";

export interface ReadParquetOptions {
  /** Only these columns, in this order. Default: all. The others are not read. */
  readonly select?: readonly string[] | undefined;
  /**
   * Types that are binding for the named columns, whatever the file says: `"number"` reads texts as `readCsv` would,
   * `"text"` writes integers with all their digits and other numbers in their shortest form.
   */
  readonly types?: ByName<ColumnType> | undefined;
  /**
   * What becomes of cells that a table cannot hold: integers that no float64 equals, texts that are not UTF-8 or, by
   * `types`, not numbers. An error that lists them (the default), a missing cell (`"missing"`), or no row (`"drop-row"`).
   */
  readonly policy?: ReadPolicy | undefined;
  /** Called with all such cells before the table is returned, or the error thrown, if there are any. */
  readonly onIssues?: ((issues: ReadIssues) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each column of each row group; `total` is their number. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Reads a Parquet file into a table, with hyparquet (and hyparquet-compressors for other codecs than snappy), which must
 * be installed beside this package. Only the selected columns are fetched, one after the other, so that memory holds the
 * table and one column of one row group.
 *
 * Integers of any width, floats, decimals, booleans (1 and 0) and dates (milliseconds since 1970 UTC) are numbers, bytes
 * and UUIDs text; nulls are missing, and so is NaN. Decimals become the nearest float64, timestamps are exact to the
 * microsecond; what is lost beyond that is an issue. Lists, maps and structs cannot be read: leave them out with `select`.
 *
 * The file is not trusted: sizes, counts and runs are checked before anything is allocated by them.
 *
 * @throws MlsecError `missing-peer`; `parquet-corrupt`; `parquet-unsupported`; `parquet-too-large`; `parquet-issues` with
 *   the first 20 lossy cells in `details.issues`; `missing-column`; `duplicate-column`; `unreadable-source`; `aborted`.
 */
export async function readParquet(source: ParquetSource, options: ReadParquetOptions = {}): Promise<Table> {
  checkTypes(options.types);
  const hyparquet = await loadHyparquet();
  const file = parquetFile(source);
  const metadata = await readMetadata(hyparquet, file);
  const issues = new IssueLog();
  const rows = countRows(metadata);
  const selected = selectedColumns(metadata, options);
  const total = selected.length * metadata.row_groups.length;
  let done = 0;
  const columns: [string, Column][] = [];
  for (const { element, type, Builder } of selected) {
    // Made when the first chunk has held what it promises.
    let builder: ColumnBuilder | undefined;
    let row = 0;
    for (const group of metadata.row_groups) {
      throwIfAborted(options.signal);
      const groupRows = Number(group.num_rows);
      const runs = groupRows > 0 ? await readChunk(hyparquet, file, group, element, type) : [];
      builder ??= new Builder(element.name, type, issues, rows);
      for (const { cells, start } of runs) builder.add(cells, row + start);
      row += groupRows;
      options.onProgress?.({ what: "reading Parquet", done: ++done, total });
    }
    builder ??= new Builder(element.name, type, issues, rows);
    columns.push([element.name, builder.column()]);
  }
  const table = Table.of(columns);
  const kept = issues.settle("The Parquet file", "parquet-issues", rows, options.policy, options.onIssues);
  return kept === undefined ? table : table.take(kept);
}

interface SelectedColumn {
  readonly element: SchemaElement;
  readonly type: LogicalType;
  readonly Builder: typeof NumberBuilder | typeof TextBuilder;
}

function selectedColumns(metadata: FileMetaData, { select, types }: ReadParquetOptions): SelectedColumn[] {
  const elements = topElements(metadata.schema);
  return (select ?? [...elements.keys()]).map((name) => {
    const element = elements.get(name);
    if (element === undefined) {
      const names = [...elements.keys()];
      throw new MlsecError(
        "missing-column",
        `The Parquet file has no column ${JSON.stringify(name)}. Its columns are ${listSome(names, 8)}.`,
        { column: name, columns: names },
      );
    }
    const type = logicalType(element);
    const Builder = (typeOf(types, name) ?? type.kind) === "number" ? NumberBuilder : TextBuilder;
    return { element, type, Builder };
  });
}

/** The elements right below the root, by name. @throws MlsecError `parquet-too-large`, `duplicate-column`. */
function topElements(schema: readonly SchemaElement[]): Map<string, SchemaElement> {
  if (schema.length > MAX_COLUMNS) tooLarge("columns", schema.length, MAX_COLUMNS);
  const elements = new Map<string, SchemaElement>();
  for (let at = 1; at < schema.length; at = afterElement(schema, at)) {
    const element = schema[at]!;
    if (elements.has(element.name)) {
      throw new MlsecError(
        "duplicate-column",
        `The Parquet file has two columns named ${JSON.stringify(element.name)}.`,
        {
          column: element.name,
        },
      );
    }
    elements.set(element.name, element);
  }
  return elements;
}

/** The place after an element and all that is nested in it; the schema lists its tree depth first. */
function afterElement(schema: readonly SchemaElement[], at: number): number {
  let open = 1;
  for (; open > 0; at++) {
    const element = schema[at];
    if (element === undefined) throw corrupt("its schema announces more columns than it has");
    open += Math.max(element.num_children ?? 0, 0) - 1;
  }
  return at;
}

function countRows(metadata: FileMetaData): number {
  let rows = 0;
  for (const { num_rows } of metadata.row_groups) {
    if (!(num_rows >= 0n)) throw corrupt(`a row group has ${num_rows} rows`);
    if (num_rows > MAX_GROUP_ROWS) tooLarge("rows in one row group", num_rows, MAX_GROUP_ROWS);
    rows += Number(num_rows);
  }
  if (rows > MAX_ROWS) tooLarge("rows", rows, MAX_ROWS);
  if (BigInt(rows) !== metadata.num_rows) throw corrupt(`it announces ${metadata.num_rows} rows and has ${rows}`);
  return rows;
}

function tooLarge(what: string, got: number | bigint, limit: number): never {
  throw new MlsecError(
    "parquet-too-large",
    `The Parquet file has ${got} ${what}, more than ${limit}. Write it in several files or smaller row groups.`,
    { got: Number(got), limit },
  );
}
