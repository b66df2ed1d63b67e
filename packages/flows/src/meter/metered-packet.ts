import { IpProtocol, type PacketBatch, PacketNote } from "../packets/packet-batch.js";
import type { CicFixes } from "./fixes.js";

/** Why a packet belongs to no flow. */
export type Ignored = "notIp" | "ipv6" | "fragment" | "unreadable";

/** A packet as the meter sees it. One object is set anew for every packet. */
export class MeteredPacket {
  time = 0;
  /** 0 for protocols that the meter does not tell apart. */
  protocol = 0;
  sourcePort = 0;
  destinationPort = 0;
  flags = 0;
  window = 0;
  sequence = 0;
  acknowledgement = 0;
  payload = 0;
  header = 0;
  /** 256 × type + code of ICMP, else −1. */
  icmp = -1;
  private lastTcpHeader = 0;

  constructor(
    private readonly fixes: CicFixes,
    private readonly takesIpv6: boolean,
  ) {}

  /** Reads packet i of a batch. @returns why it is left out; undefined where it is not. */
  set(batch: PacketBatch, i: number): Ignored | undefined {
    const version = batch.version[i]!;
    const notes = batch.notes[i]!;
    if (version === 0) return notes === 0 ? "notIp" : "unreadable";
    if (version === 6 && !this.takesIpv6) return "ipv6";
    if ((notes & PacketNote.laterFragment) !== 0) return "fragment";
    const { fixes } = this;
    const protocol = batch.protocol[i]!;
    this.time = batch.time[i]!;
    this.icmp = -1;
    if (protocol === IpProtocol.tcp || protocol === IpProtocol.udp) {
      this.withPorts(batch, i, protocol);
      this.payload = fixes.unpaddedPayload
        ? batch.payload[i]!
        : batch.length[i]! - (batch.payloadStart[i]! - batch.frameStart[i]!);
      this.header = batch.headerLength[i]!;
      if (protocol === IpProtocol.tcp) {
        this.flags = batch.flags[i]!;
        this.window = batch.window[i]!;
        this.sequence = batch.sequence[i]!;
        this.acknowledgement = batch.acknowledgement[i]!;
        this.lastTcpHeader = this.header;
        return undefined;
      }
      if (!fixes.udpHeaders) this.header = this.lastTcpHeader;
      this.withoutTcp();
    } else {
      this.other(batch, i, protocol);
    }
    return undefined;
  }

  private other(batch: PacketBatch, i: number, protocol: number): void {
    const { fixes } = this;
    this.protocol = 0;
    this.sourcePort = 0;
    this.destinationPort = 0;
    this.payload = 0;
    this.header = 0;
    this.withoutTcp();
    if ((protocol === IpProtocol.icmp || protocol === IpProtocol.icmpV6) && fixes.icmp) {
      this.protocol = protocol;
      this.icmp = batch.icmpType[i]! * 256 + batch.icmpCode[i]!;
    } else if (protocol === IpProtocol.igmp && fixes.igmp) {
      this.protocol = protocol;
    } else if (protocol === IpProtocol.sctp && fixes.sctp) {
      this.withPorts(batch, i, protocol);
      this.payload = batch.payload[i]!;
      this.header = batch.headerLength[i]!;
    }
  }

  private withPorts(batch: PacketBatch, i: number, protocol: number): void {
    this.protocol = protocol;
    this.sourcePort = batch.sourcePort[i]!;
    this.destinationPort = batch.destinationPort[i]!;
  }

  private withoutTcp(): void {
    this.flags = 0;
    this.window = this.fixes.zeroWindows ? 0 : -1;
    this.sequence = 0;
    this.acknowledgement = 0;
  }
}
