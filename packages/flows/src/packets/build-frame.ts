import { addressBytes } from "./addresses.js";
import { PacketError } from "./issues.js";
import { IpProtocol, TcpFlag } from "./packet-batch.js";

/** A packet to be written. What is left out is what it commonly is. */
export interface PacketSpec {
  /** Microseconds since 1970-01-01 UTC, whole ones. */
  readonly time: number;
  /** 0 to 999, written in files of nanoseconds; default 0. */
  readonly nanoseconds?: number | undefined;
  /** IPv4 or IPv6 addresses, both of one kind. */
  readonly source: string;
  readonly destination: string;
  /** Number of the transport protocol (`IpProtocol`); headers are written for TCP, UDP, ICMP and ICMPv6. */
  readonly protocol: number;
  /** Default 0. */
  readonly sourcePort?: number | undefined;
  readonly destinationPort?: number | undefined;
  /** TCP's flags as bits of `TcpFlag`; default ACK. */
  readonly flags?: number | undefined;
  /** Default 0. */
  readonly sequence?: number | undefined;
  readonly acknowledgement?: number | undefined;
  /** TCP's window; default 65,535. */
  readonly window?: number | undefined;
  /** TCP's options, a multiple of 4 bytes up to 40. */
  readonly tcpOptions?: Uint8Array | undefined;
  /** Type and code of ICMP; default 8 (128 in ICMPv6, both echo requests) and 0. */
  readonly icmpType?: number | undefined;
  readonly icmpCode?: number | undefined;
  /** What follows the transport header: bytes, or how many zeros; default none. */
  readonly payload?: Uint8Array | number | undefined;
  /** VLAN numbers, outer first; default none. */
  readonly vlans?: readonly number[] | undefined;
  /** Time to live, hop limit; default 64. */
  readonly hopLimit?: number | undefined;
  /** IPv4's identification, by which fragments belong together; default 0. */
  readonly identification?: number | undefined;
  /**
   * Where an IPv4 fragment begins in its packet, in bytes, a multiple of 8 up to 65,528; default 0. From 8 on it has no
   * transport header, and `payload` is all that it has.
   */
  readonly fragmentOffset?: number | undefined;
  /** IPv4's flag that other fragments follow; default false. Lengths and checksums are those of the fragment alone. */
  readonly moreFragments?: boolean | undefined;
}

const ETHERNET_BYTES = 14;
/** What 13 bits of eights can say. */
const MAX_FRAGMENT_OFFSET = 65_528;
/** The first byte of a hardware address that no manufacturer gave. */
const LOCAL = 2;
/** Where TCP and ICMP have their checksums, from the begin of their headers. */
const CHECKSUM_AT: ReadonlyMap<number, number> = /* @__PURE__ */ new Map([
  [IpProtocol.tcp, 16],
  [IpProtocol.udp, 6],
  [IpProtocol.icmp, 2],
  [IpProtocol.icmpV6, 2],
]);

/**
 * An Ethernet frame with right lengths and checksums. Hardware addresses are made of the IP addresses.
 *
 * @throws PacketError `unwritable-packet` for addresses that are none or not of one kind, and for what its field cannot hold.
 */
export function buildFrame(spec: PacketSpec): Uint8Array {
  const source = addressOf(spec.source);
  const destination = addressOf(spec.destination);
  if (source.length !== destination.length)
    return unwritable(`${spec.source} and ${spec.destination} are not of one kind`);
  const payload = spec.payload ?? 0;
  const payloadBytes = typeof payload === "number" ? payload : payload.length;
  const header = transportHeaderBytes(spec);
  const isIpv4 = source.length === 4;
  const vlans = spec.vlans ?? [];
  const ip = ETHERNET_BYTES + 4 * vlans.length;
  const transport = ip + (isIpv4 ? 20 : 40);
  const segment = header + payloadBytes;
  if (segment + (isIpv4 ? 20 : 0) > 0xffff)
    return unwritable(`${payloadBytes} bytes of payload are too many for a packet`);
  const offset = spec.fragmentOffset ?? 0;
  if (!Number.isInteger(offset / 8) || offset < 0 || offset > MAX_FRAGMENT_OFFSET)
    return unwritable(`fragments begin at multiples of 8 up to ${MAX_FRAGMENT_OFFSET}, not at ${offset}`);
  if (!isIpv4 && (offset > 0 || spec.moreFragments === true)) return unwritable("fragments are written in IPv4 alone");
  const frame = new Uint8Array(transport + segment);
  const view = new DataView(frame.buffer);
  frame[0] = frame[6] = LOCAL;
  frame.set(destination.subarray(-4), 2);
  frame.set(source.subarray(-4), 8);
  vlans.forEach((vlan, k) => {
    view.setUint16(12 + 4 * k, k < vlans.length - 1 ? 0x88a8 : 0x8100);
    view.setUint16(14 + 4 * k, vlan);
  });
  view.setUint16(ip - 2, isIpv4 ? 0x0800 : 0x86dd);
  if (isIpv4) writeIpv4(view, ip, spec, segment);
  else writeIpv6(view, ip, spec, segment);
  frame.set(source, isIpv4 ? ip + 12 : ip + 8);
  frame.set(destination, isIpv4 ? ip + 16 : ip + 24);
  if (isIpv4) view.setUint16(ip + 10, checksum(frame, ip, ip + 20, 0));
  if (typeof payload !== "number") frame.set(payload, transport + header);
  if (offset > 0) return frame;
  writeTransport(view, frame, transport, spec, segment);
  const at = CHECKSUM_AT.get(spec.protocol);
  if (at !== undefined) {
    // ICMP of IPv4 is summed up alone, all others with the addresses (RFC 1071, 9293, 768, 792, 4443).
    const pseudo =
      spec.protocol === IpProtocol.icmp
        ? 0
        : sum(frame, isIpv4 ? ip + 12 : ip + 8, transport) + spec.protocol + segment;
    // Zeros add nothing.
    const summed = typeof payload === "number" ? header : segment;
    const found = checksum(frame, transport, transport + summed, pseudo);
    view.setUint16(transport + at, found === 0 && spec.protocol === IpProtocol.udp ? 0xffff : found);
  }
  return frame;
}

function transportHeaderBytes({ protocol, tcpOptions, fragmentOffset }: PacketSpec): number {
  if (fragmentOffset !== undefined && fragmentOffset > 0) return 0;
  const options = tcpOptions?.length ?? 0;
  if (options % 4 !== 0 || options > 40) return unwritable(`TCP's options are 0 to 40 bytes by fours, not ${options}`);
  if (protocol === IpProtocol.tcp) return 20 + options;
  return CHECKSUM_AT.has(protocol) ? 8 : 0;
}

function writeIpv4(view: DataView, at: number, spec: PacketSpec, segment: number): void {
  view.setUint8(at, 0x45);
  view.setUint16(at + 2, 20 + segment);
  view.setUint16(at + 4, spec.identification ?? 0);
  view.setUint16(at + 6, (spec.moreFragments === true ? 0x2000 : 0) | ((spec.fragmentOffset ?? 0) / 8));
  view.setUint8(at + 8, spec.hopLimit ?? 64);
  view.setUint8(at + 9, spec.protocol);
}

function writeIpv6(view: DataView, at: number, spec: PacketSpec, segment: number): void {
  view.setUint8(at, 0x60);
  view.setUint16(at + 4, segment);
  view.setUint8(at + 6, spec.protocol);
  view.setUint8(at + 7, spec.hopLimit ?? 64);
}

function writeTransport(view: DataView, frame: Uint8Array, at: number, spec: PacketSpec, segment: number): void {
  const { protocol } = spec;
  if (protocol === IpProtocol.tcp) {
    view.setUint16(at, spec.sourcePort ?? 0);
    view.setUint16(at + 2, spec.destinationPort ?? 0);
    view.setUint32(at + 4, spec.sequence ?? 0);
    view.setUint32(at + 8, spec.acknowledgement ?? 0);
    view.setUint8(at + 12, ((20 + (spec.tcpOptions?.length ?? 0)) / 4) << 4);
    view.setUint8(at + 13, spec.flags ?? TcpFlag.ack);
    view.setUint16(at + 14, spec.window ?? 0xffff);
    if (spec.tcpOptions !== undefined) frame.set(spec.tcpOptions, at + 20);
  } else if (protocol === IpProtocol.udp) {
    view.setUint16(at, spec.sourcePort ?? 0);
    view.setUint16(at + 2, spec.destinationPort ?? 0);
    view.setUint16(at + 4, segment);
  } else if (protocol === IpProtocol.icmp || protocol === IpProtocol.icmpV6) {
    view.setUint8(at, spec.icmpType ?? (protocol === IpProtocol.icmp ? 8 : 128));
    view.setUint8(at + 1, spec.icmpCode ?? 0);
  }
}

/** The ones' complement of the ones' complement sum of 16-bit words (RFC 1071). */
function checksum(bytes: Uint8Array, from: number, to: number, begin: number): number {
  let total = begin + sum(bytes, from, to);
  while (total > 0xffff) total = (total % 0x10000) + Math.floor(total / 0x10000);
  return ~total & 0xffff;
}

function sum(bytes: Uint8Array, from: number, to: number): number {
  let total = 0;
  for (let at = from; at < to; at += 2) total += (bytes[at]! << 8) | (at + 1 < to ? bytes[at + 1]! : 0);
  return total;
}

function addressOf(text: string): Uint8Array {
  return addressBytes(text) ?? unwritable(`${JSON.stringify(text)} is no IPv4 or IPv6 address`);
}

function unwritable(what: string): never {
  throw new PacketError("unwritable-packet", `The packet cannot be written: ${what}.`);
}
