import type { ConnectionRecord } from "../records/connection-record.js";

/** Spans of time that the records which wait are sorted into; the fewer, the more are sorted at once. */
const SPANS = 32;
/** Longest span, in microseconds (18 minutes), and most records of one, so that both together make one exact number. */
const MAX_SPAN = 1_073_741_824;
const MAX_OF_SPAN = 4_194_304;

/**
 * Records in the order in which they began, whatever the order in which they came. Those that began at the same time stand in an
 * order of their own, so that it does not matter which came first.
 *
 * They wait unsorted by spans of time, of which the earliest is sorted when its time has come; what still comes into that one goes
 * to a heap. So nearly every record costs its share of one sorting of numbers.
 */
export class WaitingRecords {
  private readonly span: number;
  private readonly spans = new Map<number, ConnectionRecord[]>();
  /** The numbers of the spans that wait, the earliest last. */
  private readonly order: number[] = [];
  /** The span that is sorted, and what of it has been taken. */
  private opened = Number.NEGATIVE_INFINITY;
  private sorted: readonly ConnectionRecord[] = [];
  private taken = 0;
  private readonly belated = new RecordHeap();
  private held = 0;

  /** @param lateness how long records wait, in microseconds. */
  constructor(lateness: number) {
    this.span = Math.min(Math.max(Math.ceil(lateness / SPANS), 1), MAX_SPAN);
  }

  get size(): number {
    return this.held;
  }

  push(record: ConnectionRecord): void {
    this.held++;
    const span = Math.floor(record.start / this.span);
    const records = this.spans.get(span);
    if (span <= this.opened || records?.length === MAX_OF_SPAN) this.belated.push(record);
    else if (records !== undefined) records.push(record);
    else this.begin(span, record);
  }

  /** Takes out the earliest record, where it began before a time. */
  popBefore(time: number): ConnectionRecord | undefined {
    for (;;) {
      const next = this.sorted[this.taken];
      const belated = this.belated.first;
      if (next === undefined && belated === undefined) {
        const span = this.order.at(-1);
        if (span === undefined || span * this.span >= time) return undefined;
        this.open(span);
        continue;
      }
      const isBelated = belated !== undefined && (next === undefined || comesBefore(belated, next));
      if ((isBelated ? belated : next!).start >= time) return undefined;
      this.held--;
      if (isBelated) return this.belated.pop();
      this.taken++;
      return next;
    }
  }

  private begin(span: number, record: ConnectionRecord): void {
    this.spans.set(span, [record]);
    const { order } = this;
    let at = order.length;
    while (at > 0 && order[at - 1]! < span) at--;
    order.splice(at, 0, span);
  }

  private open(span: number): void {
    this.order.pop();
    this.opened = span;
    this.sorted = sortedByStart(this.spans.get(span)!, span * this.span);
    this.taken = 0;
    this.spans.delete(span);
  }
}

/** Records of one span in order: sorted as numbers of their time and their place, then those of one time among each other. */
function sortedByStart(records: readonly ConnectionRecord[], from: number): ConnectionRecord[] {
  const keys = Float64Array.from(records, ({ start }, at) => Math.floor(start - from) * MAX_OF_SPAN + at).sort();
  const sorted = Array.from(keys, (key) => records[key % MAX_OF_SPAN]!);
  for (let at = 0; at < sorted.length; ) {
    const time = Math.floor(keys[at]! / MAX_OF_SPAN);
    let end = at + 1;
    while (end < sorted.length && Math.floor(keys[end]! / MAX_OF_SPAN) === time) end++;
    if (end > at + 1) {
      const alike = sorted.slice(at, end).sort((a, b) => a.start - b.start || order(a, b));
      for (const [place, record] of alike.entries()) sorted[at + place] = record;
    }
    at = end;
  }
  return sorted;
}

/** The earliest record first: a binary heap. */
class RecordHeap {
  private readonly heap: ConnectionRecord[] = [];

  get first(): ConnectionRecord | undefined {
    return this.heap[0];
  }

  push(record: ConnectionRecord): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(record);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!comesBefore(record, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = record;
  }

  pop(): ConnectionRecord | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && comesBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!comesBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function comesBefore(a: ConnectionRecord, b: ConnectionRecord): boolean {
  return a.start === b.start ? order(a, b) < 0 : a.start < b.start;
}

/** Everything that features depend on decides: records that are equal in it are interchangeable. */
function order(a: ConnectionRecord, b: ConnectionRecord): number {
  return (
    compare(a.source, b.source) ||
    a.sourcePort - b.sourcePort ||
    compare(a.destination, b.destination) ||
    a.destinationPort - b.destinationPort ||
    compare(a.protocol, b.protocol) ||
    compare(a.state, b.state) ||
    compare(a.service ?? "", b.service ?? "") ||
    amount(a.duration) - amount(b.duration) ||
    amount(a.sourceBytes) - amount(b.sourceBytes) ||
    amount(a.destinationBytes) - amount(b.destinationBytes) ||
    amount(a.sourcePackets) - amount(b.sourcePackets) ||
    amount(a.destinationPackets) - amount(b.destinationPackets) ||
    amount(a.sourceFrameBytes) - amount(b.sourceFrameBytes) ||
    amount(a.destinationFrameBytes) - amount(b.destinationFrameBytes) ||
    amount(a.wrongFragments) - amount(b.wrongFragments) ||
    amount(a.urgentPackets) - amount(b.urgentPackets)
  );
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** What is not known stands before zero. */
function amount(value: number | null): number {
  return value ?? -1;
}
