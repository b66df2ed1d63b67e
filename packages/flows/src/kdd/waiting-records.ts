import type { ConnectionRecord } from "../records/connection-record.js";

/** Children of a node: fewer levels than two would give, which is what taking out costs. */
const CHILDREN = 4;

/**
 * Records in the order in which they began, whatever the order in which they came. Those that began at the same time stand in an
 * order of their own, so that it does not matter which came first.
 *
 * A heap of times with the places of their records, both in typed arrays: a comparison looks at no record but where times are
 * equal.
 */
export class WaitingRecords {
  private times: Float64Array = new Float64Array(64);
  private places: Int32Array = new Int32Array(64);
  private readonly records: (ConnectionRecord | undefined)[] = [];
  private readonly free: number[] = [];
  private held = 0;

  get size(): number {
    return this.held;
  }

  /** When the earliest began. */
  get firstTime(): number {
    return this.held === 0 ? Number.POSITIVE_INFINITY : this.times[0]!;
  }

  push(record: ConnectionRecord): void {
    if (this.held === this.times.length) this.grow();
    const place = this.free.pop() ?? this.records.length;
    this.records[place] = record;
    const { times, places } = this;
    const time = record.start;
    let at = this.held++;
    while (at > 0) {
      const parent = Math.floor((at - 1) / CHILDREN);
      if (!this.isBefore(time, place, parent)) break;
      times[at] = times[parent]!;
      places[at] = places[parent]!;
      at = parent;
    }
    times[at] = time;
    places[at] = place;
  }

  /** Takes the earliest out, of which there must be one. */
  pop(): ConnectionRecord {
    const { times, places } = this;
    const first = places[0]!;
    const record = this.records[first]!;
    this.records[first] = undefined;
    this.free.push(first);
    const held = --this.held;
    const time = times[held]!;
    const place = places[held]!;
    let at = 0;
    for (;;) {
      const from = at * CHILDREN + 1;
      if (from >= held) break;
      const to = Math.min(from + CHILDREN, held);
      let least = from;
      for (let child = from + 1; child < to; child++) {
        if (this.isBefore(times[child]!, places[child]!, least)) least = child;
      }
      if (this.isBefore(time, place, least)) break;
      times[at] = times[least]!;
      places[at] = places[least]!;
      at = least;
    }
    times[at] = time;
    places[at] = place;
    return record;
  }

  /** Whether a record comes before that at a node. */
  private isBefore(time: number, place: number, node: number): boolean {
    const other = this.times[node]!;
    return time === other ? order(this.records[place]!, this.records[this.places[node]!]!) < 0 : time < other;
  }

  private grow(): void {
    const times = new Float64Array(2 * this.times.length);
    times.set(this.times);
    this.times = times;
    const places = new Int32Array(times.length);
    places.set(this.places);
    this.places = places;
  }
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
