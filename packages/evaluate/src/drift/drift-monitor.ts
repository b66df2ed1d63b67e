import {
  describeMissing,
  listSome,
  MlsecError,
  type PredictionSketch,
  type Table,
  type TrainingFingerprint,
} from "@mlsec/preprocess";
import { invalidOption } from "../options.js";
import type { Measured } from "./column-drift.js";
import { decided, worst } from "./levels.js";
import type { DriftReport, FeatureDrift, NumberDrift, TextDrift } from "./report.js";
import { kolmogorovDistance } from "./significance.js";
import { type TrackedColumn, trackedNumbers, trackedTexts } from "./tracked-column.js";

export interface DriftOptions {
  /** Columns of the fingerprint to compare, such as those that the model reads. Default: all. */
  readonly columns?: readonly string[] | undefined;
  /** What the model said before: `provenance.predictions` of a trained pipeline. Without it predictions are not compared. */
  readonly predictions?: PredictionSketch | null | undefined;
  /**
   * The most probable it may be that a report on rows without any drift has an alert, all its tests together; between 0 and
   * 1, default 0.01.
   */
  readonly significance?: number | undefined;
}

/** What a model says of rows: what a detector's `detectColumns` gives, with its classes. */
export interface Predictions {
  readonly classes: readonly string[];
  /** Index of the predicted class per row; −1 for a row without a prediction. */
  readonly codes: Int32Array;
  /** From 0 to 1; NaN for a row without a prediction. */
  readonly probabilities: Float64Array;
}

/** The predictions that are expected, and those that came. */
interface TrackedPredictions {
  readonly measuredOn: string;
  readonly classes: TrackedColumn<TextDrift>;
  readonly probabilities: TrackedColumn<NumberDrift> | null;
}

/**
 * Compares rows, as they come, with the training rows that a fingerprint is of. Its memory is that of a few hundred counts
 * a column, however many rows are added, and what it reports does not depend on how they came in tables.
 *
 * A column's level is `"watch"` or `"drift"` where a change is as large as `driftThresholds` say and chance does not explain
 * it: neither do the small differences that every large table has raise an alert, nor the large ones of a small table. The
 * verdict is the worst level of all columns and predictions.
 */
export class DriftMonitor {
  private readonly columns: readonly TrackedColumn[];
  private readonly significance: number;
  private readonly predictions: TrackedPredictions | null;
  private addedRows = 0;
  private predictedRows = 0;

  /**
   * @throws MlsecError `no-rows` for a fingerprint of no rows, `missing-column` for columns that it does not have,
   *   `invalid-option`.
   */
  constructor(
    private readonly fingerprint: TrainingFingerprint,
    { columns, predictions = null, significance = 0.01 }: DriftOptions = {},
  ) {
    if (fingerprint.rows === 0)
      throw new MlsecError("no-rows", "The fingerprint is of no rows: there is nothing to compare with.");
    if (!(significance > 0 && significance < 1))
      throw invalidOption("significance", "a number between 0 and 1", significance);
    this.columns = chosenColumns(fingerprint, columns).map(({ name, sketch }) =>
      sketch.type === "number" ? trackedNumbers(name, sketch) : trackedTexts(name, sketch),
    );
    this.significance = significance;
    this.predictions = predictions === null ? null : trackedPredictions(predictions);
  }

  /** Rows added so far. */
  get rows(): number {
    return this.addedRows;
  }

  /**
   * Counts rows. Columns that are not compared are ignored; numbers in a column of text count as texts.
   *
   * @param predicted what the model says of these rows; passed over where no predictions are expected.
   * @throws MlsecError `missing-feature` (all of them, with the nearest names), `wrong-type` (text in columns of numbers),
   *   `length-mismatch`, `code-out-of-range`. Then nothing of the table was counted.
   */
  add(table: Table, predicted?: Predictions): void {
    this.requireColumns(table);
    if (predicted !== undefined) requirePredictions(predicted, table.rows);
    for (const column of this.columns) column.add(table.column(column.name));
    this.addedRows += table.rows;
    if (predicted === undefined || this.predictions === null) return;
    this.predictions.classes.add({ kind: "text", codes: predicted.codes, dictionary: predicted.classes });
    this.predictions.probabilities?.add({ kind: "number", values: predicted.probabilities });
    this.predictedRows += table.rows;
  }

  /**
   * What was found so far; more rows may be added afterwards. Each report is tested for itself: of a hundred on rows
   * without drift, one may have an alert.
   *
   * @throws MlsecError `no-rows` before the first row.
   */
  report(): DriftReport {
    if (this.addedRows === 0)
      throw new MlsecError("no-rows", "No rows were added: drift is measured on at least one, better on thousands.");
    const predictions = this.predictedRows === 0 ? null : this.predictions;
    const measured = [...this.columns, ...(predictions === null ? [] : partsOf(predictions))].map(
      (column): Measured<FeatureDrift> => column.measure(),
    );
    const all = decided(measured, this.significance);
    const features = all.slice(0, this.columns.length);
    const [classes, probabilities] = all.slice(this.columns.length) as [TextDrift?, NumberDrift?];
    const tests = measured.reduce((sum, one) => sum + one.tests.length, 0);
    const trainingRows = this.fingerprint.rows;
    return {
      verdict: worst(all),
      trainingRows,
      rows: this.addedRows,
      significance: this.significance,
      tests,
      detectableDistance: kolmogorovDistance(this.significance / Math.max(1, tests), trainingRows, this.addedRows),
      features,
      predictions:
        predictions === null || classes === undefined
          ? null
          : {
              level: worst([classes, ...(probabilities === undefined ? [] : [probabilities])]),
              measuredOn: predictions.measuredOn,
              classes,
              probabilities: probabilities ?? null,
            },
    };
  }

  private requireColumns(table: Table): void {
    const missing = this.columns.filter(({ name }) => !table.has(name)).map(({ name }) => name);
    if (missing.length > 0) {
      const lines = missing.map((name) => describeMissing(name, table.names));
      throw new MlsecError(
        "missing-feature",
        `${missing.length} of the ${this.columns.length} columns to compare ${missing.length === 1 ? "is" : "are"} missing: ${lines.slice(0, 10).join("; ")}${lines.length > 10 ? `; and ${lines.length - 10} more` : ""}. Names must match exactly, spaces and case included.`,
        { missing },
      );
    }
    const texts = this.columns
      .filter(({ name, type }) => type === "number" && table.column(name).kind === "text")
      .map(({ name }) => name);
    if (texts.length === 0) return;
    throw new MlsecError(
      "wrong-type",
      `${texts.length === 1 ? "Column" : "Columns"} ${listSome(texts)}: text where training had numbers. Read ${texts.length === 1 ? "it" : "them"} as numbers, which names the cells that are none.`,
      { columns: texts },
    );
  }
}

/**
 * Compares a whole table with the training rows: what a `DriftMonitor` reports once it was added.
 *
 * @param options those of `DriftMonitor`, and what the model says of the table's rows.
 * @throws MlsecError as `DriftMonitor` does; `no-rows` for an empty table.
 */
export function detectDrift(
  fingerprint: TrainingFingerprint,
  table: Table,
  options: DriftOptions & { readonly predicted?: Predictions | undefined } = {},
): DriftReport {
  const monitor = new DriftMonitor(fingerprint, options);
  monitor.add(table, options.predicted);
  return monitor.report();
}

function chosenColumns(
  { columns }: TrainingFingerprint,
  names: readonly string[] | undefined,
): TrainingFingerprint["columns"] {
  if (names === undefined) return columns;
  const known = columns.map(({ name }) => name);
  const missing = names.filter((name) => !known.includes(name));
  if (missing.length === 0) return columns.filter(({ name }) => names.includes(name));
  throw new MlsecError(
    "missing-column",
    `The fingerprint lacks ${missing.length} of the columns to compare: ${missing
      .slice(0, 5)
      .map((name) => describeMissing(name, known))
      .join("; ")}.`,
    { missing },
  );
}

function trackedPredictions({ measuredOn, classes, probabilities }: PredictionSketch): TrackedPredictions {
  return {
    measuredOn,
    classes: trackedTexts("prediction", classes),
    probabilities: probabilities === null ? null : trackedNumbers("probability", probabilities),
  };
}

function partsOf({ classes, probabilities }: TrackedPredictions): TrackedColumn[] {
  return probabilities === null ? [classes] : [classes, probabilities];
}

/** @throws MlsecError `length-mismatch`, `code-out-of-range`. */
function requirePredictions({ classes, codes, probabilities }: Predictions, rows: number): void {
  for (const [name, { length }] of Object.entries({ codes, probabilities })) {
    if (length === rows) continue;
    throw new MlsecError("length-mismatch", `There are ${length} ${name} of ${rows} rows: give one per row.`, {
      expected: rows,
      got: length,
    });
  }
  const row = codes.findIndex((code) => code < -1 || code >= classes.length);
  if (row === -1) return;
  throw new MlsecError(
    "code-out-of-range",
    `codes must be from −1 to ${classes.length - 1}, but row ${row} is ${codes[row]}.`,
    { row, got: codes[row], expected: `an integer from -1 to ${classes.length - 1}` },
  );
}
