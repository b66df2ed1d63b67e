/**
 * How bad a finding is. `error`: figures measured on this data, or a model trained on it, will not mean what they seem to.
 * `warning`: something to decide before training. `note`: something to know.
 */
export type AuditSeverity = "error" | "warning" | "note";

/** A class and how many rows it has. */
export interface ClassRows {
  readonly class: string;
  readonly rows: number;
}

/** Rows and the share of their table that they are, 0 to 1. */
export interface RowShare {
  readonly rows: number;
  readonly share: number;
}

/** Cells of one column: those of the training table, and how many the test table has (null without one). */
export interface CellCount extends RowShare {
  readonly testRows: number | null;
}

/** Rows that equal earlier ones. Examples are pairs of row numbers from 0, at most five. */
export interface RepeatedRows extends RowShare {
  readonly examples: readonly (readonly [row: number, equals: number])[];
  /** Columns that were not compared: identifiers, which would make every row look different, and what derives from the label. */
  readonly leftOut: readonly string[];
}

/** What each check gives as evidence: plain JSON. */
export interface AuditEvidence {
  /** The training table has no rows: nothing else was checked. */
  readonly "no-rows": Readonly<Record<string, never>>;
  /** Rows without a label, of both tables. They count for no class. */
  readonly "missing-labels": CellCount;
  /** The only class of the training table. */
  readonly "single-class": ClassRows;
  /** The most frequent class has `ratio` times as many rows as the rarest. */
  readonly "class-imbalance": {
    readonly ratio: number;
    readonly mostFrequent: ClassRows;
    readonly rarest: ClassRows;
  };
  /** Classes with fewer than 100 rows, rarest first, at most 50 of the `total`. */
  readonly "rare-classes": { readonly total: number; readonly classes: readonly ClassRows[] };

  /** Rows that equal an earlier one in features and label. */
  readonly "duplicate-rows": RepeatedRows;
  /** Rows that have a row of equal features and another label. Any model of these columns is wrong on `errors` of them at least. */
  readonly "label-conflicts": RepeatedRows & {
    readonly groups: number;
    readonly errors: number;
    /** The classes of these rows, those with most of them first. */
    readonly classes: readonly ClassRows[];
  };
  /** Rows of the test table whose features the training table has; `otherLabel` of them never with this label. */
  readonly "test-rows-in-training": RepeatedRows & { readonly otherLabel: number };

  /**
   * What gives the column away: its name, addresses or times in it, a counter's values (a row number, in order or shuffled),
   * or that nearly every text is another.
   */
  readonly identifier: {
    readonly sign: "name" | "addresses" | "times" | "counter" | "unique";
    readonly distinct: number;
    /** Cells that are not missing. */
    readonly present: number;
  };
  /** A column that published datasets derive from the label, known by its name. */
  readonly "label-derived": { readonly dataset: string };
  /**
   * The balanced accuracy, 0.5 (chance) to 1, of the best rule on this column alone, on rows that the rule was not learnt
   * from: telling each class from the most frequent one, and the mean of these over the classes of 20 rows or more.
   */
  readonly shortcut: {
    readonly balancedAccuracy: number;
    readonly mostFrequentClass: string;
    /** The easiest first. */
    readonly classes: readonly { readonly class: string; readonly balancedAccuracy: number }[];
  };

  /** Every cell is `value`; null where all are missing. */
  readonly "constant-column": { readonly value: number | string | null };
  /** At least 99.9 % of the cells are `value`; `otherRows` are not. */
  readonly "near-constant-column": { readonly value: number | string; readonly otherRows: number };
  /** The columns of the finding are the same in every row of both tables; `rows` is how many these have. */
  readonly "equal-columns": { readonly rows: number };
  readonly "missing-cells": CellCount;
  readonly "infinite-cells": CellCount;
  /** Fewer than 1 % of the cells are below zero: overflows, or a marker for "unknown". */
  readonly "few-negatives": CellCount & { readonly least: number };

  /** Numbers in one table and text in the other; compared as text. */
  readonly "column-type": { readonly training: "number" | "text"; readonly test: "number" | "text" };
  /** Classes of the test table that the training table has not, most frequent first. */
  readonly "new-classes": RowShare & { readonly classes: readonly ClassRows[] };
  /** Classes of the training table that no row of the test table has. */
  readonly "untested-classes": { readonly classes: readonly ClassRows[] };
  /** The total variation distance of the class shares, 0 to 1, and the shares, those that changed most first. */
  readonly "class-shares": {
    readonly totalVariation: number;
    readonly classes: readonly { readonly class: string; readonly training: number; readonly test: number }[];
  };
  /** Categories of the test table that the training table has not, most frequent first, at most ten of the `total`. */
  readonly "new-categories": RowShare & {
    readonly total: number;
    readonly categories: readonly { readonly category: string; readonly rows: number }[];
  };
  /**
   * How far the column's distribution in the test table is from that in the training table, 0 to 1: the Kolmogorov–Smirnov
   * statistic of numbers, the total variation distance of categories. Missing cells are left out.
   */
  readonly shift: { readonly measure: "kolmogorov-smirnov" | "total-variation"; readonly distance: number };
}

/** The checks, by name. */
export type AuditCheck = keyof AuditEvidence;

/** One thing found: by which check, about which columns (none where it is about rows), in words and in numbers. */
export type AuditFinding = {
  readonly [Check in AuditCheck]: {
    readonly check: Check;
    readonly severity: AuditSeverity;
    readonly columns: readonly string[];
    readonly message: string;
    readonly evidence: AuditEvidence[Check];
  };
}[AuditCheck];

export function finding<Check extends AuditCheck>(
  check: Check,
  severity: AuditSeverity,
  columns: readonly string[],
  message: string,
  evidence: AuditEvidence[Check],
): AuditFinding {
  return { check, severity, columns, message, evidence } as AuditFinding;
}

const SEVERITIES: readonly AuditSeverity[] = ["error", "warning", "note"];

/** Errors first, then warnings, then notes; findings of one check stand together, in the order in which they were found. */
export function inOrder(findings: readonly AuditFinding[]): AuditFinding[] {
  const checks = [...new Set(findings.map(({ check }) => check))];
  return [...findings].sort(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      checks.indexOf(a.check) - checks.indexOf(b.check),
  );
}
