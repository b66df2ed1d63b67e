import {
  type Column,
  type ColumnSketch,
  listSome,
  MlsecError,
  type Table,
  type TextColumn,
  type TrainingFingerprint,
  textColumn,
} from "@mlsec/preprocess";
import { normalTailPoint } from "../normal-quantile.js";
import { invalidOption } from "../options.js";
import { NumberCounts, type NumberDrift } from "./number-drift.js";
import { TextCounts, type TextDrift } from "./text-drift.js";

/** What new data is compared with: a pipeline's provenance has both. */
export interface DriftReference {
  readonly fingerprint: TrainingFingerprint;
  /** Scores or classes that the model gave to rows that it had not learnt from; null where they were not kept. */
  readonly predictions: ColumnSketch | null;
}

export interface DriftOptions {
  /** Columns to compare. Default: all of the fingerprint; a model's own inputs are what matters to it. */
  readonly columns?: readonly string[] | undefined;
  /**
   * How often at most chance alone may raise any alert in a report, over all columns together (Bonferroni's correction), from
   * above 0 to below 1. Default 0.01.
   */
  readonly falseAlarms?: number | undefined;
}

/** How far something has drifted. */
export type DriftLevel = "none" | "watch" | "drift";

/** A column, or the predictions. */
export interface ColumnDrift {
  readonly column: string;
  readonly level: DriftLevel;
  /** Why it is not "none", in words. */
  readonly reasons: readonly string[];
  /** Cells seen, missing and infinite ones among them. */
  readonly rows: number;
  /** Share of cells that are missing or infinite, in training and now. */
  readonly missing: { readonly training: number; readonly now: number };
  /** Of a column of numbers; null for text, and where training or now there are none. */
  readonly numbers: NumberDrift | null;
  /** Of a column of text. */
  readonly categories: TextDrift | null;
}

/** What a comparison found. Plain JSON. */
export interface DriftReport {
  /**
   * "drift" where the predictions or any column have drifted, or a quarter of the columns are to be watched; "watch" where
   * anything is.
   */
  readonly verdict: DriftLevel;
  readonly rows: number;
  readonly trainingRows: number;
  /** Null where the reference has no predictions, or none were given. */
  readonly predictions: ColumnDrift | null;
  /** Those that drifted most first. */
  readonly columns: readonly ColumnDrift[];
}

/** Population stability: below the first nothing, from the second on a lot (Siddiqi, "Credit risk scorecards", 2006). */
const PSI_WATCH = 0.1;
const PSI_DRIFT = 0.25;

/** Changes of the share of missing cells, and shares of rows with new categories. */
const SHARE_WATCH = 0.01;
const SHARE_DRIFT = 0.1;

/** Share of columns to be watched from which on together they are a drift. */
const MANY = 0.25;

/**
 * Compares new data with what a model was trained on, in memory that does not grow with the rows: every column is counted in
 * the bins of its training sketch. Add tables as they come; the report is that of all rows so far, however they were cut.
 *
 * A column drifts where its population stability index is at least 0.25, or missing cells or rows with new categories
 * changed by at least 10 of 100; it is to be watched from 0.1, and 1 of 100, on. Either counts only where it is more than
 * chance makes of samples of these sizes.
 */
export class DriftMonitor {
  private readonly columns: readonly MonitoredColumn[];
  private readonly predictions: MonitoredColumn | null;
  private readonly falseAlarms: number;
  private rows = 0;

  /** @throws MlsecError `missing-column` for columns that the fingerprint lacks, `invalid-option`. */
  constructor(
    private readonly reference: DriftReference,
    { columns, falseAlarms = 0.01 }: DriftOptions = {},
  ) {
    if (!(falseAlarms > 0 && falseAlarms < 1)) throw invalidOption("falseAlarms", "above 0 and below 1", falseAlarms);
    this.falseAlarms = falseAlarms;
    const known = new Map(reference.fingerprint.columns.map(({ name, sketch }) => [name, sketch]));
    const wanted = columns ?? [...known.keys()];
    const unknown = wanted.filter((name) => !known.has(name));
    if (unknown.length > 0) {
      throw new MlsecError("missing-column", `The training fingerprint has no column ${listSome(unknown)}.`, {
        columns: unknown,
      });
    }
    this.columns = wanted.map((name) => new MonitoredColumn(name, known.get(name)!));
    const { predictions } = reference;
    this.predictions = predictions === null ? null : new MonitoredColumn("predictions", predictions);
  }

  /**
   * Counts rows.
   *
   * @param table with the monitored columns; others are ignored.
   * @param predictions what the model makes of these rows: scores where training's predictions are numbers, else classes.
   * @throws MlsecError `missing-column`, all at once; `wrong-type` for text where training had numbers; `length-mismatch`.
   *   Nothing of the table is counted then.
   */
  add(table: Table, predictions?: Column): this {
    const missing = this.columns.map(({ name }) => name).filter((name) => !table.has(name));
    if (missing.length > 0) {
      throw new MlsecError("missing-column", `The table lacks the columns ${listSome(missing)}.`, { columns: missing });
    }
    const cells = this.columns.map((column) => column.cellsOf(table.column(column.name)));
    const given = predictions === undefined ? null : (this.predictions?.cellsOf(predictions) ?? null);
    if (given !== null && lengthOf(given) !== table.rows) {
      throw new MlsecError("length-mismatch", `${lengthOf(given)} predictions were given for ${table.rows} rows.`, {
        expected: table.rows,
        got: lengthOf(given),
      });
    }
    for (const [place, column] of this.columns.entries()) column.add(cells[place]!);
    if (given !== null) this.predictions!.add(given);
    this.rows += table.rows;
    return this;
  }

  /** The rows so far beside those of training. It can be asked for as often as one likes, and rows added after it. */
  report(): DriftReport {
    const tail = this.falseAlarms / (this.columns.length + 1);
    const columns = this.columns.map((column) => column.drift(tail));
    const predictions = this.predictions === null || this.predictions.rows === 0 ? null : this.predictions.drift(tail);
    return {
      verdict: verdictOf(columns, predictions),
      rows: this.rows,
      trainingRows: this.reference.fingerprint.rows,
      predictions,
      columns: [...columns].sort((a, b) => RANKS[b.level] - RANKS[a.level] || psiOf(b) - psiOf(a)),
    };
  }
}

/**
 * Compares a table with what a model was trained on: `DriftMonitor` in one call.
 *
 * @throws MlsecError as `DriftMonitor`.
 */
export function detectDrift(
  reference: DriftReference,
  table: Table,
  { predictions, ...options }: DriftOptions & { readonly predictions?: Column | undefined } = {},
): DriftReport {
  return new DriftMonitor(reference, options).add(table, predictions).report();
}

const RANKS: Readonly<Record<DriftLevel, number>> = { none: 0, watch: 1, drift: 2 };

/** One column's training sketch and the counts of new cells. */
class MonitoredColumn {
  private readonly numbers: NumberCounts | null;
  private readonly texts: TextCounts | null;

  constructor(
    readonly name: string,
    private readonly sketch: ColumnSketch,
  ) {
    this.numbers = sketch.type === "number" ? new NumberCounts(sketch) : null;
    this.texts = sketch.type === "text" ? new TextCounts(sketch) : null;
  }

  get rows(): number {
    if (this.texts !== null) return this.texts.count + this.texts.missing;
    const { count, missing, infinite } = this.numbers!;
    return count + missing + infinite;
  }

  /** The cells as the sketch has them: numbers as text where training had text. @throws MlsecError `wrong-type`. */
  cellsOf(column: Column): Column {
    if (this.sketch.type === "text") return column.kind === "text" ? column : asText(column.values);
    if (column.kind === "number") return column;
    throw new MlsecError(
      "wrong-type",
      `Column ${JSON.stringify(this.name)} was numbers in training, and is text now (${listSome(column.dictionary, 3)}).`,
      { column: this.name, examples: column.dictionary.slice(0, 3) },
    );
  }

  add(cells: Column): void {
    if (cells.kind === "number") this.numbers!.add(cells.values);
    else this.texts!.add(cells);
  }

  drift(tail: number): ColumnDrift {
    const numbers = this.numbers?.drift(tail) ?? null;
    const categories = this.texts?.drift(tail) ?? null;
    const { sketch, rows } = this;
    const absent = sketch.missing + (sketch.type === "number" ? sketch.infinite : 0);
    const absentNow = this.texts?.missing ?? this.numbers!.missing + this.numbers!.infinite;
    const missing = { training: shareOf(absent, sketch.count), now: shareOf(absentNow, rows) };
    const reasons: Reason[] = [];
    const shares = numbers ?? categories;
    if (shares !== null && shares.psi > shares.psiByChance) {
      const level = levelOf(shares.psi, PSI_WATCH, PSI_DRIFT);
      reasons.push({ level, text: `stability index ${shares.psi.toFixed(3)}` });
    }
    const change = Math.abs(missing.now - missing.training);
    if (change > chanceOfShares(absent, sketch.count, absentNow, rows, tail)) {
      const level = levelOf(change, SHARE_WATCH, SHARE_DRIFT);
      reasons.push({ level, text: `missing ${percent(missing.now)} instead of ${percent(missing.training)}` });
    }
    const fresh = categories?.newShare ?? 0;
    const seen = sketch.count - sketch.missing;
    if (fresh > chanceOfShares(0, seen, fresh * (rows - absentNow), rows - absentNow, tail)) {
      const level = levelOf(fresh, SHARE_WATCH, SHARE_DRIFT);
      reasons.push({ level, text: `new categories in ${percent(fresh)} of the rows` });
    }
    const alerts = reasons.filter(({ level }) => level !== "none");
    return {
      column: this.name,
      level: highest(alerts.map(({ level }) => level)),
      reasons: alerts.map(({ text }) => text),
      rows,
      missing,
      numbers,
      categories,
    };
  }
}

interface Reason {
  readonly level: DriftLevel;
  readonly text: string;
}

function levelOf(value: number, watch: number, drift: number): DriftLevel {
  return value >= drift ? "drift" : value >= watch ? "watch" : "none";
}

function highest(levels: readonly DriftLevel[]): DriftLevel {
  return levels.reduce<DriftLevel>((most, level) => (RANKS[level] > RANKS[most] ? level : most), "none");
}

/** By how much two samples' shares differ by chance at most, but for the tail on either side: the pooled normal test. */
function chanceOfShares(count: number, of: number, countNow: number, now: number, tail: number): number {
  if (of === 0 || now === 0) return Number.POSITIVE_INFINITY;
  const pooled = (count + countNow) / (of + now);
  return normalTailPoint(tail / 2) * Math.sqrt(pooled * (1 - pooled) * (1 / of + 1 / now));
}

function verdictOf(columns: readonly ColumnDrift[], predictions: ColumnDrift | null): DriftLevel {
  const worst = highest([...columns, ...(predictions === null ? [] : [predictions])].map(({ level }) => level));
  const alerts = columns.filter(({ level }) => level !== "none").length;
  return worst === "watch" && alerts >= MANY * columns.length ? "drift" : worst;
}

function psiOf({ numbers, categories }: ColumnDrift): number {
  return (numbers ?? categories)?.psi ?? 0;
}

function shareOf(count: number, of: number): number {
  return of === 0 ? 0 : count / of;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function lengthOf(column: Column): number {
  return column.kind === "number" ? column.values.length : column.codes.length;
}

function asText(values: Float64Array): TextColumn {
  return textColumn(Array.from(values, (value) => (Number.isNaN(value) ? null : String(value))));
}
