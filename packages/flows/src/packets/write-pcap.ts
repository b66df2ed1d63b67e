import { buildFrame, type PacketSpec } from "./build-frame.js";
import { LinkType } from "./decode-link.js";
import { MAX_CAPTURED_BYTES } from "./limits.js";

/** A frame as it is, of the link type of its file. */
export interface RawFrame {
  readonly time: number;
  readonly nanoseconds?: number | undefined;
  readonly frame: Uint8Array;
}

export interface WritePcapOptions {
  /** Writes times in nanoseconds; default microseconds. */
  readonly nanoseconds?: boolean | undefined;
  /** Most bytes that are kept of a frame; default all. */
  readonly snapLength?: number | undefined;
  /** Pads frames to the 60 bytes that Ethernet sends at least; default false, as frames are that a machine captures of its own. */
  readonly pad?: boolean | undefined;
  /** What frames that are given as they are begin with; default Ethernet (1), which packets always are. */
  readonly linkType?: number | undefined;
}

const FLUSH_BYTES = 1 << 16;

/**
 * A pcap file (little-endian, version 2.4) in pieces of some 64 KB, made as packets are taken from the iterable: captures of
 * any size need no memory.
 *
 * @throws PacketError `unwritable-packet`.
 */
export function* pcapPieces(
  packets: Iterable<PacketSpec | RawFrame>,
  {
    nanoseconds = false,
    snapLength = MAX_CAPTURED_BYTES,
    pad = false,
    linkType = LinkType.ethernet,
  }: WritePcapOptions = {},
): Generator<Uint8Array> {
  let piece = new Uint8Array(FLUSH_BYTES);
  let view = new DataView(piece.buffer);
  view.setUint32(0, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapLength, true);
  view.setUint32(20, linkType, true);
  let used = 24;
  for (const packet of packets) {
    const frame = "frame" in packet ? packet.frame : buildFrame(packet);
    const length = pad ? Math.max(frame.length, 60) : frame.length;
    const captured = Math.min(length, snapLength);
    if (used + 16 + captured > piece.length) {
      yield piece.subarray(0, used);
      piece = new Uint8Array(Math.max(FLUSH_BYTES, 16 + captured));
      view = new DataView(piece.buffer);
      used = 0;
    }
    const fraction = packet.time % 1e6;
    view.setUint32(used, (packet.time - fraction) / 1e6, true);
    view.setUint32(used + 4, nanoseconds ? fraction * 1000 + (packet.nanoseconds ?? 0) : fraction, true);
    view.setUint32(used + 8, captured, true);
    view.setUint32(used + 12, length, true);
    piece.set(frame.subarray(0, captured), used + 16);
    used += 16 + captured;
  }
  yield piece.subarray(0, used);
}

/** A pcap file as a whole; see `pcapPieces` for large ones. @throws PacketError `unwritable-packet`. */
export function writePcap(packets: Iterable<PacketSpec | RawFrame>, options: WritePcapOptions = {}): Uint8Array {
  const pieces = [...pcapPieces(packets, options)];
  const file = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}
