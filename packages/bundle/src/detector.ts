import {
  type Cell,
  type FeatureMatrix,
  type InputColumn,
  MlsecError,
  type ModelKind,
  Table,
  type TransformReport,
  takeRows,
  transformReport,
} from "@mlsec/preprocess";
import { type Bundle, loadBundle } from "./bundle.js";
import type { Pipeline } from "./manifest.js";

/** What the model says of one row. */
export interface Verdict {
  readonly class: string;
  /** Of an attack, for a threat detector; of the predicted class, for an attack classifier. 0 to 1. */
  readonly probability: number;
  readonly isAttack: boolean;
}

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

  constructor(readonly bundle: Bundle) {
    this.pipeline = bundle.pipeline;
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
   * Judges rows: a table, or objects with one property a column.
   *
   * @throws MlsecError `missing-feature` (all of them, with the nearest names), `wrong-type`, `not-finite`.
   */
  detect(rows: Table | readonly Readonly<Record<string, Cell | undefined>>[]): Verdict[] {
    const { codes, probabilities } = this.detectColumns(rows);
    return Array.from(codes, (code, row) => {
      const name = this.classes[code]!;
      return { class: name, probability: probabilities[row]!, isAttack: name !== this.pipeline.normalClass };
    });
  }

  /**
   * The same for large batches, without an object a row.
   *
   * @param options `invalidRows`: what to do with rows that have infinite numbers, missing ones which the model's
   *   preprocessing does not fill, or numbers too large for the model. `"error"` (the default) throws, naming them;
   *   `"skip"` gives them the code −1 and the probability NaN.
   */
  detectColumns(
    rows: Table | readonly Readonly<Record<string, Cell | undefined>>[],
    { invalidRows = "error" }: { readonly invalidRows?: "error" | "skip" } = {},
  ): VerdictColumns {
    const table = rows instanceof Table ? rows : Table.fromRecords(rows, [...new Set(rows.flatMap(Object.keys))]);
    const report = transformReport();
    const { preprocessor } = this.pipeline;
    if (invalidRows === "error") {
      const matrix = preprocessor.transform(table, report);
      requireFloat32(matrix, preprocessor.sources);
      return { ...this.score(matrix), report };
    }
    const taken = preprocessor.transformableRows(table);
    const matrix = preprocessor.transform(table.take(taken), report);
    const held = rowsWhere(matrix.rows, (row) => matrix.columns.every((values) => fitsFloat32(values[row]!)));
    const scored = this.score(takeRows(matrix, held));
    const codes = new Int32Array(table.rows).fill(-1);
    const probabilities = new Float64Array(table.rows).fill(Number.NaN);
    for (const [place, row] of held.entries()) {
      codes[taken[row]!] = scored.codes[place]!;
      probabilities[taken[row]!] = scored.probabilities[place]!;
    }
    return { codes, probabilities, report };
  }

  private score(matrix: FeatureMatrix): Omit<VerdictColumns, "report"> {
    const { pipeline } = this;
    if (pipeline.kind === "threat_detector") {
      const probabilities = pipeline.model.predictProba(matrix);
      const threshold = pipeline.threshold!.value;
      return {
        codes: Int32Array.from(probabilities, (probability) => (probability > threshold ? 1 : 0)),
        probabilities,
      };
    }
    const codes = pipeline.model.predict(matrix);
    const shares = pipeline.model.predictProba(matrix);
    const probabilities = Float64Array.from(codes, (code, row) => shares[row * this.classes.length + code]!);
    return { codes, probabilities };
  }
}

/** Models compute in float32: a number beyond its range is as good as infinite to them. */
function fitsFloat32(value: number): boolean {
  return Number.isFinite(Math.fround(value));
}

/** @throws MlsecError `not-finite`, naming the first cell that preprocessing took beyond float32. */
function requireFloat32(matrix: FeatureMatrix, sources: readonly string[]): void {
  for (const [index, values] of matrix.columns.entries()) {
    const row = values.findIndex((value) => !fitsFloat32(value));
    if (row === -1) continue;
    const column = sources[index]!;
    throw new MlsecError(
      "not-finite",
      `Row ${row + 1}, column ${JSON.stringify(column)}: the value is too large for the model (${values[row]} after preprocessing). Correct or remove the row.`,
      { row, column, got: values[row] },
    );
  }
}

function rowsWhere(rows: number, test: (row: number) => boolean): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row).filter(test);
}

/** A detector from the bytes of a bundle. @throws BundleError. */
export async function loadDetector(bytes: Uint8Array): Promise<Detector> {
  return new Detector(await loadBundle(bytes));
}
