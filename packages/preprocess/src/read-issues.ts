import { MlsecError } from "./errors.js";
import { rowsWhere } from "./rows.js";

/** What becomes of values that cannot be read without losing something. */
export type ReadPolicy = "error" | "missing" | "drop-row";

/** One value of a source that cannot be read without losing something. `row` counts from 0; `column` is null for a whole row. */
export interface ReadIssue {
  readonly kind: string;
  readonly row: number;
  readonly column: string | null;
  /** The value as it stands in the source, shortened. */
  readonly value: string;
  readonly message: string;
}

/** All such values of a source: their number, the first of them as they were found, and counts by kind and column. */
export interface ReadIssues {
  readonly total: number;
  readonly first: readonly ReadIssue[];
  readonly counts: readonly { readonly kind: string; readonly column: string | null; readonly count: number }[];
}

/** Issues that are kept and quoted; all of them are counted. */
const MAX_REPORTED = 20;

/** Collects issues, so that those of a source are reported together. */
export class IssueLog {
  readonly first: ReadIssue[] = [];
  total = 0;
  /** Rows with any issue. */
  readonly rows: Set<number> = new Set();
  private readonly tallies = new Map<string, { kind: string; column: string | null; count: number }>();

  /** @param firstRow the row of the source that the log's row 0 is: issues are told by the rows of the source. */
  constructor(private readonly firstRow: number = 0) {}

  add({ row, ...told }: ReadIssue): void {
    const issue = { ...told, row: this.firstRow + row };
    const { kind, column } = issue;
    this.total++;
    this.rows.add(row);
    if (this.first.length < MAX_REPORTED) this.first.push(issue);
    const key = `${kind} ${column}`;
    const tally = this.tallies.get(key) ?? { kind, column, count: 0 };
    tally.count++;
    this.tallies.set(key, tally);
  }

  /** Adds a cell of which `fault` says what is wrong, after its value. */
  addCell(kind: string, row: number, column: string, value: string, fault: string): void {
    const shown = shownValue(value);
    const message = `${cellPlace(this.firstRow + row, column)}: ${JSON.stringify(shown)} ${fault}`;
    this.add({ kind, row, column, value: shown, message });
  }

  get counts(): ReadIssues["counts"] {
    return [...this.tallies.values()];
  }

  /**
   * Tells the caller of the issues and treats them as `policy` says.
   *
   * @param source what was read, with its article: "The Parquet file".
   * @returns the rows to keep, or undefined where all are.
   * @throws MlsecError of the given `code` under the policy `"error"`, if there are any.
   */
  settle(
    source: string,
    code: string,
    rows: number,
    policy: ReadPolicy = "error",
    onIssues?: (issues: ReadIssues) => void,
  ): Int32Array | undefined {
    if (this.total === 0) return undefined;
    onIssues?.(this.report());
    if (policy === "error") throw this.error(source, code);
    if (policy === "missing") return undefined;
    return rowsWhere(rows, (row) => !this.rows.has(row));
  }

  /** What is known of the issues now, as plain data. */
  report(): ReadIssues {
    return { total: this.total, first: [...this.first], counts: this.counts };
  }

  /** The issues as an error. @param source what was read, with its article: "The Parquet file". */
  error(source: string, code: string): MlsecError {
    const rest = this.total - this.first.length;
    const lines = this.first.map((issue) => `  ${issue.message}`);
    if (rest > 0) lines.push(`  … and ${rest} more`);
    return new MlsecError(
      code,
      `${source} has ${this.total} ${this.total === 1 ? "fault" : "faults"} that would lose data:\n${lines.join("\n")}\nCorrect them, or read with policy: "missing" or "drop-row".`,
      { issues: this.first, total: this.total, counts: this.counts },
    );
  }
}

/** A value for a message: what is long is cut. */
export function shownValue(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value;
}

/** Where a cell stands, for a message: people count rows from 1. */
export function cellPlace(row: number, column: string | null): string {
  return `row ${row + 1}, column ${JSON.stringify(column)}`;
}
