import type { Detector, RowsSummary } from "@mlsec/bundle";
import type { TrafficVerdict } from "./traffic-verdict.js";

/** Counts verdicts as they pass, and tells of them in the end. */
export class VerdictSummary {
  all = 0;
  /** Those without a verdict. */
  refused = 0;
  attacks = 0;
  readonly classes: Map<string, number> = new Map();
  private readonly stages: { readonly detector: Detector; readonly summary: RowsSummary }[] = [];

  /** @param what what is judged, in the plural: flows, connections, rows. */
  constructor(private readonly what: string) {}

  addStage(detector: Detector, summary: RowsSummary): void {
    this.stages.push({ detector, summary });
  }

  add({ verdict }: TrafficVerdict): void {
    this.all++;
    if (verdict === null) {
      this.refused++;
      return;
    }
    if (verdict.isAttack) this.attacks++;
    this.classes.set(verdict.class, (this.classes.get(verdict.class) ?? 0) + 1);
  }

  lines(): string[] {
    const classes = [...this.classes].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ${count}`);
    const lines = [
      `${this.all} ${this.what}, ${this.attacks} of them attacks${classes.length > 0 ? `: ${classes.join(", ")}` : ""}.`,
    ];
    const refused = this.refusedText();
    if (refused !== null) lines.push(refused);
    for (const { detector, summary } of this.stages) {
      const unseen = Object.entries(summary.unseenCategories).map(([column, count]) => `${column} (${count})`);
      if (unseen.length > 0)
        lines.push(`Categories that the ${detector.kind}'s training had not: ${unseen.join(", ")}.`);
    }
    return lines;
  }

  /** How many got no verdict, and why; null where all got one. */
  refusedText(): string | null {
    if (this.refused === 0) return null;
    return `${this.refused} ${this.what} without a verdict: a feature is missing, infinite or too large for the model.`;
  }
}
