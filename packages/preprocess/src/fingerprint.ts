import { quantileOfSorted, sortedPresent } from "./quantile.js";
import { sha256HexOf } from "./sha256.js";
import { type Json, StateReader } from "./state.js";
import type { Column, Table, TextColumn } from "./table.js";
import { compareCodePoints } from "./text.js";

/** Quantiles kept of a numeric column, at 0 %, 2.5 %, … 100 %. */
export const SKETCH_QUANTILES = 41;

/** Most bytes of one column's sketch as JSON. */
export const MAX_SKETCH_BYTES = 2048;

/** What is kept of a numeric training column. Quantiles are of the finite values. */
export interface NumberSketch {
  readonly type: "number";
  readonly count: number;
  readonly missing: number;
  /** Cells that were +∞ or −∞. */
  readonly infinite: number;
  readonly mean: number;
  readonly quantiles: readonly number[];
  /** For each quantile, how many finite values are less, and how many are at most as great: exact where values repeat. */
  readonly below: readonly number[];
  readonly upTo: readonly number[];
  /** Whether every finite value was a whole number. */
  readonly integer: boolean;
}

/** What is kept of a text training column: the most frequent categories, as many as fit, and how many rows the rest have. */
export interface TextSketch {
  readonly type: "text";
  readonly count: number;
  readonly missing: number;
  readonly categories: readonly (readonly [category: string, rows: number])[];
  readonly otherCategories: number;
  readonly otherRows: number;
}

export type ColumnSketch = NumberSketch | TextSketch;

/** What the training rows were, without the rows: their SHA-256 and a sketch of each column. */
export interface TrainingFingerprint {
  /** SHA-256 of the canonical bytes of the rows; see `fingerprintTable`. */
  readonly sha256: string;
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly sketch: ColumnSketch }[];
}

/**
 * Fingerprints a table. The hash goes over, column by column: the name's length and UTF-8 bytes, the type, and the cells
 * (float64 little-endian with one NaN and one zero; or the sorted distinct texts and an int32 code a row), so that it does
 * not depend on how the table came to be.
 */
export async function fingerprintTable(table: Table): Promise<TrainingFingerprint> {
  return {
    sha256: await sha256HexOf(canonicalBytes(table)),
    rows: table.rows,
    columns: [...table].map(([name, column]) => ({ name, sketch: sketchColumn(column) })),
  };
}

function* canonicalBytes(table: Table): Generator<Uint8Array> {
  yield words([table.rows, table.names.length]);
  for (const [name, column] of table) {
    const bytes = utf8.encode(name);
    yield words([bytes.length]);
    yield bytes;
    yield words([column.kind === "number" ? 0 : 1]);
    yield* canonicalCells(column);
  }
}

const utf8: TextEncoder = /* @__PURE__ */ new TextEncoder();

/** Summarises a column in at most `MAX_SKETCH_BYTES` of JSON. */
export function sketchColumn(column: Column): ColumnSketch {
  return column.kind === "number" ? sketchNumbers(column.values) : sketchTexts(column);
}

function sketchNumbers(values: Float64Array): NumberSketch {
  const present = sortedPresent(values);
  const finite = present.filter((value) => value - value === 0);
  let mean = 0;
  // Halved, so that the difference of two huge values stays finite.
  for (let i = 0; i < finite.length; i++) mean += ((finite[i]! * 0.5 - mean * 0.5) / (i + 1)) * 2;
  const quantiles =
    finite.length === 0
      ? []
      : Array.from({ length: SKETCH_QUANTILES }, (_, i) => quantileOfSorted(finite, i / (SKETCH_QUANTILES - 1)));
  return {
    type: "number",
    count: values.length,
    missing: values.length - present.length,
    infinite: present.length - finite.length,
    mean,
    quantiles,
    below: quantiles.map((quantile) => countBelow(finite, (value) => value < quantile)),
    upTo: quantiles.map((quantile) => countBelow(finite, (value) => value <= quantile)),
    integer: finite.every((value) => Number.isInteger(value)),
  };
}

/** How many of ascending values, from the first on, meet a condition that no value after one that fails meets. */
function countBelow(sorted: Float64Array, meets: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (meets(sorted[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sketchTexts({ codes, dictionary }: TextColumn): TextSketch {
  const counts = new Map<string, number>();
  let missing = 0;
  for (const code of codes) {
    if (code < 0) missing++;
    else counts.set(dictionary[code]!, (counts.get(dictionary[code]!) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([a, x], [b, y]) => y - x || compareCodePoints(a, b));
  const sketch = (kept: number): TextSketch => ({
    type: "text",
    count: codes.length,
    missing,
    categories: ranked.slice(0, kept),
    otherCategories: ranked.length - kept,
    otherRows: ranked.slice(kept).reduce((sum, [, rows]) => sum + rows, 0),
  });
  let room = MAX_SKETCH_BYTES - jsonBytes(sketch(0));
  let kept = 0;
  for (const pair of ranked) {
    room -= jsonBytes(pair) + 1;
    if (room < 0) break;
    kept++;
  }
  return sketch(kept);
}

function jsonBytes(value: unknown): number {
  return utf8.encode(JSON.stringify(value)).length;
}

function canonicalCells(column: Column): Uint8Array[] {
  if (column.kind === "number") {
    const values = column.values.map((value) => (value === 0 ? 0 : Number.isNaN(value) ? Number.NaN : value));
    return [new Uint8Array(values.buffer)];
  }
  const used = new Set(column.codes);
  const order = column.dictionary.map((text, code) => ({ text, code })).filter(({ code }) => used.has(code));
  order.sort((a, b) => compareCodePoints(a.text, b.text));
  const newCode = new Int32Array(column.dictionary.length);
  for (const [place, { code }] of order.entries()) newCode[code] = place;
  const codes = column.codes.map((code) => (code < 0 ? -1 : newCode[code]!));
  const texts = order.map(({ text }) => utf8.encode(text));
  return [
    words([texts.length]),
    ...texts.flatMap((bytes) => [words([bytes.length]), bytes]),
    new Uint8Array(codes.buffer),
  ];
}

function words(numbers: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(numbers).buffer);
}

/** A fingerprint from plain data, everything in it checked. @throws MlsecError `invalid-state`. */
export function fingerprintFromJSON(json: Json | undefined): TrainingFingerprint {
  const reader = new StateReader(json, "fingerprint");
  const hash = reader.string("sha256");
  if (!/^[0-9a-f]{64}$/.test(hash)) reader.fail("sha256", "64 hexadecimal digits");
  return {
    sha256: hash,
    rows: reader.integer("rows", { min: 0 }),
    columns: reader
      .objects("columns")
      .map((column) => ({ name: column.string("name"), sketch: sketchFromState(column.object("sketch")) })),
  };
}

/** A sketch from plain data, everything in it checked. @throws MlsecError `invalid-state`. */
export function sketchFromState(reader: StateReader): ColumnSketch {
  const count = reader.integer("count", { min: 0 });
  const counts = { count, missing: reader.integer("missing", { min: 0, max: count }) };
  if (reader.oneOf("type", ["number", "text"]) === "text") {
    const categories = reader.raw("categories");
    const isPair = (item: unknown): item is [string, number] =>
      Array.isArray(item) &&
      item.length === 2 &&
      typeof item[0] === "string" &&
      Number.isSafeInteger(item[1]) &&
      item[1] > 0;
    if (!Array.isArray(categories) || !categories.every(isPair))
      reader.fail("categories", "pairs of category and rows");
    const otherCategories = reader.integer("otherCategories", { min: 0 });
    const otherRows = reader.integer("otherRows", { min: otherCategories });
    const kept = categories.reduce((sum, [, rows]) => sum + rows, 0);
    if (kept + otherRows !== count - counts.missing) reader.fail("otherRows", "what the other rows leave of the count");
    return { type: "text", ...counts, categories, otherCategories, otherRows };
  }
  const quantiles = listOf(reader, "quantiles", reader.float64("quantiles"));
  if (quantiles.length !== 0 && quantiles.length !== SKETCH_QUANTILES)
    reader.fail("quantiles", `${SKETCH_QUANTILES} numbers`);
  if (quantiles.some((value, i) => i > 0 && value < quantiles[i - 1]!)) reader.fail("quantiles", "in ascending order");
  const infinite = reader.integer("infinite", { min: 0, max: count - counts.missing });
  return {
    type: "number",
    ...counts,
    infinite,
    mean: reader.number("mean"),
    quantiles,
    ...ranksFromState(reader, quantiles, counts.count - counts.missing - infinite),
    integer: reader.boolean("integer"),
  };
}

/** What was read as an array, as a list: that of the state itself, where it has one. */
function listOf(reader: StateReader, key: string, read: Float64Array | Int32Array): readonly number[] {
  const own = reader.raw(key);
  return Array.isArray(own) ? own : Array.from(read);
}

/** The counts at quantiles; in sketches from before they were kept, as near as the quantiles tell. */
function ranksFromState(
  reader: StateReader,
  quantiles: readonly number[],
  finite: number,
): Pick<NumberSketch, "below" | "upTo"> {
  if (!reader.has("below")) {
    const last = SKETCH_QUANTILES - 1;
    const rank = (place: number): number => Math.round((finite * place) / last);
    return {
      below: quantiles.map((quantile) => rank(quantiles.indexOf(quantile))),
      upTo: quantiles.map((quantile) => rank(quantiles.lastIndexOf(quantile))),
    };
  }
  const bounds = { min: 0, max: finite };
  const below = listOf(reader, "below", reader.int32("below", quantiles.length, bounds));
  const upTo = listOf(reader, "upTo", reader.int32("upTo", quantiles.length, bounds));
  const fits = quantiles.every((quantile, i) => {
    if (below[i]! > upTo[i]!) return false;
    if (i === 0) return true;
    const isSame = quantile === quantiles[i - 1];
    return isSame ? below[i] === below[i - 1] && upTo[i] === upTo[i - 1] : upTo[i - 1]! <= below[i]!;
  });
  if (!fits) reader.fail("below", "counts that fit the quantiles");
  return { below, upTo };
}
