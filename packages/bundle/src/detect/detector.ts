import {
  type FeatureMatrix,
  type InputColumn,
  type InputRecord,
  listSome,
  MlsecError,
  type ModelKind,
  requireInputs,
  rowsWhere,
  Table,
  type TransformReport,
  takeRows,
  transformReport,
} from "@mlsec/preprocess";
import type { Bundle } from "../bundle.js";
import type { Pipeline } from "../manifest.js";
import type { Judge, Verdict } from "./verdict.js";

/** Rows to judge: a table, objects with one property a column, or a matrix of raw numbers whose features are the columns. */
export type DetectorInput = Table | readonly InputRecord[] | FeatureMatrix;

/** Verdicts in columns, for batches. */
export interface VerdictColumns {
  /** Index into the detector's classes, per row. */
  readonly codes: Int32Array;
  /** As `Verdict.probability`, per row. */
  readonly probabilities: Float64Array;
  /** What the rows had that training had not. */
  readonly report: TransformReport;
  /** Columns that the model does not read. */
  readonly extraColumns: readonly string[];
}

/** What an input may be. */
export interface DetectOptions {
  /** What becomes of columns that the model does not read: nothing (the default), or an error that names them. */
  readonly extraColumns?: "ignore" | "refuse" | undefined;
}

export interface DetectColumnsOptions extends DetectOptions {
  /**
   * What becomes of rows that have infinite numbers, missing ones which the model's preprocessing does not fill, or numbers
   * too large for the model: an error that names them (the default), or no verdict (`"skip"`): the code −1 and NaN.
   */
  readonly invalidRows?: "error" | "skip" | undefined;
}

/** A model ready to judge rows. Scoring is synchronous, needs no training engine, and gives the same bits everywhere. */
export class Detector {
  private readonly pipeline: Pipeline;
  /** The matrix row of the record that is judged. */
  private readonly row: Float64Array;
  /** The types of the columns that a row must have, by their names: what readers of files take as `types`. */
  readonly inputTypes: ReadonlyMap<string, InputColumn["type"]>;

  /** @internal `loadDetector` and `detectorOf` make one. */
  constructor(
    readonly bundle: Bundle,
    private readonly judge: Judge,
  ) {
    this.pipeline = bundle.pipeline;
    this.row = new Float64Array(this.pipeline.preprocessor.features.length);
    this.inputTypes = new Map(this.inputs.map(({ name, type }) => [name, type]));
  }

  get kind(): ModelKind {
    return this.pipeline.kind;
  }

  get classes(): readonly string[] {
    return this.pipeline.classes;
  }

  /** The columns that a row must have, with their types. Others are ignored. */
  get inputs(): readonly InputColumn[] {
    return this.pipeline.preprocessor.inputs;
  }

  /**
   * Judges one record, an object with one property a column, or many rows.
   *
   * @throws MlsecError `missing-feature` (all of them, with the nearest names), `wrong-type`, `not-finite`, `extra-columns`.
   */
  detect(record: InputRecord, options?: DetectOptions): Verdict;
  detect(rows: DetectorInput, options?: DetectOptions): Verdict[];
  detect(input: InputRecord | DetectorInput, { extraColumns = "ignore" }: DetectOptions = {}): Verdict | Verdict[] {
    const { preprocessor } = this.pipeline;
    if (!isRows(input)) {
      if (extraColumns === "refuse") this.fitColumns(Object.keys(input), extraColumns);
      const report = transformReport();
      preprocessor.transformRecord(input, this.row, report);
      this.requireFloat32Row();
      return this.judge.verdict(this.row, [...new Set([...report.unseen.keys(), ...report.missing.keys()])]);
    }
    const table = tableOf(input);
    this.fitColumns(table.names, extraColumns);
    const matrix = preprocessor.transform(table);
    requireFloat32(matrix, preprocessor.sources);
    const unknown = unknownCategories(table, this.inputs);
    return Array.from({ length: table.rows }, (_, row) => {
      for (const [place, column] of matrix.columns.entries()) this.row[place] = column[row]!;
      return this.judge.verdict(this.row, unknown(row));
    });
  }

  /**
   * Class and probability of many rows, without an object a row: several times as fast as `detect`.
   *
   * @throws MlsecError as `detect`.
   */
  detectColumns(
    rows: DetectorInput,
    { invalidRows = "error", extraColumns: policy }: DetectColumnsOptions = {},
  ): VerdictColumns {
    const table = tableOf(rows);
    const extraColumns = this.fitColumns(table.names, policy);
    const report = transformReport();
    const { preprocessor } = this.pipeline;
    if (invalidRows === "error") {
      const matrix = preprocessor.transform(table, report);
      requireFloat32(matrix, preprocessor.sources);
      return { ...this.judge.columns(matrix), report, extraColumns };
    }
    const taken = preprocessor.transformableRows(table);
    const isWhole = taken.length === table.rows;
    const matrix = preprocessor.transform(isWhole ? table : table.take(taken), report);
    const held = heldRows(matrix);
    if (isWhole && held.length === table.rows) return { ...this.judgeEach(matrix), report, extraColumns };
    const scored = this.judgeEach(held.length === matrix.rows ? matrix : takeRows(matrix, held));
    const places = held.map((row) => taken[row]!);
    return { ...placed(scored, places, table.rows), report, extraColumns };
  }

  /** Class codes and probabilities; −1 and NaN for rows on which a network overflows. */
  private judgeEach(matrix: FeatureMatrix): ReturnType<Judge["columns"]> {
    try {
      return this.judge.columns(matrix);
    } catch (error) {
      if (!(error instanceof MlsecError) || error.code !== "not-finite") throw error;
      if (matrix.rows <= 1) return { codes: Int32Array.of(-1), probabilities: Float64Array.of(Number.NaN) };
    }
    // Which rows they are, only asking for each tells. Weights are seldom so large.
    const rows = Array.from({ length: matrix.rows }, (_, row) => this.judgeEach(takeRows(matrix, Int32Array.of(row))));
    return {
      codes: Int32Array.from(rows, ({ codes }) => codes[0]!),
      probabilities: Float64Array.from(rows, ({ probabilities }) => probabilities[0]!),
    };
  }

  /**
   * Whether an input with these columns could be judged; returns those that the model does not read.
   *
   * @throws MlsecError `missing-feature`, and `extra-columns` where they are to be refused.
   */
  fitColumns(columns: readonly string[], policy: DetectOptions["extraColumns"] = "ignore"): string[] {
    requireInputs(columns, this.inputs);
    if (columns.length === this.inputTypes.size) return [];
    const extra = columns.filter((name) => !this.inputTypes.has(name));
    if (policy === "ignore" || extra.length === 0) return extra;
    throw new MlsecError(
      "extra-columns",
      `${extra.length} ${extra.length === 1 ? "column is" : "columns are"} none of the model's: ${listSome(extra, 10)}. Leave them out, or let them be ignored.`,
      { columns: extra },
    );
  }

  private requireFloat32Row(): void {
    const { sources } = this.pipeline.preprocessor;
    for (let place = 0; place < this.row.length; place++)
      if (!fitsFloat32(this.row[place]!)) throw tooLarge(0, sources[place]!, this.row[place]!);
  }
}

/** Codes and probabilities of some rows in their places among all; the others have no verdict. */
export function placed(
  { codes, probabilities }: ReturnType<Judge["columns"]>,
  places: Int32Array,
  rows: number,
): ReturnType<Judge["columns"]> {
  const all = { codes: new Int32Array(rows).fill(-1), probabilities: new Float64Array(rows).fill(Number.NaN) };
  for (let i = 0; i < places.length; i++) {
    all.codes[places[i]!] = codes[i]!;
    all.probabilities[places[i]!] = probabilities[i]!;
  }
  return all;
}

function isRows(input: InputRecord | DetectorInput): input is DetectorInput {
  // A record's cells are numbers, texts or null, never a list.
  return input instanceof Table || Array.isArray(input) || Array.isArray((input as { columns?: unknown }).columns);
}

function tableOf(rows: DetectorInput): Table {
  if (rows instanceof Table) return rows;
  if ("features" in rows)
    return Table.of(rows.features.map((name, place) => [name, { kind: "number", values: rows.columns[place]! }]));
  return Table.fromRecords(rows, [...new Set(rows.flatMap(Object.keys))]);
}

/** For a row the columns whose category is none of training's. */
function unknownCategories(table: Table, inputs: readonly InputColumn[]): (row: number) => readonly string[] {
  const columns = inputs.flatMap((input) => {
    if (input.type === "number") return [];
    const known = new Set(input.categories);
    const texts = table.texts(input.name);
    return [{ name: input.name, isKnown: (row: number) => texts[row] !== null && known.has(texts[row]!) }];
  });
  return (row) => columns.filter(({ isKnown }) => !isKnown(row)).map(({ name }) => name);
}

/** Models compute in float32: a number beyond its range is as good as infinite to them. */
function fitsFloat32(value: number): boolean {
  return Number.isFinite(Math.fround(value));
}

/** @throws MlsecError `not-finite`, naming the first cell that preprocessing took beyond float32. */
function requireFloat32(matrix: FeatureMatrix, sources: readonly string[]): void {
  for (const [index, values] of matrix.columns.entries()) {
    const row = values.findIndex((value) => !fitsFloat32(value));
    if (row !== -1) throw tooLarge(row, sources[index]!, values[row]!);
  }
}

function tooLarge(row: number, column: string, got: number): MlsecError {
  return new MlsecError(
    "not-finite",
    `Row ${row + 1}, column ${JSON.stringify(column)}: the value is too large for the model (${got} after preprocessing). Correct or remove the row.`,
    { row, column, got },
  );
}

/** The rows without numbers that preprocessing took beyond float32. */
function heldRows({ rows, columns }: FeatureMatrix): Int32Array {
  const isBeyond = new Uint8Array(rows);
  for (const values of columns) {
    // A sum of zeros, which one infinite number makes NaN, needs no branches.
    let zero = 0;
    for (let row = 0; row < rows; row++) zero += Math.fround(values[row]!) - Math.fround(values[row]!);
    if (zero === 0) continue;
    for (let row = 0; row < rows; row++) if (!fitsFloat32(values[row]!)) isBeyond[row] = 1;
  }
  return rowsWhere(rows, (row) => isBeyond[row] === 0);
}
