/** How much of anything a report shows. */
export interface ReportLimits {
  /** Characters of one text. */
  readonly text: number;
  /** Classes with lines and columns of their own: the most frequent ones. */
  readonly classes: number;
  /** Types of attack, and classes of an audit. */
  readonly types: number;
  /** Features with their importance. */
  readonly features: number;
  /** Training curves. */
  readonly curves: number;
  /** Epochs in the table of one training; the best and the last one come besides. */
  readonly epochs: number;
  /** Findings of an audit. */
  readonly findings: number;
  /** Groups of facts. */
  readonly groups: number;
  /** Facts in a group. */
  readonly facts: number;
  /** Members of a list among the facts. */
  readonly list: number;
}

/** So that no content makes a report a file that nobody can open. What is left out is said to be. */
export const REPORT_LIMITS: ReportLimits = {
  text: 300,
  classes: 40,
  types: 60,
  features: 60,
  curves: 20,
  epochs: 100,
  findings: 150,
  groups: 12,
  facts: 30,
  list: 100,
};
