import type { ByteWindow } from "./byte-window.js";
import { decodeFrame } from "./decode-link.js";
import type { PacketIssueLog } from "./issues.js";
import { MAX_TUNNELS } from "./limits.js";
import { openTunnel } from "./open-tunnel.js";
import { type PacketBatch, PacketNote } from "./packet-batch.js";

/** Reads the records of one format. */
export interface RecordReader {
  /**
   * Moves whole records from the window into a batch, until it is full or the next record is not there as a whole.
   *
   * @returns true where it stopped for want of bytes.
   */
  fill(window: ByteWindow, batch: PacketBatch): boolean;
  /** True once nothing more can be read. */
  readonly isStopped: boolean;
  /** Packets read. */
  readonly packets: number;
}

/** Whole microseconds, and the nanoseconds that are left. */
export interface Stamp {
  time: number;
  nanoseconds: number;
}

/** In place of the link type of an interface that was not described: no link type is that high. */
export const NO_INTERFACE = 0xffff;

/** What the readers of all formats do with a packet. */
export abstract class FrameReader {
  isStopped = false;
  packets = 0;
  protected readonly stamp: Stamp = { time: 0, nanoseconds: 0 };

  /** @param opensTunnels whether packets are what tunnels hold, rather than what holds tunnels. */
  constructor(
    protected readonly issues: PacketIssueLog,
    private readonly opensTunnels: boolean,
  ) {}

  /**
   * Adds a packet of which `stamp` is the time to a batch.
   *
   * @param at where its frame begins in the window's bytes.
   * @param offset where its record begins in the capture.
   */
  protected addFrame(
    batch: PacketBatch,
    at: number,
    captured: number,
    length: number,
    linkType: number,
    interfaceId: number,
    offset: number,
  ): void {
    const i = batch.count++;
    this.packets++;
    batch.time[i] = this.stamp.time;
    batch.nanoseconds[i] = this.stamp.nanoseconds;
    batch.interfaceId[i] = interfaceId;
    batch.linkType[i] = linkType;
    batch.frameStart[i] = at;
    batch.captured[i] = captured;
    // Some writers leave the length on the wire out.
    batch.length[i] = Math.max(length, captured);
    decodeFrame(batch, i);
    if (this.opensTunnels) while (batch.tunnels[i]! < MAX_TUNNELS && openTunnel(batch, i));
    const notes = batch.notes[i]!;
    if ((notes & (PacketNote.truncated | PacketNote.malformed | PacketNote.unknownLink)) !== 0)
      this.tell(notes, captured, linkType, offset);
  }

  /** Nothing after this can be trusted. */
  protected stop(offset: number, what: () => string): void {
    this.isStopped = true;
    this.issues.add("bad-record", this.packets + 1, offset, what);
  }

  private tell(notes: number, captured: number, linkType: number, offset: number): void {
    if (linkType === NO_INTERFACE) {
      this.issues.add("unknown-interface", this.packets, offset, () => "its interface was not described");
    } else if ((notes & PacketNote.unknownLink) !== 0) {
      this.issues.add("unknown-link-type", this.packets, offset, () => `link type ${linkType} is not known`);
    } else if ((notes & PacketNote.truncated) !== 0) {
      this.issues.add(
        "truncated-packet",
        this.packets,
        offset,
        () => `its headers end beyond ${captured} bytes captured`,
      );
    } else {
      this.issues.add("malformed-packet", this.packets, offset, () => "its headers contradict each other");
    }
  }
}
