import { type ErrorDetails, MlsecError } from "../errors.js";
import { cellPlace, shownValue } from "../read-issues.js";
import { MAX_EXAMPLES, MAX_REPORTED_ISSUES } from "./limits.js";

/** The kinds of faults, in the order in which counts list them. */
const KINDS = ["ragged-row", "bad-quote", "not-a-number", "overflow", "not-utf8"] as const;

/** One thing in a CSV file that cannot be read without losing something. `row` counts data rows from 0; the header is −1. */
export interface CsvIssue {
  /**
   * `ragged-row`: more or fewer fields than columns; `bad-quote`: text before or after quotes, or no closing quote;
   * `not-a-number`: text in a numeric column; `overflow`: a decimal beyond float64; `not-utf8`: bytes that are no text.
   */
  readonly kind: (typeof KINDS)[number];
  readonly row: number;
  readonly column: string | null;
  readonly value: string;
  readonly message: string;
}

/** A CSV file that cannot be read as it stands. `details.issues` holds the first
 * findings, `details.total` their number, `details.counts` how many of each kind. */
export class CsvError extends MlsecError {
  constructor(code: string, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(code, message, details, options);
  }
}

/** How often one kind of fault occurred in one column (null: in whole rows), with the first of them. */
export interface CsvIssueCount {
  readonly kind: CsvIssue["kind"];
  readonly column: string | null;
  readonly count: number;
  readonly examples: readonly CsvIssue[];
}

/** All faults of a file: their number, the first of them by row, and counts by kind and column. */
export interface CsvIssues {
  readonly total: number;
  readonly first: readonly CsvIssue[];
  readonly counts: readonly CsvIssueCount[];
}

/** The faults of one kind in one column: all are counted, the first ones are kept. */
interface IssueLog {
  readonly kind: CsvIssue["kind"];
  readonly column: string | null;
  count: number;
  readonly first: CsvIssue[];
  readonly rows: number[];
}

/**
 * Collects issues, so that a file's faults are reported together. Those of a record stay pending until the record is
 * known to be complete.
 */
export class IssueList {
  private readonly logs = new Map<string | null, Map<CsvIssue["kind"], IssueLog>>();
  private pending: { log: IssueLog; row: number; value: string | null }[] = [];
  private pendingCount = 0;

  /** How many fields a row should have, for messages. */
  expectedFields = 0;

  /** @param keepsRows whether all faulty rows are remembered, for `rows`. */
  constructor(private readonly keepsRows: boolean = false) {}

  /** @param value what a message shows; asked for only where the message is kept. */
  add(kind: CsvIssue["kind"], row: number, column: string | null, value: () => string): void {
    const log = this.log(kind, column);
    const isKept = log.first.length < MAX_REPORTED_ISSUES;
    this.pending[this.pendingCount++] = { log, row, value: isKept ? value() : null };
  }

  commit(): void {
    for (let i = 0; i < this.pendingCount; i++) {
      const { log, row, value } = this.pending[i]!;
      const { kind, column } = log;
      log.count++;
      if (this.keepsRows) log.rows.push(row);
      if (value !== null && log.first.length < MAX_REPORTED_ISSUES) {
        const shown = shownValue(value);
        log.first.push({ kind, row, column, value: shown, message: this.describe(kind, row, column, shown) });
      }
    }
    this.rollback();
  }

  rollback(): void {
    this.pendingCount = 0;
    if (this.pending.length > 1024) this.pending = [];
  }

  /** How often a fault occurred in a column. */
  count(kind: CsvIssue["kind"], column: string | null): number {
    return this.logs.get(column)?.get(kind)?.count ?? 0;
  }

  /** Takes back the faults of a kind in a column: they turned out to be none. */
  withdraw(kind: CsvIssue["kind"], column: string): void {
    this.logs.get(column)?.delete(kind);
  }

  /** Takes over another reading's faults of one kind. */
  adopt(kind: CsvIssue["kind"], other: IssueList): void {
    for (const [column, byKind] of other.logs) {
      const log = byKind.get(kind);
      if (log !== undefined) this.byKind(column).set(kind, log);
    }
  }

  get total(): number {
    return this.found().reduce((sum, { count }) => sum + count, 0);
  }

  get first(): readonly CsvIssue[] {
    const kept = this.found().flatMap((log) => log.first);
    return kept.sort((a, b) => a.row - b.row).slice(0, MAX_REPORTED_ISSUES);
  }

  get counts(): readonly CsvIssueCount[] {
    return this.found().map(({ kind, column, count, first }) => ({
      kind,
      column,
      count,
      examples: first.slice(0, MAX_EXAMPLES),
    }));
  }

  /** What is known of the faults now, as plain data. */
  report(): CsvIssues {
    const { total, first, counts } = this;
    return { total, first, counts };
  }

  /** Rows with any fault, since this was last asked for. */
  takeRows(): ReadonlySet<number> {
    return new Set(this.found().flatMap(({ rows }) => rows.splice(0)));
  }

  /** The faults as an error of code `csv-issues`. */
  error(): CsvError {
    const { total, first, counts } = this.report();
    const lines = first.map((issue) => `  ${issue.message}`);
    if (total > first.length) lines.push(`  … and ${total - first.length} more`);
    return new CsvError(
      "csv-issues",
      `The CSV has ${total} ${total === 1 ? "fault" : "faults"} that would lose data:\n${lines.join("\n")}\nCorrect or remove these rows.`,
      { issues: first, total, counts },
    );
  }

  private describe(kind: CsvIssue["kind"], row: number, column: string | null, value: string): string {
    return kind === "ragged-row"
      ? `row ${row + 1} has ${value} fields where the header has ${this.expectedFields}`
      : `${cellPlace(row, column)}: ${CELL_FAULTS[kind](JSON.stringify(value))}`;
  }

  /** The logs that hold anything, by kind and then by their first row. */
  private found(): IssueLog[] {
    const logs = [...this.logs.values()].flatMap((byKind) => [...byKind.values()]).filter(({ count }) => count > 0);
    const place = ({ kind, first }: IssueLog): number => KINDS.indexOf(kind) * 4294967296 + (first[0]?.row ?? 0);
    return logs.sort((a, b) => place(a) - place(b));
  }

  private log(kind: CsvIssue["kind"], column: string | null): IssueLog {
    const byKind = this.byKind(column);
    let log = byKind.get(kind);
    if (log === undefined) {
      log = { kind, column, count: 0, first: [], rows: [] };
      byKind.set(kind, log);
    }
    return log;
  }

  private byKind(column: string | null): Map<CsvIssue["kind"], IssueLog> {
    let byKind = this.logs.get(column);
    if (byKind === undefined) {
      byKind = new Map();
      this.logs.set(column, byKind);
    }
    return byKind;
  }
}

const CELL_FAULTS = {
  "not-a-number": (value: string) => `${value} is not a number`,
  overflow: (value: string) => `${value} is beyond the largest float64 (1.8e308)`,
  "bad-quote": (value: string) => `broken quotes around ${value}`,
  "not-utf8": (value: string) => `${value} is not UTF-8`,
};
