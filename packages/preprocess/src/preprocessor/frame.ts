import { asText, MAX_CATEGORIES, requireFewCategories } from "../encoders/column-categories.js";
import { listSome, MlsecError } from "../errors.js";
import { type FeatureMatrix, featureMatrix } from "../feature-matrix.js";
import { describeMissing } from "../nearest-name.js";
import { rowsWhere } from "../rows.js";
import type { StateReader } from "../state.js";
import type { Column, NumberColumn, Table, TextColumn } from "../table.js";
import { compareCodePoints } from "../text.js";

/**
 * Most columns between two steps: room for a column of the most categories, one-hot. Each takes more than 1 KB in memory, and a
 * small hostile file could claim billions: the same categories of column after column.
 */
export const MAX_COLUMNS = 16_384;

/** Longest name of a column or of a union's part in a state: each category makes a column of the name and its own. */
const MAX_NAME_LENGTH = 512;

/** A name from a state. @throws MlsecError `invalid-state`. */
export function nameFromState(reader: StateReader): string {
  const name = reader.string("name");
  if (name.length > MAX_NAME_LENGTH) reader.fail("name", `a name of at most ${MAX_NAME_LENGTH} characters`);
  return name;
}

/** @throws MlsecError `too-many-columns`. */
export function requireFewColumns(count: number): void {
  if (count <= MAX_COLUMNS) return;
  throw new MlsecError("too-many-columns", `Preprocessing makes more than ${MAX_COLUMNS} columns. Encode fewer.`, {
    got: count,
    limit: MAX_COLUMNS,
  });
}

/**
 * A column that a preprocessor reads: numbers, of which infinite ones may count as missing, or text with the categories seen
 * in training, in code-point order.
 */
export type InputColumn =
  | { readonly name: string; readonly type: "number"; readonly infinite?: "missing" }
  | { readonly name: string; readonly type: "text"; readonly categories: readonly string[] };

/** A column on its way through the steps: its present name, the input column that it came from, and its cells. */
export interface FrameColumn {
  readonly name: string;
  readonly source: string;
  readonly cells: Column;
  /** What an encoder refuses among its cells: an error if the column is there after the last step, nothing if it is dropped. */
  readonly refusal: MlsecError | null;
}

export type Frame = readonly FrameColumn[];

/** What a transformation met that training had not: per column, each unseen category with its number of rows. */
export interface TransformReport {
  /** Rows per unseen category, per text column. */
  readonly unseen: Map<string, Map<string, number>>;
  /** Rows without a category, per text column; they are treated as unseen ones. */
  readonly missing: Map<string, number>;
}

/** An empty report for `Preprocessor.transform` to fill. */
export function transformReport(): TransformReport {
  return { unseen: new Map(), missing: new Map() };
}

/**
 * The input columns of a training table.
 *
 * @param infiniteAsMissing names of the columns whose infinite numbers count as missing.
 * @throws MlsecError `too-many-categories`.
 */
export function inputColumnsOf(table: Table, infiniteAsMissing: ReadonlySet<string>): InputColumn[] {
  return [...table].map(([name, column]) => {
    if (column.kind === "number")
      return infiniteAsMissing.has(name) ? { name, type: "number", infinite: "missing" } : { name, type: "number" };
    const used = new Set(column.codes);
    const categories = column.dictionary.filter((_, code) => used.has(code)).sort(compareCodePoints);
    requireFewCategories(name, categories.length);
    return { name, type: "text", categories };
  });
}

/** Every input column once, in the order of their first places. @throws MlsecError `wrong-type`. */
export function unitedInputs(inputs: readonly InputColumn[]): InputColumn[] {
  const byName = new Map<string, InputColumn>();
  for (const input of inputs) {
    const before = byName.get(input.name) ?? input;
    if (before.type !== input.type)
      throw new MlsecError(
        "wrong-type",
        `Column ${JSON.stringify(input.name)} is numbers to one part and text to another.`,
        {
          column: input.name,
        },
      );
    byName.set(input.name, united(before, input));
  }
  return [...byName.values()];
}

function united(a: InputColumn, b: InputColumn): InputColumn {
  // What is an error to one part is one to all.
  if (a.type === "number") return b.type === "number" && b.infinite === undefined ? b : a;
  if (b.type === "number") return a;
  return { ...a, categories: [...new Set([...a.categories, ...b.categories])].sort(compareCodePoints) };
}

/**
 * The needed columns of a table as a frame.
 *
 * @param mayLack names of the numeric columns whose missing cells a step fills; missing cells of others are errors.
 * @throws MlsecError `missing-feature` (all at once, with the nearest names), `wrong-type`, `not-finite`.
 */
export function enterFrame(
  table: Table,
  inputs: readonly InputColumn[],
  mayLack: ReadonlySet<string>,
  report?: TransformReport,
): FrameColumn[] {
  requireInputs(table.names, inputs);
  requireNumbers(table, inputs);
  requireFinite(table, inputs, mayLack);
  return inputs.map((input) => {
    const column = table.column(input.name);
    const cells = input.type === "number" ? enteredNumbers(column as NumberColumn, input) : asText(column);
    if (report !== undefined && input.type === "text") noteUnseen(report, input, cells as TextColumn);
    return { name: input.name, source: input.name, cells, refusal: null };
  });
}

/** The cells with infinite ones as missing where they count so. */
function enteredNumbers(column: NumberColumn, { infinite }: InputColumn & { readonly type: "number" }): NumberColumn {
  if (infinite === undefined || areFinite(column.values)) return column;
  return { kind: "number", values: column.values.map((value) => (value - value === 0 ? value : Number.NaN)) };
}

/** @throws MlsecError `missing-feature`, naming all inputs that are none of the columns, with the nearest ones. */
export function requireInputs(columns: readonly string[], inputs: readonly InputColumn[]): void {
  const present = new Set(columns);
  const missing = inputs.filter(({ name }) => !present.has(name));
  if (missing.length === 0) return;
  const lines = missing.map(({ name }) => describeMissing(name, columns));
  throw new MlsecError(
    "missing-feature",
    `${missing.length} of the ${inputs.length} columns that the model needs ${missing.length === 1 ? "is" : "are"} missing: ${lines.slice(0, 10).join("; ")}${lines.length > 10 ? `; and ${lines.length - 10} more` : ""}. Names must match exactly, spaces and case included.`,
    { missing: missing.map(({ name }) => name) },
  );
}

/** Counts the cells of a text column that training had not. */
function noteUnseen(
  report: TransformReport,
  { name, categories }: InputColumn & { readonly type: "text" },
  { codes, dictionary }: TextColumn,
): void {
  const known = new Set(categories);
  const isKnown = dictionary.map((text) => known.has(text));
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code < 0) noteText(report, name, null);
    else if (!isKnown[code]) noteText(report, name, dictionary[code]!);
  }
}

/** Adds one cell to a report: a category that training did not see, or null for a missing one. */
export function noteText(report: TransformReport, name: string, category: string | null): void {
  if (category === null) {
    report.missing.set(name, (report.missing.get(name) ?? 0) + 1);
    return;
  }
  let counts = report.unseen.get(name);
  if (counts === undefined) {
    counts = new Map();
    report.unseen.set(name, counts);
  }
  counts.set(category, (counts.get(category) ?? 0) + 1);
}

function requireNumbers(table: Table, inputs: readonly InputColumn[]): void {
  const wrong = inputs.flatMap(({ name, type }) => {
    const column = table.column(name);
    return type === "number" && column.kind === "text" ? [{ name, examples: column.dictionary.slice(0, 3) }] : [];
  });
  if (wrong.length === 0) return;
  const shown = wrong.slice(0, 5).map(({ name, examples }) => `${JSON.stringify(name)} (${listSome(examples)})`);
  throw new MlsecError(
    "wrong-type",
    `${wrong.length} ${wrong.length === 1 ? "column holds" : "columns hold"} text where the model needs numbers: ${shown.join(", ")}${wrong.length > shown.length ? ", …" : ""}.`,
    { columns: wrong },
  );
}

/**
 * The rows of a table whose numbers `enterFrame` takes: all finite, and missing only in columns of `mayLack`. Columns that
 * are not there or hold text are for `enterFrame` to refuse.
 */
export function enterableRows(table: Table, inputs: readonly InputColumn[], mayLack: ReadonlySet<string>): Int32Array {
  const isRefused = new Uint8Array(table.rows);
  for (const input of inputs) {
    const column = input.type === "number" && table.has(input.name) ? table.column(input.name) : null;
    if (column?.kind !== "number" || areFinite(column.values)) continue;
    const isEnterable = enterable(input, mayLack);
    for (let row = 0; row < table.rows; row++) if (!isEnterable(column.values[row]!)) isRefused[row] = 1;
  }
  return rowsWhere(table.rows, (row) => isRefused[row] === 0);
}

/** Whether all numbers are finite: a sum of zeros, which one infinite or missing number makes NaN, needs no branches. */
function areFinite(values: Float64Array): boolean {
  let zero = 0;
  for (let row = 0; row < values.length; row++) zero += values[row]! - values[row]!;
  return zero === 0;
}

/** Whether a number may be in a column. */
export function enterable(input: InputColumn, mayLack: ReadonlySet<string>): (value: number) => boolean {
  const lacks = mayLack.has(input.name);
  const takesAll = lacks && input.type === "number" && input.infinite !== undefined;
  return (value) => value - value === 0 || takesAll || (lacks && Number.isNaN(value));
}

function requireFinite(table: Table, inputs: readonly InputColumn[], mayLack: ReadonlySet<string>): void {
  const found: { row: number; column: string; value: string }[] = [];
  let total = 0;
  for (const input of inputs) {
    const { name, type } = input;
    const column = table.column(name);
    if (type !== "number" || column.kind !== "number" || areFinite(column.values)) continue;
    const { values } = column;
    const isEnterable = enterable(input, mayLack);
    for (let row = 0; row < values.length; row++) {
      const value = values[row]!;
      if (isEnterable(value)) continue;
      total++;
      if (found.length < 20) found.push({ row, column: name, value: Number.isNaN(value) ? "missing" : String(value) });
    }
  }
  if (total === 0) return;
  const shown = found
    .slice(0, 5)
    .map(({ row, column, value }) => `row ${row + 1}, column ${JSON.stringify(column)}: ${value}`);
  throw new MlsecError(
    "not-finite",
    `${total} ${total === 1 ? "cell is" : "cells are"} missing or infinite (${shown.join("; ")}${total > shown.length ? "; …" : ""}). Remove or repair these rows.`,
    { cells: found, total },
  );
}

/**
 * The frame as a matrix.
 *
 * @throws MlsecError `not-numeric` where a text column was not encoded; `unknown-category` and `missing-category` where an
 *   encoder refused cells of a column.
 */
export function leaveFrame(frame: Frame): FeatureMatrix {
  const columns = frame.map(({ name, cells, refusal }) => {
    if (refusal !== null) throw refusal;
    if (cells.kind === "number") return cells.values;
    throw new MlsecError(
      "not-numeric",
      `Column ${JSON.stringify(name)} is still text after the last step. Encode it first.`,
      { column: name },
    );
  });
  return featureMatrix(
    frame.map(({ name }) => name),
    columns,
  );
}

/** An input column from a state. */
export function inputColumnFromState(reader: StateReader): InputColumn {
  const name = nameFromState(reader);
  if (reader.oneOf("type", ["number", "text"]) === "number")
    return reader.has("infinite")
      ? { name, type: "number", infinite: reader.oneOf("infinite", ["missing"]) }
      : { name, type: "number" };
  const categories = reader.strings("categories");
  if (categories.length > MAX_CATEGORIES || new Set(categories).size !== categories.length) {
    reader.fail("categories", `at most ${MAX_CATEGORIES} distinct strings`);
  }
  return { name, type: "text", categories };
}
