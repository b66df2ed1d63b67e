import { decodeIp } from "./decode-ip.js";
import { decodeEthernet, decodeEthertype, ipInPpp } from "./decode-link.js";
import { MAX_EXTENSION_HEADERS } from "./limits.js";
import { uint16 } from "./network-order.js";
import { IpProtocol, type PacketBatch, PacketNote } from "./packet-batch.js";

/** IANA's numbers of IP in IP (RFC 2003, RFC 4213) and GRE. */
const IPV4_IN_IP = 4;
const IPV6_IN_IP = 41;
const GRE = 47;
/** Destination ports of tunnels in UDP. */
const VXLAN_PORT = 4789;
const GENEVE_PORT = 6081;
const GTP_PORT = 2152;
const GRE_PORT = 4754;

const ETHERNET = 0x6558;
const PPP = 0x880b;
const ERSPAN = 0x88be;
const ERSPAN_III = 0x22eb;

/**
 * Puts what a tunnel holds in the place of packet i, whose headers are read. Ports alone make no tunnel: the header after them
 * must be one, else the packet stays as it is. A tunnel's fragments but the first stay, too.
 *
 * @returns whether there was a tunnel. Then the columns are those of the inner packet, also where that could not be read or
 *   is no IP; those of the frame (`length`, `captured`, …) stay.
 */
export function openTunnel(batch: PacketBatch, i: number): boolean {
  if (batch.version[i] === 0 || (batch.notes[i]! & PacketNote.laterFragment) !== 0) return false;
  const at = batch.payloadStart[i]!;
  const end = Math.min(batch.frameStart[i]! + batch.captured[i]!, at + batch.payload[i]!);
  switch (batch.protocol[i]) {
    case IPV4_IN_IP:
    case IPV6_IN_IP:
      enter(batch, i);
      decodeIp(batch, i, at, end);
      return true;
    case GRE:
      return openGre(batch, i, at, end);
    case IpProtocol.udp:
      switch (batch.destinationPort[i]) {
        case VXLAN_PORT:
          return openVxlan(batch, i, at, end);
        case GENEVE_PORT:
          return openGeneve(batch, i, at, end);
        case GTP_PORT:
          return openGtp(batch, i, at, end);
        // RFC 8086.
        case GRE_PORT:
          return openGre(batch, i, at, end);
      }
  }
  return false;
}

/** Forgets what was said of the outer packet. */
function enter(batch: PacketBatch, i: number): void {
  batch.notes[i] = 0;
  batch.version[i] = 0;
  batch.protocol[i] = 0;
  batch.fragmentOffset[i] = 0;
  batch.tunnels[i] = batch.tunnels[i]! + 1;
}

/** GRE (RFC 2784, with key and sequence number by RFC 2890), and that of PPTP (RFC 2637); source routes stay closed. */
function openGre(batch: PacketBatch, i: number, at: number, end: number): boolean {
  const { bytes } = batch;
  if (end - at < 4) return false;
  const flags = uint16(bytes, at);
  const type = uint16(bytes, at + 2);
  const version = flags & 7;
  if (version > 1 || (flags & 0x4000) !== 0 || (version === 1) !== (type === PPP)) return false;
  const [hasChecksum, hasKey, hasSequence] = [(flags & 0x8000) !== 0, (flags & 0x2000) !== 0, (flags & 0x1000) !== 0];
  const hasAnswer = version === 1 && (flags & 0x0080) !== 0;
  const fields = Number(hasChecksum) + Number(hasKey) + Number(hasSequence) + Number(hasAnswer);
  const from = at + 4 + 4 * fields;
  if (type === PPP) {
    const ip = ipInPpp(bytes, from, end);
    if (ip < 0) return false;
    enter(batch, i);
    decodeIp(batch, i, ip, end);
    return true;
  }
  if (type === ERSPAN || type === ERSPAN_III) {
    const header = type === ERSPAN ? (hasSequence ? 8 : 0) : erspan3Header(bytes, from, end);
    if (header === -1) return false;
    enter(batch, i);
    decodeEthernet(batch, i, from + header, end);
    return true;
  }
  enter(batch, i);
  if (type === ETHERNET) decodeEthernet(batch, i, from, end);
  else decodeEthertype(batch, i, from, end, type);
  return true;
}

/** Bytes of ERSPAN's third header, before a frame of Ethernet: https://datatracker.ietf.org/doc/html/draft-foschiano-erspan-03 */
function erspan3Header(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 12) return -1;
  const isEthernet = ((bytes[at + 10]! >> 2) & 31) === 0;
  return isEthernet ? ((bytes[at + 11]! & 1) === 0 ? 12 : 20) : -1;
}

/** RFC 7348. */
function openVxlan(batch: PacketBatch, i: number, at: number, end: number): boolean {
  if (end - at < 8 || batch.bytes[at] !== 0x08) return false;
  enter(batch, i);
  decodeEthernet(batch, i, at + 8, end);
  return true;
}

/** RFC 8926. */
function openGeneve(batch: PacketBatch, i: number, at: number, end: number): boolean {
  const { bytes } = batch;
  if (end - at < 8 || bytes[at]! >> 6 !== 0) return false;
  const from = at + 8 + 4 * (bytes[at]! & 63);
  const type = uint16(bytes, at + 2);
  if (from > end || (type !== ETHERNET && type !== 0x0800 && type !== 0x86dd)) return false;
  enter(batch, i);
  if (type === ETHERNET) decodeEthernet(batch, i, from, end);
  else decodeIp(batch, i, from, end);
  return true;
}

/** User packets of mobile networks, GTP-U version 1 (3GPP TS 29.281). */
function openGtp(batch: PacketBatch, i: number, at: number, end: number): boolean {
  const { bytes } = batch;
  const flags = bytes[at]!;
  if (end - at < 8 || flags >> 4 !== 3 || bytes[at + 1] !== 255) return false;
  let from = at + 8;
  if ((flags & 7) !== 0) {
    from += 4;
    let next = (flags & 4) !== 0 && from <= end ? bytes[from - 1]! : 0;
    for (let passed = 0; next !== 0; passed++) {
      const size = from < end ? 4 * bytes[from]! : 0;
      if (size === 0 || from + size > end || passed === MAX_EXTENSION_HEADERS) return false;
      from += size;
      next = bytes[from - 1]!;
    }
  }
  const version = from < end ? bytes[from]! >> 4 : 0;
  if (version !== 4 && version !== 6) return false;
  enter(batch, i);
  decodeIp(batch, i, from, end);
  return true;
}
