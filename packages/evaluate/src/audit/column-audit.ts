import type { Column } from "@mlsec/preprocess";
import { type AuditedData, partOf } from "./audited-data.js";
import { cellFindings } from "./cell-checks.js";
import { type ColumnProfile, profileOf } from "./column-profile.js";
import type { AuditFinding } from "./finding.js";
import { derivedFinding, identifierFinding } from "./identifiers.js";
import { numberShift, textShift } from "./shift.js";
import { shortcutFindings } from "./shortcuts.js";
import type { RuleRows } from "./value-counts.js";

/** Audits one column after the other, and gathers what the checks of rows and of several columns need to know. */
export class ColumnAudit {
  readonly findings: AuditFinding[] = [];
  /** Identifiers, and what derives from the label. */
  readonly unlearnable: string[] = [];
  /** Columns of more than one value. */
  readonly varied: [string, Column][] = [];

  constructor(
    private readonly data: AuditedData,
    private readonly derived: ReadonlyMap<string, string>,
    private readonly rows: RuleRows | null,
  ) {}

  add(name: string, column: Column): void {
    const { trainRows, testRows } = this.data;
    const trainCells = partOf(column, 0, trainRows);
    const train = profileOf(trainCells);
    const test = testRows === null ? null : profileOf(partOf(column, trainRows));
    const dataset = this.derived.get(name);
    const unlearnable =
      dataset === undefined ? identifierFinding(name, trainCells, train) : derivedFinding(name, dataset);
    if (unlearnable !== null) {
      this.unlearnable.push(name);
      this.findings.push(unlearnable);
    }
    if (this.rows !== null) this.findings.push(...shortcutFindings(name, column, this.data, this.rows));
    this.findings.push(...cellFindings(name, train, test));
    // Identifiers differ between any two tables.
    if (unlearnable === null && test !== null) this.findings.push(...shiftFindings(name, column, train, test));
    if (train.distinct > 1) this.varied.push([name, column]);
  }
}

function shiftFindings(name: string, column: Column, train: ColumnProfile, test: ColumnProfile): AuditFinding[] {
  return column.kind === "number" ? numberShift(name, train, test) : textShift(name, column, train, test);
}
