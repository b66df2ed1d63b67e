import {
  type Cell,
  type InputColumn,
  type ModelKind,
  Table,
  type TransformReport,
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
   * @param options `invalidRows`: what to do with rows that have missing or infinite numbers. `"error"` (the default)
   *   throws, naming them; `"skip"` gives them the code −1 and the probability NaN.
   */
  detectColumns(
    rows: Table | readonly Readonly<Record<string, Cell | undefined>>[],
    { invalidRows = "error" }: { readonly invalidRows?: "error" | "skip" } = {},
  ): VerdictColumns {
    const table = rows instanceof Table ? rows : Table.fromRecords(rows);
    if (invalidRows === "error") return this.judge(table);
    const valid = this.validRows(table);
    const judged = this.judge(table.take(valid));
    const codes = new Int32Array(table.rows).fill(-1);
    const probabilities = new Float64Array(table.rows).fill(Number.NaN);
    for (const [place, row] of valid.entries()) {
      codes[row] = judged.codes[place]!;
      probabilities[row] = judged.probabilities[place]!;
    }
    return { codes, probabilities, report: judged.report };
  }

  /** The rows whose numbers are all finite. */
  private validRows(table: Table): Int32Array {
    const numbers = this.inputs.flatMap(({ name, type }) =>
      type === "number" && table.has(name) ? [table.column(name)] : [],
    );
    const isValid = (row: number): boolean =>
      numbers.every((column) => column.kind !== "number" || Number.isFinite(column.values[row]));
    return Int32Array.from({ length: table.rows }, (_, row) => row).filter(isValid);
  }

  private judge(table: Table): VerdictColumns {
    const report = transformReport();
    const { pipeline } = this;
    const matrix = pipeline.preprocessor.transform(table, report);
    if (pipeline.kind === "threat_detector") {
      const probabilities = pipeline.model.predictProba(matrix);
      const threshold = pipeline.threshold!.value;
      return {
        codes: Int32Array.from(probabilities, (probability) => (probability > threshold ? 1 : 0)),
        probabilities,
        report,
      };
    }
    const codes = pipeline.model.predict(matrix);
    const shares = pipeline.model.predictProba(matrix);
    const probabilities = Float64Array.from(codes, (code, row) => shares[row * this.classes.length + code]!);
    return { codes, probabilities, report };
  }
}

/** A detector from the bytes of a bundle. @throws BundleError. */
export async function loadDetector(bytes: Uint8Array): Promise<Detector> {
  return new Detector(await loadBundle(bytes));
}
