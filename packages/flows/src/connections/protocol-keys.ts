import { IpProtocol, type PacketBatch } from "../packets/packet-batch.js";

/** Which messages of ICMP ask, and which answer; RFC 792, 950, 1256. */
const ICMP_PAIRS: readonly (readonly [number, number])[] = [
  [8, 0],
  [13, 14],
  [15, 16],
  [17, 18],
  [10, 9],
];
/** The same of ICMPv6; RFC 4443, 2710, 4861, 4620. */
const ICMPV6_PAIRS: readonly (readonly [number, number])[] = [
  [128, 129],
  [130, 131],
  [133, 134],
  [135, 136],
  [139, 140],
];

/** The other message of a pair, undefined for messages that stand alone. */
function counterpart(protocol: number, type: number): number | undefined {
  const pairs = protocol === IpProtocol.icmp ? ICMP_PAIRS : ICMPV6_PAIRS;
  const pair = pairs.find((types) => types.includes(type));
  return pair === undefined ? undefined : pair[0] === type ? pair[1] : pair[0];
}

/**
 * What stands in the places of ports: of ICMP the type, and the type of its answer, so that both are one connection; where
 * there is no answer, the code.
 */
export function portsOf(batch: PacketBatch, i: number): readonly [source: number, destination: number] {
  const protocol = batch.protocol[i]!;
  if (protocol !== IpProtocol.icmp && protocol !== IpProtocol.icmpV6)
    return [batch.sourcePort[i]!, batch.destinationPort[i]!];
  const type = batch.icmpType[i]!;
  return [type, counterpart(protocol, type) ?? batch.icmpCode[i]!];
}

const NAMES: ReadonlyMap<number, string> = /* @__PURE__ */ new Map([
  [IpProtocol.tcp, "tcp"],
  [IpProtocol.udp, "udp"],
  [IpProtocol.icmp, "icmp"],
  [IpProtocol.icmpV6, "icmp"],
  [IpProtocol.igmp, "igmp"],
  [IpProtocol.sctp, "sctp"],
  [47, "gre"],
  [50, "esp"],
  [89, "ospf"],
]);

/** What records call a protocol. */
export function protocolName(protocol: number): string {
  return NAMES.get(protocol) ?? `ip-${protocol}`;
}

/**
 * Ports at which servers listen: where a connection's SYN was not seen, these tell who began it. Those that Zeek's scripts
 * register.
 */
export const SERVER_PORTS: readonly number[] = [
  ...[21, 22, 25, 53, 67, 80, 81, 88, 110, 123, 137, 143, 161, 162, 389, 443, 445, 502, 514, 563, 585, 587, 614, 631],
  ...[636, 989, 990, 992, 993, 995, 1080, 1812, 2123, 2152, 3128, 3268, 3306, 3389, 3544, 4011, 4789, 5060, 5072],
  ...[5223, 5353, 5355, 6081, 6379, 6666, 6667, 6668, 6669, 8000, 8080, 8443, 8888, 20000],
];
