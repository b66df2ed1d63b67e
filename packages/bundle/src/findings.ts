/** How bad a finding is: an `error` means that the file does not fit; a `warning` that verdicts may mislead. */
export type Severity = "error" | "warning" | "info";

/** One thing that validation found, as data. */
export interface Finding {
  readonly severity: Severity;
  /** What was checked, in kebab-case: stable, meant for programs. */
  readonly check: string;
  /** The column it concerns, or null where it concerns the whole. */
  readonly column: string | null;
  readonly message: string;
  /** Cells, rows or things concerned. */
  readonly count: number;
  /** The first of them. Rows count from 1, the header apart. */
  readonly examples: readonly string[];
}

/** Whether there is no error among the findings. */
export function fits(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity !== "error");
}

/** A finding, with defaults for what concerns the whole and happens once. */
export function finding(
  severity: Severity,
  check: string,
  message: string,
  { column = null, count = 1, examples = [] }: Partial<Pick<Finding, "column" | "count" | "examples">> = {},
): Finding {
  return { severity, check, column, message, count, examples };
}
