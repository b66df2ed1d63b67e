import type { ClassificationReport, ReportScores } from "./classification-report.js";
import { invalidOption } from "./options.js";

/** How a report is written out. */
export interface ReportFormat {
  /**
   * Digits after the decimal point, 0 to 20. Default 4, where scikit-learn has 2: detectors of 99.5 % and 99.9 % are
   * different things.
   */
  readonly digits?: number;
}

/**
 * The report as an aligned text table, laid out as scikit-learn's `classification_report` does, with lines below it for
 * metrics that are undefined and classes that are absent, where there are any. Ends in a newline. An exact tie (0.625 to
 * two digits) is rounded up, where Python rounds it to the even digit.
 *
 * @throws MlsecError `invalid-option`.
 */
export function formatReport(report: ClassificationReport, format: ReportFormat = {}): string {
  const digits = checkDigits(format);
  const names = report.perClass.map((line) => onOneLine(line.class));
  const nameWidth = Math.max(...names.map((name) => [...name].length), "weighted avg".length, digits);
  // As wide as scikit-learn's columns, and wider where that many digits need it.
  const cellWidth = Math.max(9, digits + 2);
  const line = (name: string, cells: readonly string[]): string =>
    `${padLeft(name, nameWidth)} ${cells.map((cell) => ` ${cell.padStart(cellWidth)}`).join("")}`;
  const scores = ({ precision, recall, f1, support }: ReportScores): string[] => [
    ...[precision, recall, f1].map((value) => value.toFixed(digits)),
    String(support),
  ];
  const lines = [
    line("", ["precision", "recall", "f1-score", "support"]),
    "",
    ...report.perClass.map((entry, index) => line(names[index]!, scores(entry))),
    "",
    line("accuracy", ["", "", report.accuracy.toFixed(digits), String(report.macro.support)]),
    line("macro avg", scores(report.macro)),
    line("weighted avg", scores(report.weighted)),
    ...notes(report, onOneLine).flatMap((note) => ["", note]),
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * The report as a Markdown table, with lists below it for metrics that are undefined and classes that are absent, where
 * there are any. Ends in a newline.
 *
 * @throws MlsecError `invalid-option`.
 */
export function reportToMarkdown(report: ClassificationReport, format: ReportFormat = {}): string {
  const digits = checkDigits(format);
  const line = (name: string, cells: readonly (number | string)[], support: number): string => {
    const shown = cells.map((cell) => (typeof cell === "number" ? cell.toFixed(digits) : cell));
    return `| ${[name, ...shown, support].join(" | ")} |`;
  };
  const scores = (name: string, { precision, recall, f1, support }: ReportScores): string =>
    line(name, [precision, recall, f1], support);
  const lines = [
    "| class | precision | recall | f1-score | support |",
    "| :-- | --: | --: | --: | --: |",
    ...report.perClass.map((entry) => scores(escapeMarkdown(entry.class), entry)),
    line("**accuracy**", ["", "", report.accuracy], report.macro.support),
    scores("**macro avg**", report.macro),
    scores("**weighted avg**", report.weighted),
    ...notes(report, escapeMarkdown).flatMap((note) => ["", note]),
  ];
  return `${lines.join("\n")}\n`;
}

function checkDigits({ digits = 4 }: ReportFormat): number {
  if (Number.isInteger(digits) && digits >= 0 && digits <= 20) return digits;
  throw invalidOption("digits", "an integer from 0 to 20", digits);
}

function notes(report: ClassificationReport, show: (name: string) => string): string[] {
  const lines: string[] = [];
  if (report.undefinedMetrics.length > 0) {
    const metrics = report.undefinedMetrics.map(({ class: name, metric }) => `${metric} of ${show(name)}`);
    lines.push(`Undefined, shown as 0: ${metrics.join(", ")}.`);
  }
  if (report.absentClasses.length > 0) {
    lines.push(
      `Neither in the data nor predicted, left out of the macro avg: ${report.absentClasses.map(show).join(", ")}.`,
    );
  }
  return lines;
}

// Class names come from data files: a line break or a bar in one must not break the table.
function onOneLine(name: string): string {
  return name.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}

export function escapeMarkdown(name: string): string {
  return onOneLine(name).replace(/[\\`*_[\]<>|#~&]/g, "\\$&");
}

function padLeft(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - [...text].length)) + text;
}
