import { ipv4Text, ipv6Text } from "../packets/addresses.js";
import * as C from "./count-fields.js";
import type { FlowSlab } from "./flow-slab.js";

/**
 * Why a flow was given out: `finished` by TCP's flags (or a new ICMP message), `timeout`, `evicted` to make room, or the `end`
 * of the capture.
 */
export type FlowEnd = "finished" | "timeout" | "evicted" | "end";

/** A flow that has ended: packets between two ports, in both directions. */
export interface FlowRecord {
  /** Addresses, ports and protocol as the meter writes them together. */
  readonly id: string;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** IANA's number; 0 for those that the profile does not tell apart. */
  readonly protocol: number;
  /** The first packet's time, in whole microseconds since 1970-01-01 UTC. */
  readonly start: number;
  /** The last packet's. */
  readonly last: number;
  readonly end: FlowEnd;
  /** The features in the order of `flowColumns(options).features`. */
  readonly values: Float64Array;
}

/** The sides of a flow. */
export interface FlowSides {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly protocol: number;
}

/** The sides of a flow whose whole numbers begin there. */
export function sidesOf(slab: FlowSlab, flow: number): FlowSides {
  const counts = slab.countsOf(flow);
  const c = slab.countBase(flow);
  const isReversed = (counts[c + C.STATUS]! & C.REVERSED) !== 0;
  const first = keyAddress(counts, c, 0);
  const second = keyAddress(counts, c, 4);
  const ports = counts[c + C.KEY + 8]!;
  const protocol = counts[c + C.PROTOCOL]! & 255;
  return isReversed
    ? { source: second, sourcePort: ports & 0xffff, destination: first, destinationPort: ports >>> 16, protocol }
    : { source: first, sourcePort: ports >>> 16, destination: second, destinationPort: ports & 0xffff, protocol };
}

function keyAddress(counts: Int32Array, c: number, at: number): string {
  const from = c + C.KEY + at;
  const isIpv6 = counts[c + C.PROTOCOL]! >>> 8 === 6;
  return isIpv6
    ? ipv6Text(counts[from]!, counts[from + 1]!, counts[from + 2]!, counts[from + 3]!)
    : ipv4Text(counts[from]!);
}

/**
 * A flow's identifier. Version 4 and the fork name the side first that began the first flow of these ports; before them, that
 * of the address whose first differing byte is less as a signed one.
 */
export function idOf(slab: FlowSlab, flow: number, sides: FlowSides, bySignedBytes: boolean): string {
  const counts = slab.countsOf(flow);
  const c = slab.countBase(flow);
  const status = counts[c + C.STATUS]!;
  const isReversed = (status & C.REVERSED) !== 0;
  const isIdReversed = bySignedBytes ? isSecondLess(counts, c) : (status & C.REVERSED_ID) !== 0;
  const { source, sourcePort, destination, destinationPort, protocol } = sides;
  return isReversed === isIdReversed
    ? `${source}-${destination}-${sourcePort}-${destinationPort}-${protocol}`
    : `${destination}-${source}-${destinationPort}-${sourcePort}-${protocol}`;
}

function isSecondLess(counts: Int32Array, c: number): boolean {
  for (let k = 0; k < 4; k++) {
    const a = counts[c + C.KEY + k]!;
    const b = counts[c + C.KEY + 4 + k]!;
    for (let shift = 0; shift < 32; shift += 8) {
      const first = (a << shift) >> 24;
      const second = (b << shift) >> 24;
      if (first !== second) return second < first;
    }
  }
  return false;
}

/** The start of a flow as text: ISO 8601 with microseconds, or as the meter of 2017 wrote it. */
export function timestampText(start: number, isIso: boolean, utcOffset: number): string {
  const microseconds = start % 1e6;
  const date = new Date((start - microseconds) / 1000 + utcOffset * 60_000);
  if (Number.isNaN(date.getTime())) return "";
  const [day, clock] = date.toISOString().slice(0, 19).split("T") as [string, string];
  if (isIso) return `${day} ${clock}.${String(microseconds).padStart(6, "0")}`;
  const [years, months, days] = day.split("-");
  const hours = date.getUTCHours() % 12 || 12;
  return `${days}/${months}/${years} ${String(hours).padStart(2, "0")}${clock.slice(2)}`;
}
