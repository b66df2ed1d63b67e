import { type ErrorDetails, MlsecError } from "../errors.js";
import { MAX_EXAMPLES, MAX_REPORTED_ISSUES } from "./limits.js";
import type { CsvRecord } from "./records.js";

/** One thing in a CSV file that cannot be read without losing something. `row` counts data rows from 0; the header is −1. */
export interface CsvIssue {
  readonly kind: "ragged-row" | "not-a-number" | "bad-quote" | "not-utf8";
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

/** All faults of a file: their number, the first of them as they were found, and counts by kind and column. */
export interface CsvIssues {
  readonly total: number;
  readonly first: readonly CsvIssue[];
  readonly counts: readonly CsvIssueCount[];
}

interface Tally {
  readonly kind: CsvIssue["kind"];
  readonly column: string | null;
  count: number;
  readonly examples: CsvIssue[];
}

/** Collects issues, so that a file's faults are reported together. */
export class IssueList implements CsvIssues {
  readonly first: CsvIssue[] = [];
  total = 0;
  /** Rows with any fault. */
  readonly rows: Set<number> = new Set();
  private readonly tallies = new Map<string, Tally>();

  add(issue: CsvIssue): void {
    const { kind, column, row } = issue;
    this.total++;
    this.rows.add(row);
    if (this.first.length < MAX_REPORTED_ISSUES) this.first.push(issue);
    const key = `${kind} ${column}`;
    const tally = this.tallies.get(key) ?? { kind, column, count: 0, examples: [] };
    this.tallies.set(key, tally);
    tally.count++;
    if (tally.examples.length < MAX_EXAMPLES) tally.examples.push(issue);
  }

  get counts(): readonly CsvIssueCount[] {
    return [...this.tallies.values()];
  }

  /** @throws CsvError `csv-issues` if there are any. */
  throwIfAny(): void {
    if (this.total === 0) return;
    const rest = this.total - this.first.length;
    const lines = this.first.map((issue) => `  ${issue.message}`);
    if (rest > 0) lines.push(`  … and ${rest} more`);
    throw new CsvError(
      "csv-issues",
      `The CSV has ${this.total} ${this.total === 1 ? "fault" : "faults"} that would lose data:\n${lines.join("\n")}\nCorrect or remove these rows.`,
      { issues: this.first, total: this.total, counts: this.counts },
    );
  }
}

const CELL_FAULTS = {
  "not-a-number": (value: string) => `${value} is not a number`,
  "bad-quote": (value: string) => `broken quotes around ${value}`,
  "not-utf8": (value: string) => `${value} is not UTF-8`,
};

/** The issue of a record with more or fewer fields than there are columns. */
export function raggedRow(row: number, got: number, expected: number): CsvIssue {
  return {
    kind: "ragged-row",
    row,
    column: null,
    value: String(got),
    message: `row ${row + 1} has ${got} fields where the header has ${expected}`,
  };
}

/** The issue of one cell. */
export function badCell(
  kind: keyof typeof CELL_FAULTS,
  row: number,
  column: string,
  record: CsvRecord,
  field: number,
): CsvIssue {
  const value = shownField(record, field);
  const fault = CELL_FAULTS[kind](JSON.stringify(value));
  return { kind, row, column, value, message: `row ${row + 1}, column ${JSON.stringify(column)}: ${fault}` };
}

/** The bytes of a field as text for a message: what is not UTF-8 shows as U+FFFD, and long cells are cut. */
export function shownField(record: CsvRecord, field: number): string {
  const text = new TextDecoder().decode(record.bytes.subarray(record.starts[field]!, record.ends[field]!));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
