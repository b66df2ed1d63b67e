import { decodeIp } from "./decode-ip.js";
import { afterRadiotap, CUT_OFF, NO_DATA, wirelessData } from "./decode-wireless.js";
import { MAX_TAGS } from "./limits.js";
import { uint16 } from "./network-order.js";
import { type PacketBatch, PacketNote } from "./packet-batch.js";

/** Link-layer types that are read: https://www.tcpdump.org/linktypes.html */
export const LinkType: {
  readonly null: 0;
  readonly ethernet: 1;
  readonly ppp: 9;
  readonly pppHdlc: 50;
  readonly raw: 101;
  readonly wireless: 105;
  readonly loop: 108;
  readonly linuxSll: 113;
  readonly radiotap: 127;
  readonly ipv4: 228;
  readonly ipv6: 229;
  readonly linuxSll2: 276;
} = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  pppHdlc: 50,
  raw: 101,
  wireless: 105,
  loop: 108,
  linuxSll: 113,
  radiotap: 127,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
};

/** DLT_RAW as the systems number it that wrote it into files before LINKTYPE_RAW was defined. */
const RAW_OF_SYSTEMS: readonly number[] = [12, 14];

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const ETHERTYPE_PPPOE = 0x8864;
/** What is below this in an Ethernet header is a length (IEEE 802.3). */
const FIRST_ETHERTYPE = 0x0600;
/** AF_INET6 as Linux, the BSDs, FreeBSD and macOS number it; AF_INET is 2 everywhere. */
const IPV6_FAMILIES: readonly number[] = [10, 24, 28, 30];

/**
 * Reads the headers of frame i of a batch, whose `bytes`, `frameStart`, `captured`, `length` and `linkType` are set, into the
 * batch's other columns. Frames of other network protocols than IP keep version 0 and no note.
 */
export function decodeFrame(batch: PacketBatch, i: number): void {
  const start = batch.frameStart[i]!;
  const end = start + batch.captured[i]!;
  batch.notes[i] = 0;
  batch.version[i] = 0;
  batch.protocol[i] = 0;
  batch.vlan[i] = -1;
  batch.tunnels[i] = 0;
  switch (batch.linkType[i]) {
    case LinkType.ethernet:
      decodeEthernet(batch, i, start, end);
      return;
    case LinkType.linuxSll:
      if (end - start < 16) note(batch, i, PacketNote.truncated);
      else decodeEthertype(batch, i, start + 16, end, uint16(batch.bytes, start + 14));
      return;
    case LinkType.linuxSll2:
      if (end - start < 20) note(batch, i, PacketNote.truncated);
      else decodeEthertype(batch, i, start + 20, end, uint16(batch.bytes, start));
      return;
    case LinkType.ppp:
    case LinkType.pppHdlc:
      decodePpp(batch, i, start, end);
      return;
    case LinkType.wireless:
      decodeWireless(batch, i, start, end);
      return;
    case LinkType.radiotap:
      decodeWireless(batch, i, afterRadiotap(batch.bytes, start, end), end);
      return;
    case LinkType.null:
    case LinkType.loop:
      decodeLoopback(batch, i, start, end);
      return;
    case LinkType.ipv4:
    case LinkType.ipv6:
    case LinkType.raw:
    case RAW_OF_SYSTEMS[0]:
    case RAW_OF_SYSTEMS[1]:
      decodeIp(batch, i, start, end);
      return;
    default:
      note(batch, i, PacketNote.unknownLink);
  }
}

export function decodeEthernet(batch: PacketBatch, i: number, start: number, end: number): void {
  if (end - start < 14) note(batch, i, PacketNote.truncated);
  else decodeEthertype(batch, i, start + 14, end, uint16(batch.bytes, start + 12));
}

/** What follows an Ethernet type, tags of VLANs included. */
export function decodeEthertype(batch: PacketBatch, i: number, from: number, end: number, firstType: number): void {
  const { bytes } = batch;
  let type = firstType;
  let at = from;
  for (let tags = 0, size = tagBytes(type); size > 0; tags++, size = tagBytes(type)) {
    if (tags === MAX_TAGS) {
      note(batch, i, PacketNote.malformed);
      return;
    }
    if (end - at < size) {
      note(batch, i, PacketNote.truncated);
      return;
    }
    if (batch.vlan[i] === -1 && size === VLAN_BYTES) batch.vlan[i] = uint16(bytes, at) & 0x0fff;
    at += size;
    type = uint16(bytes, at - 2);
  }
  if (type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6) {
    decodeIp(batch, i, at, end);
    return;
  }
  if (type === 0x8847 || type === 0x8848) {
    decodeMpls(batch, i, at, end);
    return;
  }
  if (type === ETHERTYPE_PPPOE) {
    decodePppoe(batch, i, at, end);
    return;
  }
  if (type < FIRST_ETHERTYPE && end - at >= 8 && isSnap(bytes, at)) {
    const inner = uint16(bytes, at + 6);
    if (inner === ETHERTYPE_IPV4 || inner === ETHERTYPE_IPV6) decodeIp(batch, i, at + 8, end);
  }
}

const VLAN_BYTES = 4;

/**
 * Bytes of a tag with the Ethernet type at its end; 0 where a type is of no tag. VLANs (802.1Q, 802.1ad, and the two numbers that
 * were used for QinQ before it), Cisco's VN-Tag, and those with a whole Ethernet header behind them: provider backbone bridges
 * (802.1ah) and FabricPath.
 */
function tagBytes(type: number): number {
  switch (type) {
    case 0x8100:
    case 0x88a8:
    case 0x9100:
    case 0x9200:
      return VLAN_BYTES;
    case 0x8926:
      return 6;
    case 0x88e7:
      return 18;
    case 0x8903:
      return 16;
    default:
      return 0;
  }
}

/** What the data of a wireless frame is, by its SNAP header. */
function decodeWireless(batch: PacketBatch, i: number, start: number, end: number): void {
  const at = start < 0 ? start : wirelessData(batch.bytes, start, end);
  if (at === CUT_OFF) note(batch, i, PacketNote.truncated);
  else if (at !== NO_DATA && isSnap(batch.bytes, at))
    decodeEthertype(batch, i, at + 8, end, uint16(batch.bytes, at + 6));
}

/** RFC 1042: LLC of SNAP, with the OUI of Ethernet types. */
function isSnap(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xaa && bytes[at + 1] === 0xaa && bytes[at + 2] === 3 && uint16(bytes, at + 3) === 0;
}

/** RFC 3032: labels to the bottom of the stack; nothing says what follows, but for its first four bits. */
function decodeMpls(batch: PacketBatch, i: number, from: number, end: number): void {
  let at = from;
  for (let labels = 0; labels < MAX_TAGS; labels++) {
    if (end - at < 4) {
      note(batch, i, PacketNote.truncated);
      return;
    }
    const isBottom = (batch.bytes[at + 2]! & 1) === 1;
    at += 4;
    if (!isBottom) continue;
    const version = at < end ? batch.bytes[at]! >> 4 : 0;
    if (version === 4 || version === 6) decodeIp(batch, i, at, end);
    return;
  }
  note(batch, i, PacketNote.malformed);
}

/** RFC 2516: a header of six bytes, then the protocol of PPP. */
function decodePppoe(batch: PacketBatch, i: number, at: number, end: number): void {
  if (end - at < 8) note(batch, i, PacketNote.truncated);
  else decodePpp(batch, i, at + 6, end);
}

/** PPP (RFC 1661), with its address before it (RFC 1662) or without, the protocol in one byte or two. */
function decodePpp(batch: PacketBatch, i: number, start: number, end: number): void {
  const at = ipInPpp(batch.bytes, start, end);
  if (at === CUT_OFF) note(batch, i, PacketNote.truncated);
  else if (at !== NO_DATA) decodeIp(batch, i, at, end);
}

/** Where the IP packet in a frame of PPP begins; or `NO_DATA` (control, compressed, other protocols), or `CUT_OFF`. */
export function ipInPpp(bytes: Uint8Array, start: number, end: number): number {
  const at = end - start >= 2 && bytes[start] === 0xff && bytes[start + 1] === 3 ? start + 2 : start;
  if (end - at < 2) return CUT_OFF;
  const isShort = (bytes[at]! & 1) === 1;
  const protocol = isShort ? bytes[at]! : uint16(bytes, at);
  return protocol === 0x21 || protocol === 0x57 ? at + (isShort ? 1 : 2) : NO_DATA;
}

/** A family's number before the packet: in the order of the machine that captured (null) or of networks (loop). */
function decodeLoopback(batch: PacketBatch, i: number, start: number, end: number): void {
  if (end - start < 4) {
    note(batch, i, PacketNote.truncated);
    return;
  }
  const { bytes } = batch;
  const family = bytes[start] === 0 ? uint16(bytes, start + 2) : bytes[start]! | (bytes[start + 1]! << 8);
  if (family === 2 || IPV6_FAMILIES.includes(family)) decodeIp(batch, i, start + 4, end);
}

function note(batch: PacketBatch, i: number, bit: number): void {
  batch.notes[i] = batch.notes[i]! | bit;
}
