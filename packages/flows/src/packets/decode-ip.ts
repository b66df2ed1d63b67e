import { MAX_EXTENSION_HEADERS } from "./limits.js";
import { int32, uint16 } from "./network-order.js";
import { ADDRESS_WORDS, IpProtocol, type PacketBatch, PacketNote } from "./packet-batch.js";

/** Reads an IPv4 or IPv6 packet between two places of a batch's bytes into the columns of its packet i. */
export function decodeIp(batch: PacketBatch, i: number, at: number, end: number): void {
  const version = at < end ? batch.bytes[at]! >> 4 : 0;
  if (version === 4) decodeIpv4(batch, i, at, end);
  else if (version === 6) decodeIpv6(batch, i, at, end);
  else batch.notes[i] = batch.notes[i]! | (at < end ? PacketNote.malformed : PacketNote.truncated);
}

/** RFC 791. */
function decodeIpv4(batch: PacketBatch, i: number, at: number, end: number): void {
  const { bytes, addresses } = batch;
  if (end - at < 20) {
    unread(batch, i, PacketNote.truncated);
    return;
  }
  const header = (bytes[at]! & 15) << 2;
  const total = uint16(bytes, at + 2);
  // Segmentation offload leaves 0 in packets that are captured before the network card has cut them up.
  const length = total === 0 ? end - at : total;
  if (header < 20 || length < header) {
    unread(batch, i, PacketNote.malformed);
    return;
  }
  if (end - at < header) {
    unread(batch, i, PacketNote.truncated);
    return;
  }
  const to = i * ADDRESS_WORDS;
  addresses[to] = int32(bytes, at + 12);
  addresses[to + 1] = 0;
  addresses[to + 2] = 0;
  addresses[to + 3] = 0;
  addresses[to + 4] = int32(bytes, at + 16);
  addresses[to + 5] = 0;
  addresses[to + 6] = 0;
  addresses[to + 7] = 0;
  const fragment = uint16(bytes, at + 6);
  if ((fragment & 0x2000) !== 0) batch.notes[i] = batch.notes[i]! | PacketNote.moreFragments;
  if ((fragment & 0x1fff) !== 0) batch.notes[i] = batch.notes[i]! | PacketNote.laterFragment;
  batch.fragmentOffset[i] = (fragment & 0x1fff) << 3;
  batch.identification[i] = uint16(bytes, at + 4);
  batch.version[i] = 4;
  batch.ipLength[i] = length;
  decodeTransport(batch, i, bytes[at + 9]!, at + header, end, length - header);
}

/** RFC 8200. */
function decodeIpv6(batch: PacketBatch, i: number, at: number, end: number): void {
  const { bytes, addresses } = batch;
  if (end - at < 40) {
    unread(batch, i, PacketNote.truncated);
    return;
  }
  const said = uint16(bytes, at + 4);
  let next = bytes[at + 6]!;
  // Of protocols that segmentation offload does not know nothing may follow; what does then pads the frame.
  const isOffloaded = said === 0 && (next === IpProtocol.tcp || next === IpProtocol.udp || isExtension(next));
  const length = isOffloaded ? end - at - 40 : said;
  const to = i * ADDRESS_WORDS;
  for (let k = 0; k < ADDRESS_WORDS; k++) addresses[to + k] = int32(bytes, at + 8 + 4 * k);
  let header = at + 40;
  const stop = header + length;
  for (let passed = 0; isExtension(next); passed++) {
    if (passed === MAX_EXTENSION_HEADERS) {
      unread(batch, i, PacketNote.malformed);
      return;
    }
    if (end - header < 8) {
      unread(batch, i, PacketNote.truncated);
      return;
    }
    const size = next === 44 ? 8 : next === 51 ? (bytes[header + 1]! + 2) << 2 : (bytes[header + 1]! + 1) << 3;
    if (header + size > stop) {
      unread(batch, i, PacketNote.malformed);
      return;
    }
    if (next === 44) {
      const fragment = uint16(bytes, header + 2);
      batch.fragmentOffset[i] = fragment & 0xfff8;
      batch.identification[i] = int32(bytes, header + 4);
      if ((fragment & 1) !== 0) batch.notes[i] = batch.notes[i]! | PacketNote.moreFragments;
      if ((fragment & 0xfff8) !== 0) batch.notes[i] = batch.notes[i]! | PacketNote.laterFragment;
    }
    next = bytes[header]!;
    header += size;
    // What follows the header of a later fragment is the middle of something.
    if ((batch.notes[i]! & PacketNote.laterFragment) !== 0) break;
  }
  batch.version[i] = 6;
  batch.ipLength[i] = 40 + length;
  decodeTransport(batch, i, next, header, end, stop - header);
}

/** Hop-by-hop options, routing, fragment, authentication, destination options, mobility, HIP, Shim6 (IANA's registry). */
function isExtension(next: number): boolean {
  return (
    next === 0 ||
    next === 43 ||
    next === 44 ||
    next === 51 ||
    next === 60 ||
    next === 135 ||
    next === 139 ||
    next === 140
  );
}

/** @param length bytes from the transport header on by the IP header. */
function decodeTransport(
  batch: PacketBatch,
  i: number,
  protocol: number,
  at: number,
  end: number,
  length: number,
): void {
  const { bytes } = batch;
  batch.protocol[i] = protocol;
  batch.sourcePort[i] = 0;
  batch.destinationPort[i] = 0;
  batch.flags[i] = 0;
  batch.icmpType[i] = 0;
  batch.icmpCode[i] = 0;
  let header = 0;
  if ((batch.notes[i]! & PacketNote.laterFragment) === 0) {
    switch (protocol) {
      case IpProtocol.tcp:
        if (!isThere(batch, i, 20, length, end - at)) return;
        header = (bytes[at + 12]! >> 4) << 2;
        if (header < 20 || header > length) {
          unread(batch, i, PacketNote.malformed);
          return;
        }
        batch.sourcePort[i] = uint16(bytes, at);
        batch.destinationPort[i] = uint16(bytes, at + 2);
        batch.sequence[i] = int32(bytes, at + 4);
        batch.acknowledgement[i] = int32(bytes, at + 8);
        batch.flags[i] = bytes[at + 13]!;
        batch.window[i] = uint16(bytes, at + 14);
        break;
      case IpProtocol.udp:
      case IpProtocol.sctp:
        header = protocol === IpProtocol.udp ? 8 : 12;
        if (!isThere(batch, i, header, length, end - at)) return;
        batch.sourcePort[i] = uint16(bytes, at);
        batch.destinationPort[i] = uint16(bytes, at + 2);
        break;
      case IpProtocol.icmp:
      case IpProtocol.icmpV6:
        header = 8;
        if (!isThere(batch, i, header, length, end - at)) return;
        batch.icmpType[i] = bytes[at]!;
        batch.icmpCode[i] = bytes[at + 1]!;
        break;
    }
  }
  batch.headerLength[i] = header;
  batch.payload[i] = length - header;
  batch.payloadStart[i] = at + header;
}

/** Whether a header has room by the lengths before it and is captured; the packet is unread where not. */
function isThere(batch: PacketBatch, i: number, header: number, length: number, captured: number): boolean {
  if (header <= length && header <= captured) return true;
  unread(batch, i, header > length ? PacketNote.malformed : PacketNote.truncated);
  return false;
}

/** A packet of whose headers nothing is to be believed. */
function unread(batch: PacketBatch, i: number, bit: number): void {
  batch.notes[i] = batch.notes[i]! | bit;
  batch.version[i] = 0;
  batch.protocol[i] = 0;
}
