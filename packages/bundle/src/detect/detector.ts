import {
  type FeatureMatrix,
  type InputColumn,
  type InputRecord,
  MlsecError,
  type ModelKind,
  Table,
  type TransformReport,
  takeRows,
  transformReport,
} from "@mlsec/preprocess";
import type { Bundle } from "../bundle.js";
import type { Pipeline } from "../manifest.js";
import type { Explanation, Judge, Verdict } from "./verdict.js";

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
}

/** A model ready to judge rows. Scoring is synchronous, needs no training engine, and gives the same bits everywhere. */
export class Detector {
  private readonly pipeline: Pipeline;
  /** The matrix row of the record that is judged. */
  private readonly row: Float64Array;

  /** @internal `loadDetector` and `detectorOf` make one. */
  constructor(
    readonly bundle: Bundle,
    private readonly judge: Judge,
  ) {
    this.pipeline = bundle.pipeline;
    this.row = new Float64Array(this.pipeline.preprocessor.features.length);
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
   * @throws MlsecError `missing-feature` (all of them, with the nearest names), `wrong-type`, `not-finite`.
   */
  detect(record: InputRecord): Verdict;
  detect(rows: DetectorInput): Verdict[];
  detect(input: InputRecord | DetectorInput): Verdict | Verdict[] {
    const { preprocessor } = this.pipeline;
    if (!isRows(input)) {
      const report = transformReport();
      preprocessor.transformRecord(input, this.row, report);
      this.requireFloat32Row();
      return this.judge.verdict(this.row, [...new Set([...report.unseen.keys(), ...report.missing.keys()])]);
    }
    const table = tableOf(input);
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
   * @param options `invalidRows`: what to do with rows that have infinite numbers, missing ones which the model's
   *   preprocessing does not fill, or numbers too large for the model. `"error"` (the default) throws, naming them;
   *   `"skip"` gives them the code −1 and the probability NaN.
   */
  detectColumns(
    rows: DetectorInput,
    { invalidRows = "error" }: { readonly invalidRows?: "error" | "skip" } = {},
  ): VerdictColumns {
    const table = tableOf(rows);
    const report = transformReport();
    const { preprocessor } = this.pipeline;
    if (invalidRows === "error") {
      const matrix = preprocessor.transform(table, report);
      requireFloat32(matrix, preprocessor.sources);
      return { ...this.judge.columns(matrix), report };
    }
    const taken = preprocessor.transformableRows(table);
    const matrix = preprocessor.transform(table.take(taken), report);
    const held = rowsWhere(matrix.rows, (row) => matrix.columns.every((values) => fitsFloat32(values[row]!)));
    const scored = this.judge.columns(takeRows(matrix, held));
    const codes = new Int32Array(table.rows).fill(-1);
    const probabilities = new Float64Array(table.rows).fill(Number.NaN);
    for (const [place, row] of held.entries()) {
      codes[taken[row]!] = scored.codes[place]!;
      probabilities[taken[row]!] = scored.probabilities[place]!;
    }
    return { codes, probabilities, report };
  }

  /**
   * Why one record is judged as it is: the parts that features have in the score, by a threat detector; the questions on the
   * way to the leaf and the nearest flip, by an attack classifier.
   *
   * @throws MlsecError as `detect`; `no-baseline` for a threat detector from before typical connections were kept.
   */
  explain(record: InputRecord): Explanation {
    return this.judge.explain(record);
  }

  private requireFloat32Row(): void {
    const { sources } = this.pipeline.preprocessor;
    for (let place = 0; place < this.row.length; place++)
      if (!fitsFloat32(this.row[place]!)) throw tooLarge(0, sources[place]!, this.row[place]!);
  }
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

function rowsWhere(rows: number, test: (row: number) => boolean): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row).filter(test);
}
