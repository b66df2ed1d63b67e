import type { DatasetAudit } from "./audit-dataset.js";
import type { AuditSeverity } from "./finding.js";
import { countOf, quoted } from "./words.js";

const MARKS: Readonly<Record<AuditSeverity, string>> = { error: "ERROR  ", warning: "warning", note: "note   " };
/** How many classes the head of the text lists. */
const LISTED = 20;

/** The audit for a terminal: what was looked at, a line a finding, and how many of each severity. Ends in a newline. */
export function auditText(audit: DatasetAudit): string {
  const lines = audit.findings.map(({ severity, message }) => `${MARKS[severity]}  ${message}`);
  return `${[...head(audit), "", ...lines, ...(lines.length > 0 ? [""] : []), sumOf(audit)].join("\n")}\n`;
}

function head({ rows, testRows, columns, label, classes }: DatasetAudit): string[] {
  const tables = `${countOf(rows, "row")}${testRows === null ? "" : ` to train and ${testRows} to test`}, ${countOf(columns, "column")}.`;
  const shown = classes
    .slice(0, LISTED)
    .map((one) => `${quoted(one.class)} ${one.rows}${one.testRows === null ? "" : ` / ${one.testRows}`}`);
  const more = classes.length > LISTED ? ` and ${classes.length - LISTED} more` : "";
  return [tables, `Classes of ${quoted(label)}: ${shown.join(", ")}${more}.`];
}

function sumOf({ findings }: DatasetAudit): string {
  const count = (severity: AuditSeverity): string =>
    countOf(findings.filter((one) => one.severity === severity).length, severity);
  return `${count("error")}, ${count("warning")}, ${count("note")}.`;
}
