import type { ByteWindow } from "./byte-window.js";
import type { PacketIssueLog } from "./issues.js";
import { MAX_CAPTURED_BYTES } from "./limits.js";
import type { PacketBatch } from "./packet-batch.js";
import { FrameReader, type RecordReader } from "./record-reader.js";

export const PCAP_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** What the first four bytes of a pcap file say; null where it is none. */
export function pcapMagic(bytes: Uint8Array, at: number): { isLittle: boolean; isNano: boolean } | null {
  const magic = uint32(bytes, at, false);
  if (magic === 0xa1b2c3d4) return { isLittle: false, isNano: false };
  if (magic === 0xd4c3b2a1) return { isLittle: true, isNano: false };
  if (magic === 0xa1b23c4d) return { isLittle: false, isNano: true };
  if (magic === 0x4d3cb2a1) return { isLittle: true, isNano: true };
  return null;
}

/** The format of libpcap: https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/ */
export class PcapReader extends FrameReader implements RecordReader {
  private readonly isLittle: boolean;
  private readonly isNano: boolean;
  private readonly linkType: number;

  /** Takes the file's header from the window, where it must be as a whole. */
  constructor(window: ByteWindow, issues: PacketIssueLog, opensTunnels: boolean) {
    super(issues, opensTunnels);
    const { bytes, start } = window;
    const magic = pcapMagic(bytes, start)!;
    this.isLittle = magic.isLittle;
    this.isNano = magic.isNano;
    // The upper bits tell of checksums at the end of frames.
    this.linkType = uint32(bytes, start + 20, this.isLittle) & 0xffff;
    window.start += PCAP_HEADER_BYTES;
  }

  fill(window: ByteWindow, batch: PacketBatch): boolean {
    const { bytes, end } = window;
    const { isLittle, isNano, stamp, linkType } = this;
    batch.bytes = bytes;
    batch.firstNumber = this.packets + 1;
    while (batch.count < batch.capacity) {
      const at = window.start;
      if (end - at < RECORD_HEADER_BYTES) return true;
      const captured = uint32(bytes, at + 8, isLittle);
      if (captured > MAX_CAPTURED_BYTES) {
        this.stop(window.offset, () => `a record of ${captured} bytes, where ${MAX_CAPTURED_BYTES} are the most`);
        return true;
      }
      if (end - at < RECORD_HEADER_BYTES + captured) return true;
      const fraction = uint32(bytes, at + 4, isLittle);
      stamp.time = uint32(bytes, at, isLittle) * 1e6;
      if (isNano) {
        stamp.time += Math.floor(fraction / 1000);
        stamp.nanoseconds = fraction % 1000;
      } else {
        stamp.time += fraction;
      }
      const from = at + RECORD_HEADER_BYTES;
      this.addFrame(batch, from, captured, uint32(bytes, at + 12, isLittle), linkType, 0, window.offset);
      window.start = from + captured;
    }
    return false;
  }
}

function uint32(bytes: Uint8Array, at: number, isLittle: boolean): number {
  return isLittle
    ? (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
    : ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
