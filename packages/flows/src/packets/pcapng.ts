import type { ByteWindow } from "./byte-window.js";
import { PacketError, type PacketIssueLog } from "./issues.js";
import { MAX_BLOCK_BYTES, MAX_CAPTURED_BYTES, MAX_INTERFACES } from "./limits.js";
import type { PacketBatch } from "./packet-batch.js";
import { FrameReader, NO_INTERFACE, type RecordReader, type Stamp } from "./record-reader.js";

/** The type of a section header block, the same in both byte orders. */
export const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  /** Sets the stamp from the two halves of a time. */
  readonly read: (high: number, low: number, stamp: Stamp) => void;
}

/** The format of Wireshark: https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/ */
export class PcapngReader extends FrameReader implements RecordReader {
  private isLittle = true;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private interfaces: Interface[] = [];

  constructor(issues: PacketIssueLog, opensTunnels: boolean) {
    super(issues, opensTunnels);
  }

  fill(window: ByteWindow, batch: PacketBatch): boolean {
    const { bytes, end } = window;
    batch.bytes = bytes;
    batch.firstNumber = this.packets + 1;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, end);
    while (batch.count < batch.capacity) {
      const at = window.start;
      if (end - at < 12) return true;
      if (this.view.getUint32(at, true) === SECTION_HEADER && !this.beginSection(at, window.offset)) return true;
      const length = this.uint32(at + 4);
      if (length < 12 || length % 4 !== 0 || length > MAX_BLOCK_BYTES) {
        this.stop(window.offset, () => `a block of ${length} bytes, where ${MAX_BLOCK_BYTES} are the most`);
        return true;
      }
      if (end - at < length) return true;
      if (this.uint32(at + length - 4) !== length) {
        this.stop(window.offset, () => `a block of ${length} bytes that ends with another length`);
        return true;
      }
      this.block(batch, this.uint32(at), at + 8, at + length - 4, window.offset);
      if (this.isStopped) return true;
      window.start += length;
    }
    return false;
  }

  /** Each section has its own byte order and interfaces. @returns false where it cannot be read. */
  private beginSection(at: number, offset: number): boolean {
    const magic = this.view.getUint32(at + 8, true);
    if (magic !== 0x1a2b3c4d && magic !== 0x4d3c2b1a) {
      this.stop(offset, () => "a section without the mark of its byte order");
      return false;
    }
    this.isLittle = magic === 0x1a2b3c4d;
    this.interfaces = [];
    return true;
  }

  /** @param at where the block's body begins. @param end where it ends. */
  private block(batch: PacketBatch, type: number, at: number, end: number, offset: number): void {
    if (type === ENHANCED_PACKET && end - at >= 20) {
      this.packet(batch, this.uint32(at), at + 4, at + 20, end, offset);
    } else if (type === PACKET && end - at >= 20) {
      this.packet(batch, this.uint16(at), at + 4, at + 20, end, offset);
    } else if (type === SIMPLE_PACKET && end - at >= 4) {
      const length = this.uint32(at);
      const snapLength = this.interfaces[0]?.snapLength || Number.POSITIVE_INFINITY;
      this.stamp.time = 0;
      this.stamp.nanoseconds = 0;
      this.frame(batch, 0, at + 4, Math.min(length, snapLength), length, end, offset);
    } else if (type === INTERFACE_DESCRIPTION && end - at >= 8) {
      this.describeInterface(at, end);
    } else if (
      type === ENHANCED_PACKET ||
      type === PACKET ||
      type === SIMPLE_PACKET ||
      type === INTERFACE_DESCRIPTION
    ) {
      this.stop(offset, () => `a block of type ${type} that is too short for what it must hold`);
    }
  }

  /** @param fields where the time and the two lengths are. */
  private packet(batch: PacketBatch, id: number, fields: number, from: number, end: number, offset: number): void {
    const described = this.interfaces[id];
    if (described !== undefined) described.read(this.uint32(fields), this.uint32(fields + 4), this.stamp);
    else this.stamp.time = this.stamp.nanoseconds = 0;
    this.frame(batch, id, from, this.uint32(fields + 8), this.uint32(fields + 12), end, offset);
  }

  private frame(
    batch: PacketBatch,
    id: number,
    from: number,
    captured: number,
    length: number,
    end: number,
    offset: number,
  ): void {
    if (captured > MAX_CAPTURED_BYTES || from + captured > end) {
      this.stop(offset, () => `a packet of ${captured} bytes, where its block has ${end - from}`);
      return;
    }
    this.addFrame(batch, from, captured, length, this.interfaces[id]?.linkType ?? NO_INTERFACE, id, offset);
  }

  private describeInterface(at: number, end: number): void {
    if (this.interfaces.length === MAX_INTERFACES) {
      throw new PacketError(
        "capture-limit",
        `The capture describes more than ${MAX_INTERFACES} interfaces. Take its packets of interest into a file of their own.`,
        { limit: MAX_INTERFACES },
      );
    }
    let resolution = 6;
    let seconds = 0n;
    for (let option = at + 8; option + 4 <= end; ) {
      const code = this.uint16(option);
      const length = this.uint16(option + 2);
      if (code === 0 || option + 4 + length > end) break;
      if (code === OPTION_TSRESOL && length >= 1) resolution = this.view.getUint8(option + 4);
      if (code === OPTION_TSOFFSET && length >= 8) seconds = this.view.getBigInt64(option + 4, this.isLittle);
      option += 4 + ((length + 3) & ~3);
    }
    this.interfaces.push({
      linkType: this.uint16(at),
      snapLength: this.uint32(at + 4),
      read: stampReader(resolution, seconds),
    });
  }

  private uint16(at: number): number {
    return this.view.getUint16(at, this.isLittle);
  }

  private uint32(at: number): number {
    return this.view.getUint32(at, this.isLittle);
  }
}

/**
 * Times in whatever unit: powers of ten, or of two where the highest bit is set (option if_tsresol).
 *
 * @param seconds what is to be added (option if_tsoffset).
 */
function stampReader(resolution: number, seconds: bigint): Interface["read"] {
  if (seconds === 0n && resolution === 6) {
    return (high, low, stamp) => {
      stamp.time = high * 4294967296 + low;
      stamp.nanoseconds = 0;
    };
  }
  if (seconds === 0n && resolution === 9) {
    return (high, low, stamp) => {
      // 2³² = 4,294,967 × 1000 + 296: the quotient without numbers beyond 2⁵³.
      const rest = high * 296 + low;
      stamp.time = high * 4294967 + Math.floor(rest / 1000);
      stamp.nanoseconds = rest % 1000;
    };
  }
  const power = BigInt(resolution & 0x7f);
  const unit = (resolution & 0x80) === 0 ? tenTo(power) : 1n << power;
  return (high, low, stamp) => {
    const nanoseconds = (((BigInt(high) << 32n) | BigInt(low)) * 1_000_000_000n) / unit + seconds * 1_000_000_000n;
    const time = Number(nanoseconds / 1000n);
    stamp.time = time;
    stamp.nanoseconds = Number(nanoseconds % 1000n);
    if (stamp.nanoseconds < 0) {
      stamp.time--;
      stamp.nanoseconds += 1000;
    }
  };
}

function tenTo(power: bigint): bigint {
  let product = 1n;
  for (let i = 0n; i < power; i++) product *= 10n;
  return product;
}
