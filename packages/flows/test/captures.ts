import type { PacketSpec } from "../src/index.js";
import { IpProtocol, TcpFlag } from "../src/index.js";

export const A = "192.0.2.1";
export const B = "198.51.100.7";
/** 2026-01-02 03:04:05 UTC in microseconds. */
export const T0 = 1_767_323_045_000_000;

const FLAGS: Readonly<Record<string, number>> = {
  F: TcpFlag.fin,
  S: TcpFlag.syn,
  R: TcpFlag.rst,
  P: TcpFlag.psh,
  A: TcpFlag.ack,
  U: TcpFlag.urg,
  E: TcpFlag.ece,
  C: TcpFlag.cwr,
};

/** A TCP packet so many microseconds after T0: from A's port 40000 to B's port 80, or (`<`) back. Flags by their letters. */
export function tcp(
  at: number,
  way: ">" | "<",
  flags: string,
  payload = 0,
  more: Partial<PacketSpec> = {},
): PacketSpec {
  return {
    ...sides(way, 40_000, 80),
    time: T0 + at,
    protocol: IpProtocol.tcp,
    flags: [...flags].reduce((bits, letter) => bits | FLAGS[letter]!, 0),
    payload,
    // Different from packet to packet, so that none is taken for a retransmission unless a test wants it.
    sequence: (at * 7 + payload) >>> 0,
    window: 1000,
    ...more,
  };
}

export function udp(at: number, way: ">" | "<", payload = 0, more: Partial<PacketSpec> = {}): PacketSpec {
  return { ...sides(way, 5353, 53), time: T0 + at, protocol: IpProtocol.udp, payload, ...more };
}

export function icmp(at: number, way: ">" | "<", type: number, code: number): PacketSpec {
  return { ...sides(way, 0, 0), time: T0 + at, protocol: IpProtocol.icmp, icmpType: type, icmpCode: code, payload: 56 };
}

function sides(
  way: ">" | "<",
  port: number,
  other: number,
): Pick<PacketSpec, "source" | "sourcePort" | "destination" | "destinationPort"> {
  return way === ">"
    ? { source: A, sourcePort: port, destination: B, destinationPort: other }
    : { source: B, sourcePort: other, destination: A, destinationPort: port };
}

/** The bytes in chunks of a size. */
export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}
