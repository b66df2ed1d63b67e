import { ADDRESS_WORDS, type PacketBatch } from "../packets/packet-batch.js";
import type { Connection } from "./connection.js";

/** Fragmented packets that are followed at the same time; where there are more, the oldest is forgotten. */
const MAX_PACKETS = 1024;
/** Fragments of a packet that are compared with each other: 64 KB in pieces of 1 KB. */
const MAX_FRAGMENTS = 64;
/** What an IP packet may be long at most, with its header. */
const MAX_PACKET_BYTES = 65_535;

/** A fragment that comes later than this belongs to another packet of the same number: RFC 1122 lets hosts wait as long. */
const MAX_AGE = 60_000_000;

interface Fragmented {
  readonly start: number;
  /** Begin and end of its fragments, one after the other. */
  readonly ranges: number[];
  /** Wrong ones that came before the first, which tells the connection. */
  wrong: number;
  connection: Connection | undefined;
}

/**
 * Finds fragments that do not fit: they overlap others of their packet without being the same (teardrop), or end beyond what
 * a packet may be long (ping of death).
 */
export class FragmentedPackets {
  private readonly packets = new Map<string, Fragmented>();

  /** @param connection of the first fragment, which has ports. */
  add(batch: PacketBatch, i: number, connection?: Connection): void {
    const packet = this.packetOf(batch, i);
    const from = batch.fragmentOffset[i]!;
    const to = from + batch.headerLength[i]! + batch.payload[i]!;
    const header = batch.version[i] === 4 ? 20 : 0;
    const isWrong = to + header > MAX_PACKET_BYTES || overlaps(packet.ranges, from, to);
    if (packet.ranges.length < 2 * MAX_FRAGMENTS) packet.ranges.push(from, to);
    if (isWrong) packet.wrong++;
    packet.connection ??= connection;
    if (packet.connection === undefined) return;
    packet.connection.wrongFragments += packet.wrong;
    packet.wrong = 0;
  }

  private packetOf({ addresses, identification, protocol, time }: PacketBatch, i: number): Fragmented {
    const at = i * ADDRESS_WORDS;
    const key = `${addresses.subarray(at, at + ADDRESS_WORDS).join(" ")} ${identification[i]} ${protocol[i]}`;
    const known = this.packets.get(key);
    if (known !== undefined && Math.abs(time[i]! - known.start) <= MAX_AGE) return known;
    this.packets.delete(key);
    if (this.packets.size >= MAX_PACKETS) this.packets.delete(this.packets.keys().next().value!);
    const packet: Fragmented = { start: time[i]!, ranges: [], wrong: 0, connection: undefined };
    this.packets.set(key, packet);
    return packet;
  }
}

/** Whether a range shares bytes with one of others, but is none of them. */
function overlaps(ranges: readonly number[], from: number, to: number): boolean {
  for (let k = 0; k < ranges.length; k += 2) {
    const isSame = ranges[k] === from && ranges[k + 1] === to;
    if (!isSame && from < ranges[k + 1]! && to > ranges[k]!) return true;
  }
  return false;
}
