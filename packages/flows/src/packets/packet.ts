import { addressText } from "./addresses.js";
import { ADDRESS_WORDS, type PacketBatch } from "./packet-batch.js";
import { type PacketSource, type ReadPacketsOptions, readPacketBatches } from "./read-packets.js";

/** One packet as an object. Fields mean what the columns of `PacketBatch` of the same names do. */
export interface Packet {
  /** In the capture, from 1. */
  readonly number: number;
  readonly time: number;
  readonly nanoseconds: number;
  readonly interfaceId: number;
  readonly linkType: number;
  readonly length: number;
  readonly captured: number;
  readonly notes: number;
  /** Null where there is none. */
  readonly vlan: number | null;
  readonly tunnels: number;
  /** 4 or 6; 0 for what is no IP or could not be read, whose fields below say nothing. */
  readonly version: number;
  /** As text; empty where `version` is 0. */
  readonly source: string;
  readonly destination: string;
  readonly ipLength: number;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmpType: number;
  readonly icmpCode: number;
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly window: number;
  readonly headerLength: number;
  readonly payload: number;
  /** A copy of the frame as far as it was captured. */
  readonly frame: Uint8Array;
}

/** Packet i of a batch as an object of its own, which stays as it is. */
export function packetOf(batch: PacketBatch, i: number): Packet {
  const version = batch.version[i]!;
  const isIp = version !== 0;
  const isTcp = isIp && batch.protocol[i] === 6;
  const vlan = batch.vlan[i]!;
  const start = batch.frameStart[i]!;
  const from = i * ADDRESS_WORDS;
  return {
    number: batch.firstNumber + i,
    time: batch.time[i]!,
    nanoseconds: batch.nanoseconds[i]!,
    interfaceId: batch.interfaceId[i]!,
    linkType: batch.linkType[i]!,
    length: batch.length[i]!,
    captured: batch.captured[i]!,
    notes: batch.notes[i]!,
    vlan: vlan < 0 ? null : vlan,
    tunnels: batch.tunnels[i]!,
    version,
    source: isIp ? addressText(version, batch.addresses, from) : "",
    destination: isIp ? addressText(version, batch.addresses, from + 4) : "",
    ipLength: isIp ? batch.ipLength[i]! : 0,
    protocol: batch.protocol[i]!,
    sourcePort: isIp ? batch.sourcePort[i]! : 0,
    destinationPort: isIp ? batch.destinationPort[i]! : 0,
    icmpType: isIp ? batch.icmpType[i]! : 0,
    icmpCode: isIp ? batch.icmpCode[i]! : 0,
    flags: isTcp ? batch.flags[i]! : 0,
    sequence: isTcp ? batch.sequence[i]! : 0,
    acknowledgement: isTcp ? batch.acknowledgement[i]! : 0,
    window: isTcp ? batch.window[i]! : 0,
    headerLength: isIp ? batch.headerLength[i]! : 0,
    payload: isIp ? batch.payload[i]! : 0,
    frame: batch.bytes.slice(start, start + batch.captured[i]!),
  };
}

/**
 * Reads a capture packet by packet, as objects of their own. For the reading of millions `readPacketBatches` is the faster
 * way: it makes no object a packet.
 *
 * @throws as `readPacketBatches`.
 */
export async function* readPackets(source: PacketSource, options: ReadPacketsOptions = {}): AsyncGenerator<Packet> {
  for await (const batch of readPacketBatches(source, options)) {
    // Objects before the first is handed out: whoever takes one may be slow, and the batch is not theirs.
    for (let i = 0; i < batch.count; i++) yield packetOf(batch, i);
  }
}
