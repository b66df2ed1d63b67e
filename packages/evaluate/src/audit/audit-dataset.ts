import { Breather, type Column, DEFAULT_SEED, type FitOptions, type Table, throwIfAborted } from "@mlsec/preprocess";
import { type AuditedData, auditedData } from "./audited-data.js";
import { classFindings } from "./class-checks.js";
import { ColumnAudit } from "./column-audit.js";
import { equalColumnFindings } from "./equal-columns.js";
import { type AuditFinding, finding, inOrder } from "./finding.js";
import { labelDerived } from "./identifiers.js";
import { rowFindings } from "./row-checks.js";
import { ruleRows } from "./shortcuts.js";
import { quoted } from "./words.js";

/** The seed draws the rows on which single columns are tried; default 42. */
export interface AuditOptions extends FitOptions {
  /** The label column; outer spaces of its name do not count. Its cells are classes, as text. */
  readonly label: string;
  /** Rows that a model is to be measured on: compared with the training table. Needs its columns; others are ignored. */
  readonly test?: Table | undefined;
}

/** What an audit found. Plain JSON. */
export interface DatasetAudit {
  readonly rows: number;
  /** Null without a test table. */
  readonly testRows: number | null;
  /** Columns of the training table, the label among them. */
  readonly columns: number;
  /** The label column as the table names it. */
  readonly label: string;
  /** The classes of both tables, the most frequent of the training table first. */
  readonly classes: readonly { readonly class: string; readonly rows: number; readonly testRows: number | null }[];
  /** Errors first, then warnings, then notes; findings of one check stand together. */
  readonly findings: readonly AuditFinding[];
}

/**
 * Looks for what makes a dataset promise too much, before anything is trained on it: repeated rows, rows of equal features
 * and different labels, test rows that are training rows; columns that name the row, derive from the label or nearly decide
 * it alone; columns that are constant or there twice; missing, infinite and oddly negative cells; classes that are rare,
 * new or untested; and how far a test table is from the training table.
 *
 * Takes time in proportion to the cells, and n log n for sorting each column; with a test table, memory for a copy of both.
 * The same for a seed everywhere.
 *
 * @param table the training table, uncleaned: cleaning hides what this is to find.
 * @throws MlsecError `missing-column` for a label that is not there, `column-mismatch` for a test table that lacks columns,
 *   `invalid-seed`, `aborted` (noticed between columns).
 */
export async function auditDataset(table: Table, options: AuditOptions): Promise<DatasetAudit> {
  throwIfAborted(options.signal);
  const data = auditedData(table, options.label, options.test);
  return {
    rows: data.trainRows,
    testRows: data.testRows,
    columns: table.names.length,
    label: data.label,
    classes: data.classes.map((name, code) => ({
      class: name,
      rows: data.trainCounts[code]!,
      testRows: data.testRows === null ? null : data.testCounts[code]!,
    })),
    findings: data.trainRows === 0 ? [emptyFinding()] : inOrder(await findAll(data, table, options)),
  };
}

function emptyFinding(): AuditFinding {
  return finding("no-rows", "error", [], "The training table has no rows.", {});
}

async function findAll(data: AuditedData, table: Table, options: AuditOptions): Promise<AuditFinding[]> {
  const { test, seed = DEFAULT_SEED, signal, onProgress } = options;
  const { names } = data.features;
  const columnAudit = new ColumnAudit(data, labelDerived(names), ruleRows(data, seed));
  const breather = new Breather(signal);
  for (const [index, name] of names.entries()) {
    if (breather.due()) await breather.pause();
    columnAudit.add(name, data.features.column(name));
    onProgress?.({ what: "audit", done: index + 1, total: names.length });
  }
  const { unlearnable, varied, findings } = columnAudit;
  return [
    ...rowFindings(data, unlearnable),
    ...classFindings(data),
    ...findings,
    ...(test === undefined ? [] : typeFindings(names, table, test)),
    ...equalColumnFindings(varied, data.labels.length),
  ];
}

function typeFindings(names: readonly string[], table: Table, test: Table): AuditFinding[] {
  return names.flatMap((name) => {
    const types = { training: table.column(name).kind, test: test.column(name).kind };
    if (types.training === types.test) return [];
    const message = `Column ${quoted(name)} holds ${words(types.training)} in the training table and ${words(types.test)} in the test table.`;
    return [finding("column-type", "error", [name], message, types)];
  });
}

function words(kind: Column["kind"]): string {
  return kind === "number" ? "numbers" : "text";
}
