import type { DatasetAudit } from "../../audit/audit-dataset.js";
import type { AuditFinding, AuditSeverity } from "../../audit/finding.js";
import { leftOut, name, type Section, section, table } from "../blocks.js";
import { count, NONE } from "../figures.js";
import { REPORT_LIMITS } from "../limits.js";
import { type Markup, markup, type Part } from "../markup.js";

const SEVERITIES: readonly AuditSeverity[] = ["error", "warning", "note"];
/** Columns that are listed with a finding. */
const COLUMNS = 4;

/** What the audit found about the data, and the classes that it has. */
export function auditSection({ rows, testRows, columns, classes, findings }: DatasetAudit): Section {
  const counts = SEVERITIES.map(
    (severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const,
  );
  return section(
    "audit",
    "Audit of the data",
    markup`<p>${count(rows)} rows${testRows !== null && markup` to train and ${count(testRows)} to test`}, ${count(columns)} columns. ${counts.map(
      ([severity, many], index) => markup`${index > 0 && ", "}${badge(severity)} ${count(many)}`,
    )}</p>`,
    findings.length > 0 &&
      table(
        "What was found, the worst first",
        [{ head: "severity" }, { head: "check" }, { head: "columns" }, { head: "finding" }],
        findings.slice(0, REPORT_LIMITS.findings).map(findingCells),
      ),
    leftOut(findings.length, REPORT_LIMITS.findings, "findings"),
    markup`<h3>Classes</h3>`,
    table(
      "Rows of each class",
      [
        { head: "class" },
        { head: testRows === null ? "rows" : "rows to train", numeric: true },
        ...(testRows === null ? [] : [{ head: "rows to test", numeric: true }]),
      ],
      classes
        .slice(0, REPORT_LIMITS.types)
        .map((one) => [name(one.class), count(one.rows), ...(one.testRows === null ? [] : [count(one.testRows)])]),
    ),
    leftOut(classes.length, REPORT_LIMITS.types, "classes"),
    markup`<p class="muted">An error means that figures measured on this data will not mean what they seem to; a warning is to be decided before training; a note is to be known.</p>`,
  );
}

function findingCells({ severity, check, columns, message }: AuditFinding): Part[] {
  const more = columns.length - COLUMNS;
  const listed = columns.slice(0, COLUMNS).map((column, index) => markup`${index > 0 && ", "}${name(column)}`);
  return [
    badge(severity),
    markup`<code>${check}</code>`,
    columns.length === 0 ? NONE : markup`${listed}${more > 0 && ` and ${more} more`}`,
    message,
  ];
}

function badge(severity: AuditSeverity): Markup {
  return markup`<span class="badge ${severity}">${severity}</span>`;
}
