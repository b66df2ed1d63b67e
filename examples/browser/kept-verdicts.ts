import type { Detector } from "@mlsec/bundle";
import type { Stages } from "../shared/live/judge-traffic.js";
import { inTwoStages, type StageVerdict, type Subject, type TrafficVerdict } from "../shared/live/traffic-verdict.js";

/** All verdicts on a file, as columns: of a million rows there are some arrays rather than millions of objects. */
export class KeptVerdicts {
  private subjects: Subject[] = [];
  private first: StageColumn;
  private second: StageColumn | null;

  constructor([first, second]: Stages) {
    this.first = new StageColumn(first);
    this.second = second === undefined ? null : new StageColumn(second);
  }

  get rows(): number {
    return this.subjects.length;
  }

  get isTwoStage(): boolean {
    return this.second !== null;
  }

  add(verdicts: readonly TrafficVerdict[]): void {
    for (const { subject, verdict, stages } of verdicts) {
      this.subjects.push(bare(subject));
      this.first.push(stages === null ? verdict : stages.threat);
      this.second?.push(stages?.attack ?? null);
    }
  }

  at(row: number): TrafficVerdict {
    const subject = this.subjects[row]!;
    const said = this.first.at(row);
    if (this.second === null || said === null) return { subject, verdict: said, stages: null };
    return { subject, ...inTwoStages(said, this.second.at(row)) };
  }

  /**
   * Class codes and probabilities of the verdicts, −1 and NaN where there is none. Of two stages the codes count the threat
   * detector's classes first, then the attack classifier's.
   */
  columns(): { readonly codes: Int32Array; readonly probabilities: Float64Array } {
    const { first, second } = this;
    const codes = Int32Array.from(first.codes);
    const probabilities = Float64Array.from(first.probabilities);
    for (let row = 0; row < this.rows; row++) {
      if (second === null || !second.at(row)?.isAttack) continue;
      codes[row] = first.classes.length + second.codes[row]!;
      probabilities[row] = second.probabilities[row]!;
    }
    return { codes, probabilities };
  }

  /** Puts connections into the order of time: which of two stages' verdicts came first is chance. */
  sortByTime(): void {
    const { subjects, first, second } = this;
    const order = Array.from(subjects.keys()).sort(
      (a, b) =>
        compareSubjects(subjects[a]!, subjects[b]!) ||
        first.compare(a, b) ||
        (second === null ? 0 : second.compare(a, b)),
    );
    this.subjects = order.map((row) => subjects[row]!);
    this.first = first.inOrder(order);
    this.second = second?.inOrder(order) ?? null;
  }
}

/** What one stage said of every row. */
class StageColumn {
  readonly classes: readonly string[];
  codes: number[] = [];
  probabilities: number[] = [];
  private readonly byName: ReadonlyMap<string, number>;

  constructor(private readonly detector: Detector) {
    this.classes = detector.classes;
    this.byName = new Map(this.classes.map((name, code) => [name, code]));
  }

  push(said: StageVerdict | null): void {
    this.codes.push(said === null ? -1 : this.byName.get(said.class)!);
    this.probabilities.push(said?.probability ?? Number.NaN);
  }

  at(row: number): StageVerdict | null {
    const name = this.classes[this.codes[row]!];
    if (name === undefined) return null;
    const isAttack = name !== this.detector.bundle.pipeline.normalClass;
    return { class: name, probability: this.probabilities[row]!, isAttack };
  }

  compare(a: number, b: number): number {
    return this.codes[a]! - this.codes[b]! || this.probabilities[a]! - this.probabilities[b]! || 0;
  }

  inOrder(order: readonly number[]): StageColumn {
    const sorted = new StageColumn(this.detector);
    sorted.codes = order.map((row) => this.codes[row]!);
    sorted.probabilities = order.map((row) => this.probabilities[row]!);
    return sorted;
  }
}

/** A subject alone: a record that is one has much more. */
function bare(subject: Subject): Subject {
  if ("row" in subject) return subject;
  const { start, source, sourcePort, destination, destinationPort, protocol } = subject;
  return { start, source, sourcePort, destination, destinationPort, protocol };
}

function compareSubjects(a: Subject, b: Subject): number {
  if ("row" in a || "row" in b) return 0;
  return (
    a.start - b.start ||
    compareTexts(a.source, b.source) ||
    a.sourcePort - b.sourcePort ||
    compareTexts(a.destination, b.destination) ||
    a.destinationPort - b.destinationPort ||
    compareTexts(a.protocol, b.protocol)
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
