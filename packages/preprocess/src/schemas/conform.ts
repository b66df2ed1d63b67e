import { listSome, MlsecError } from "../errors.js";
import { describeMissing, nearestName } from "../nearest-name.js";
import { type Column, type NumberColumn, Table, type TextColumn, textColumn } from "../table.js";
import type { DatasetSchema, SchemaColumn } from "./schema.js";

export interface ConformOptions {
  /** Whether a column may be found under one of its aliases. Default false: only the exact name counts. */
  readonly aliases?: boolean | undefined;
  /** What a lacking feature is: an error (the default), or only a line of the report. */
  readonly absent?: "error" | "report" | undefined;
  /** What numbers and texts outside the valid ones are: lines of the report (the default), or an error. */
  readonly outOfRange?: "report" | "error" | undefined;
  /** Columns to keep behind the features and the label, by their names in the table: a time stamp to split by, say. */
  readonly keep?: readonly string[] | undefined;
}

/** Cells of a column that its schema does not allow. Missing cells are none of them. */
export interface OutOfRange {
  readonly column: string;
  readonly cells: number;
  /** What is valid, in words. */
  readonly expected: string;
  /** The first few, with their 0-based rows. */
  readonly examples: readonly { readonly row: number; readonly value: number | string }[];
}

/** How a table differs from a schema. Names without "from" are the schema's. */
export interface ConformReport {
  /** Columns that were found under an alias. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  /** Features that the table lacks, each with the nearest name there is. */
  readonly absent: readonly { readonly column: string; readonly nearest: string | null }[];
  /** Columns that the dataset repeats, filled from the ones that they repeat. */
  readonly copied: readonly { readonly column: string; readonly from: string }[];
  /** Text columns that held numbers, now written as text. */
  readonly retyped: readonly string[];
  /** Identifiers and columns that derive from the label, left out, by their names in the table. */
  readonly withheld: readonly string[];
  /** Columns that the schema does not know, left out, by their names in the table. */
  readonly extra: readonly string[];
  readonly outOfRange: readonly OutOfRange[];
}

const EXAMPLES = 5;

/**
 * Brings a table into the form of a dataset: its features under their canonical names in the schema's order, then the
 * label where there is one, then what `keep` names. Cells are never changed, and columns are not copied.
 *
 * Exact names count, as they do for inference; with `aliases` a column may also stand under any of its known other names,
 * and every one that did is listed. An alias says that two columns are meant to hold the same quantity, not that two
 * versions of a flow meter measure it alike.
 *
 * @throws MlsecError `schema-mismatch`, naming together all features that are lacking (with the nearest names), that hold
 *   text instead of numbers, or that two columns could be; `out-of-range` where that is an error; `missing-column` for a
 *   column to keep that is not there.
 */
export function conform(
  table: Table,
  schema: DatasetSchema,
  { aliases = false, absent: absence = "error", outOfRange: ranges = "report", keep = [] }: ConformOptions = {},
): { table: Table; report: ConformReport } {
  const found = findColumns(table, schema, aliases);
  const columns: [string, Column][] = [];
  const renamed: { from: string; to: string }[] = [];
  const copied: { column: string; from: string }[] = [];
  const absent: { column: string; nearest: string | null }[] = [];
  const retyped: string[] = [];
  const outOfRange: OutOfRange[] = [];
  const faults = [...found.ambiguous];
  for (const wanted of schema.columns) {
    if (wanted.role !== "feature" && wanted.role !== "label") continue;
    const own = found.byName.get(wanted.name);
    const original = aliases && wanted.copyOf !== undefined ? found.byName.get(wanted.copyOf) : undefined;
    const from = own ?? original;
    if (from === undefined) {
      if (wanted.role === "label") continue;
      absent.push({ column: wanted.name, nearest: nearestName(wanted.name, table.names)?.name ?? null });
      if (absence === "error") faults.push(describeMissing(wanted.name, table.names));
      continue;
    }
    if (own === undefined) copied.push({ column: wanted.name, from });
    else if (own !== wanted.name) renamed.push({ from, to: wanted.name });
    const column = typed(table.column(from), wanted);
    if (column === null) {
      faults.push(`'${from}' holds text (${listSome(dictionaryOf(table.column(from)), 3)}) where numbers are needed`);
      continue;
    }
    if (column !== table.column(from)) retyped.push(wanted.name);
    columns.push([wanted.name, column]);
    const outside = cellsOutside(column, wanted);
    if (outside !== null) outOfRange.push(outside);
  }
  if (faults.length > 0) throw mismatch(schema, faults, absent);
  if (ranges === "error" && outOfRange.length > 0) throw rangeError(outOfRange);
  const kept = keep.map((name): [string, Column] => [name, table.column(name)]);
  return {
    table: Table.of([...columns, ...kept]),
    report: {
      renamed,
      absent,
      copied,
      retyped,
      withheld: found.withheld.filter((name) => !keep.includes(name)),
      extra: found.extra.filter((name) => !keep.includes(name)),
      outOfRange,
    },
  };
}

interface Found {
  /** Name in the table by name in the schema. */
  readonly byName: ReadonlyMap<string, string>;
  readonly withheld: readonly string[];
  readonly extra: readonly string[];
  readonly ambiguous: readonly string[];
}

function findColumns(table: Table, schema: DatasetSchema, aliases: boolean): Found {
  const exact = new Map(schema.columns.map((column) => [column.name, column]));
  const byAlias = new Map(aliases ? schema.columns.flatMap((c) => c.aliases.map((alias) => [alias, c] as const)) : []);
  const byName = new Map<string, string>();
  const withheld: string[] = [];
  const extra: string[] = [];
  const ambiguous: string[] = [];
  for (const name of table.names) {
    const column = exact.get(name) ?? byAlias.get(name);
    if (column === undefined) {
      extra.push(name);
      continue;
    }
    if (column.role === "identifier" || column.role === "leak") withheld.push(name);
    const other = byName.get(column.name);
    if (other !== undefined) ambiguous.push(`both '${other}' and '${name}' could be '${column.name}'`);
    byName.set(column.name, name);
  }
  return { byName, withheld, extra, ambiguous };
}

/** The column in the type that the schema wants; null for text where numbers are wanted. */
function typed(column: Column, wanted: SchemaColumn): Column | null {
  if (column.kind === wanted.type) return column;
  if (column.kind === "text") return null;
  return textColumn(Array.from(column.values, (value) => (Number.isNaN(value) ? null : String(value))));
}

function dictionaryOf(column: Column): readonly string[] {
  return column.kind === "text" ? column.dictionary : [];
}

function cellsOutside(column: Column, wanted: SchemaColumn): OutOfRange | null {
  return column.kind === "number" ? numbersOutside(column, wanted) : textsOutside(column, wanted);
}

function numbersOutside({ values }: NumberColumn, wanted: SchemaColumn): OutOfRange | null {
  const { name, min = -Number.MAX_VALUE, max = Number.MAX_VALUE } = wanted;
  const examples: { row: number; value: number }[] = [];
  let cells = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if ((value >= min && value <= max) || Number.isNaN(value)) continue;
    cells++;
    if (examples.length < EXAMPLES) examples.push({ row, value });
  }
  return cells === 0 ? null : { column: name, cells, expected: inWords(wanted), examples };
}

function textsOutside({ codes, dictionary }: TextColumn, wanted: SchemaColumn): OutOfRange | null {
  if (wanted.values === undefined) return null;
  const valid = new Set(wanted.values);
  const isValid = dictionary.map((text) => valid.has(text));
  const examples: { row: number; value: string }[] = [];
  let cells = 0;
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code < 0 || isValid[code]) continue;
    cells++;
    if (examples.length < EXAMPLES) examples.push({ row, value: dictionary[code]! });
  }
  return cells === 0 ? null : { column: wanted.name, cells, expected: inWords(wanted), examples };
}

function inWords({ min, max, values }: SchemaColumn): string {
  if (values !== undefined) return `one of ${listSome(values, 12)}`;
  if (min !== undefined && max !== undefined) return `a number from ${min} to ${max}`;
  return min === undefined ? "a finite number" : `a finite number of at least ${min}`;
}

function mismatch(
  schema: DatasetSchema,
  faults: readonly string[],
  absent: readonly { column: string; nearest: string | null }[],
): MlsecError {
  const more = faults.length > 10 ? `; and ${faults.length - 10} more` : "";
  return new MlsecError(
    "schema-mismatch",
    `The table is not ${schema.name}: ${faults.slice(0, 10).join("; ")}${more}. Names must match exactly, spaces and case included; \`aliases: true\` also takes the other names in circulation.`,
    { faults, absent },
  );
}

function rangeError(outOfRange: readonly OutOfRange[]): MlsecError {
  const lines = outOfRange.slice(0, 5).map(({ column, cells, expected, examples: [first] }) => {
    const example = `row ${first!.row + 1}: ${JSON.stringify(String(first!.value))}`;
    return `${cells} of '${column}' (${example}; expected ${expected})`;
  });
  const more = outOfRange.length > 5 ? `; and ${outOfRange.length - 5} more columns` : "";
  return new MlsecError("out-of-range", `Cells are outside their valid range: ${lines.join("; ")}${more}.`, {
    outOfRange,
  });
}
