import type { ConnectionRecord } from "../records/connection-record.js";

/**
 * Records in the order in which they began, whatever the order in which they came: a binary heap. Those that began at the same
 * time stand in an order of their own, so that it does not matter which came first.
 */
export class WaitingRecords {
  private readonly heap: ConnectionRecord[] = [];

  get size(): number {
    return this.heap.length;
  }

  /** The earliest. */
  get first(): ConnectionRecord | undefined {
    return this.heap[0];
  }

  push(record: ConnectionRecord): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(record);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(record, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = record;
  }

  /** Takes the earliest out. */
  pop(): ConnectionRecord | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: ConnectionRecord, b: ConnectionRecord): boolean {
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
