import { IpProtocol, type PacketBatch, TcpFlag } from "../packets/packet-batch.js";
import * as C from "./count-fields.js";
import type { CicFixes } from "./fixes.js";
import { FlowKey } from "./flow-key.js";
import type { FlowEnd } from "./flow-record.js";
import { FlowSlab } from "./flow-slab.js";
import { FlowTable } from "./flow-table.js";
import { MeteredPacket } from "./metered-packet.js";
import * as N from "./number-fields.js";
import type { FlowProfile, MeterCounts } from "./options.js";
import type { FlowPlugin } from "./plugin.js";
import { PluginStates } from "./plugin-states.js";
import { RememberedPackets } from "./remembered-packets.js";
import { FlowUpdater } from "./update-flow.js";

/** Flows that are looked at to find one to evict. */
const EVICTION_SAMPLE = 64;
/** How often all flows are looked at for what is older than the timeout, in microseconds. */
const SWEEP_INTERVAL = 5_000_000;
/** Flows that are looked at for each packet, on the average and at most: times that jump must not make every packet a sweep. */
const SWEPT_A_PACKET = 4;

/** Puts packets together to flows by a profile's rules. Flows are given out, one by one, by `onFlow`. */
export class FlowMeter {
  readonly slab: FlowSlab = new FlowSlab();
  readonly plugins: PluginStates;
  private readonly table: FlowTable;
  private readonly key = new FlowKey();
  private readonly packet: MeteredPacket;
  private readonly updater: FlowUpdater;
  private readonly remembered: RememberedPackets;
  private readonly fixes: CicFixes;
  private readonly tally = { metered: 0, notIp: 0, ipv6: 0, fragment: 0, unreadable: 0 };
  private flows = 0;
  private singlePackets = 0;
  private evicted = 0;
  private connections = 0;
  private hand = 0;
  private lastSweep = 0;
  private sinceSweep = 0;

  /** @param onFlow told of a flow that has ended; its place is used for another one afterwards. */
  constructor(
    private readonly profile: FlowProfile,
    private readonly bounds: {
      readonly maxFlows: number;
      readonly maxRememberedPackets: number;
      readonly sweep: boolean;
    },
    plugins: readonly FlowPlugin[],
    private readonly onFlow: (flow: number, end: FlowEnd) => void,
  ) {
    this.fixes = profile.fixes;
    this.table = new FlowTable(this.slab);
    this.packet = new MeteredPacket(profile.fixes, profile.ipv6);
    this.updater = new FlowUpdater(this.slab, profile.fixes, profile.activityTimeout);
    this.remembered = new RememberedPackets(bounds.maxRememberedPackets);
    this.plugins = new PluginStates(plugins);
  }

  add(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) this.addPacket(batch, i);
  }

  /** Gives out all flows that are open, in the order of their begin; stops after each, so that no one need hold them all. */
  *end(): Generator<void> {
    const open = Int32Array.from({ length: this.table.size });
    let count = 0;
    for (let flow = 0; flow < this.slab.used; flow++) if (this.isOpen(flow)) open[count++] = flow;
    const start = (flow: number): number => this.slab.numbersOf(flow)[this.slab.numberBase(flow) + N.START]!;
    for (const flow of open.subarray(0, count).sort((a, b) => start(a) - start(b) || a - b)) {
      this.give(flow, "end");
      yield;
    }
  }

  get counts(): MeterCounts {
    const { metered, notIp, ipv6, fragment, unreadable } = this.tally;
    return {
      packets: metered + notIp + ipv6 + fragment + unreadable,
      metered,
      notIp,
      ipv6,
      fragments: fragment,
      unreadable,
      flows: this.flows,
      singlePackets: this.singlePackets,
      evicted: this.evicted,
      forgotten: this.remembered.forgotten,
    };
  }

  private addPacket(batch: PacketBatch, i: number): void {
    const { packet, key, fixes } = this;
    const ignored = packet.set(batch, i);
    if (ignored !== undefined) {
      this.tally[ignored]++;
      return;
    }
    this.tally.metered++;
    if (this.bounds.sweep) this.sweep(packet.time);
    key.set(batch, i, packet.protocol, packet.sourcePort, packet.destinationPort, !fixes.sameAddressFlows);
    const flow = this.table.find(key);
    if (flow === -1) {
      const isAnswer = fixes.synAckFirst && isSynAck(packet.flags);
      this.begin(batch, i, key.isReversed !== isAnswer, true);
      return;
    }
    const status = this.statusOf(flow);
    const numbers = this.slab.numbersOf(flow);
    const n = this.slab.numberBase(flow);
    const isReady = fixes.tcpStates && (status & C.TCP_STATE) === C.READY;
    const isSyn = (packet.flags & TcpFlag.syn) !== 0;
    if (packet.time - numbers[n + N.START]! > this.profile.flowTimeout) this.split(batch, i, flow, isReady && isSyn);
    else if (isReady && isSyn) this.follow(batch, i, flow, "finished");
    else if (this.isOtherMessage(flow)) this.follow(batch, i, flow, "finished");
    else this.grow(batch, i, flow, status);
  }

  /** Adds a packet to its flow, which may end with it. */
  private grow(batch: PacketBatch, i: number, flow: number, status: number): void {
    const { packet, fixes } = this;
    const isFin = (packet.flags & TcpFlag.fin) !== 0;
    const isForward = this.isForward(status);
    // The meter of 2017 left the time before a FIN out, until the gap that begins a subflow counted as well.
    const hasActivity = fixes.tcpStates || !isFin || (fixes.everyPacket && fixes.subflowGap);
    this.updater.add(flow, packet, isForward, hasActivity);
    this.remember(flow, isForward);
    this.plugins.packet(flow, batch, i, isForward);
    this.noteFin(flow, isForward);
    if (fixes.tcpStates) this.advance(flow, status);
    else if (fixes.bothFins ? this.isEnded(flow) : isFin) this.remove(flow, "finished");
  }

  /** TCP's end: a FIN, FINs of both sides, then an ACK; or RST at any time. Further packets are added until a SYN comes. */
  private advance(flow: number, status: number): void {
    const { flags } = this.packet;
    const state = status & C.TCP_STATE;
    let next = state;
    if ((flags & TcpFlag.fin) !== 0) {
      const counts = this.slab.countsOf(flow);
      const c = this.slab.countBase(flow);
      if (state === 0) next = C.FIRST_FIN;
      else if (state === C.FIRST_FIN && counts[c + C.FWD_FLAGS]! > 0 && counts[c + C.BWD_FLAGS]! > 0)
        next = C.SECOND_FIN;
    } else if ((flags & TcpFlag.rst) !== 0) {
      next = C.READY;
    } else if ((flags & TcpFlag.ack) !== 0 && state === C.SECOND_FIN) {
      next = C.READY;
    }
    if (next !== state) this.setStatus(flow, (status & ~C.TCP_STATE) | next);
  }

  /** Remembers which sides have sent a FIN, where that is what ends a flow. */
  private noteFin(flow: number, isForward: boolean): void {
    const { fixes, packet } = this;
    if (fixes.tcpStates || !fixes.bothFins || (packet.flags & TcpFlag.fin) === 0) return;
    this.setStatus(flow, this.statusOf(flow) | (isForward ? C.FWD_FIN : C.BWD_FIN));
  }

  /** Whether RST has come, or FIN from both sides. */
  private isEnded(flow: number): boolean {
    const both = C.FWD_FIN | C.BWD_FIN;
    return (this.packet.flags & TcpFlag.rst) !== 0 || (this.statusOf(flow) & both) === both;
  }

  /** ICMP of another type and another code than the flow's first message; one of them alone does not count. */
  private isOtherMessage(flow: number): boolean {
    const { icmp } = this.packet;
    if (icmp === -1) return false;
    const first = this.slab.countsOf(flow)[this.slab.countBase(flow) + C.ICMP]!;
    return first >> 8 !== icmp >> 8 && (first & 255) !== (icmp & 255);
  }

  /** Ends a flow by its timeout, and begins one with the packet that came too late for it. */
  private split(batch: PacketBatch, i: number, flow: number, isFinished: boolean): void {
    const { packet, fixes } = this;
    const { protocol, time } = packet;
    const numbers = this.slab.numbersOf(flow);
    const n = this.slab.numberBase(flow);
    const isTcpOrUdp = protocol === IpProtocol.tcp || protocol === IpProtocol.udp;
    const isSilent = protocol === IpProtocol.udp && time - numbers[n + N.LAST]! > this.profile.flowTimeout;
    const isNew = isFinished || isSilent || !isTcpOrUdp;
    if (fixes.directionAfterTimeout && isNew) {
      this.follow(batch, i, flow, isFinished ? "finished" : "timeout");
      return;
    }
    const gap = time - numbers[n + N.LAST]!;
    const duration = numbers[n + N.LAST]! - numbers[n + N.START]!;
    const before = numbers[n + N.CONNECTION_TIME]!;
    const status = this.statusOf(flow);
    const connection = this.slab.countsOf(flow)[this.slab.countBase(flow) + C.CONNECTION]!;
    this.remove(flow, "timeout");
    const next = this.begin(batch, i, (status & C.REVERSED) !== 0, fixes.directionAfterTimeout, connection);
    this.keepId(next, status);
    if (!isTcpOrUdp) return;
    this.slab.numbersOf(next)[this.slab.numberBase(next) + N.CONNECTION_TIME] = before + duration + gap;
  }

  /** Ends a flow, and begins one in the direction of the packet. */
  private follow(batch: PacketBatch, i: number, flow: number, end: FlowEnd): void {
    const before = this.statusOf(flow);
    this.remove(flow, end);
    const isAnswer = this.fixes.synAckFirst && isSynAck(this.packet.flags);
    const next = this.begin(batch, i, this.key.isReversed !== isAnswer, true);
    this.keepId(next, before);
  }

  /** The meter files flows under the identifier that the first one between these ports had, whatever their direction. */
  private keepId(flow: number, before: number): void {
    this.setStatus(flow, (this.statusOf(flow) & ~C.REVERSED_ID) | (before & C.REVERSED_ID));
  }

  /**
   * Begins a flow with a packet.
   *
   * @param isReversed whether it goes from the key's second address to the first.
   * @param hasDirection whether the packet has its own direction; else it is forward.
   * @param connection of which connection it is; default a new one.
   */
  private begin(batch: PacketBatch, i: number, isReversed: boolean, hasDirection: boolean, connection = -1): number {
    if (this.table.size >= this.bounds.maxFlows) this.evict();
    const { slab, key, packet } = this;
    const flow = slab.take();
    const counts = slab.countsOf(flow);
    const c = slab.countBase(flow);
    counts.set(key.words, c + C.KEY);
    counts[c + C.HASH] = key.hash;
    counts[c + C.CONNECTION] = connection === -1 ? ++this.connections : connection;
    const status = isReversed ? C.REVERSED | C.REVERSED_ID : 0;
    counts[c + C.STATUS] = status;
    this.table.add(flow);
    const isForward = !hasDirection || this.isForward(status);
    this.updater.first(flow, packet, isForward);
    this.noteFin(flow, isForward);
    this.remember(flow, isForward);
    this.plugins.start(flow, batch, i, isForward);
    return flow;
  }

  /** A packet is forward where it comes from the flow's source, whatever the port: between ports of one address, always. */
  private isForward(status: number): boolean {
    const { key } = this;
    return key.isSameAddress || key.isReversed === ((status & C.REVERSED) !== 0);
  }

  private remember(flow: number, isForward: boolean): void {
    const { packet } = this;
    // Others have no such columns.
    if (packet.protocol !== IpProtocol.tcp || this.profile.name !== "cic-fixed") return;
    const counts = this.slab.countsOf(flow);
    const c = this.slab.countBase(flow);
    const { sequence, acknowledgement, payload, window } = packet;
    const connection = counts[c + C.CONNECTION]!;
    if (!this.remembered.add(connection, isForward, sequence, acknowledgement, (payload << 16) | window)) return;
    const at = c + (isForward ? C.FWD_RETRANSMISSIONS : C.BWD_RETRANSMISSIONS);
    counts[at] = counts[at]! + 1;
  }

  /** Gives a flow out, unless that was done, and frees its place. */
  private remove(flow: number, end: FlowEnd): void {
    if ((this.statusOf(flow) & C.GIVEN_OUT) === 0) this.give(flow, end);
    this.table.remove(flow);
    this.setStatus(flow, FREE);
    this.slab.give(flow);
  }

  private give(flow: number, end: FlowEnd): void {
    const counts = this.slab.countsOf(flow);
    const c = this.slab.countBase(flow);
    if (!this.fixes.onePacketFlows && counts[c + C.FWD_PACKETS]! + counts[c + C.BWD_PACKETS]! < 2) {
      this.singlePackets++;
      return;
    }
    this.addConnectionTime(flow, 1);
    this.flows++;
    this.onFlow(flow, end);
    // What follows of its connection is counted from what was before.
    this.addConnectionTime(flow, -1);
  }

  private addConnectionTime(flow: number, sign: number): void {
    const protocol = this.slab.countsOf(flow)[this.slab.countBase(flow) + C.PROTOCOL]! & 255;
    if (protocol !== IpProtocol.tcp && protocol !== IpProtocol.udp) return;
    const numbers = this.slab.numbersOf(flow);
    const n = this.slab.numberBase(flow);
    const duration = numbers[n + N.LAST]! - numbers[n + N.START]!;
    numbers[n + N.CONNECTION_TIME] = numbers[n + N.CONNECTION_TIME]! + sign * duration;
  }

  private evict(): void {
    let oldest = -1;
    let oldestLast = Number.POSITIVE_INFINITY;
    for (let looked = 0; looked < EVICTION_SAMPLE || oldest === -1; looked++) {
      const flow = this.nextPlace();
      if (this.statusOf(flow) === FREE) continue;
      const last = this.slab.numbersOf(flow)[this.slab.numberBase(flow) + N.LAST]!;
      const isGiven = (this.statusOf(flow) & C.GIVEN_OUT) !== 0;
      if (isGiven || last < oldestLast) [oldest, oldestLast] = [flow, isGiven ? Number.NEGATIVE_INFINITY : last];
    }
    if ((this.statusOf(oldest) & C.GIVEN_OUT) === 0) this.evicted++;
    this.remove(oldest, "evicted");
  }

  /** Gives out what no packet can join any more, and forgets it once it has been silent for as long. */
  private sweep(now: number): void {
    this.sinceSweep++;
    if (Math.abs(now - this.lastSweep) < SWEEP_INTERVAL) return;
    if (this.sinceSweep * SWEPT_A_PACKET < this.slab.used) return;
    this.lastSweep = now;
    this.sinceSweep = 0;
    const { flowTimeout } = this.profile;
    for (let flow = 0; flow < this.slab.used; flow++) {
      const status = this.statusOf(flow);
      if (status === FREE) continue;
      const numbers = this.slab.numbersOf(flow);
      const n = this.slab.numberBase(flow);
      if (!(now - numbers[n + N.START]! > flowTimeout)) continue;
      if (now - numbers[n + N.LAST]! > flowTimeout) this.remove(flow, "timeout");
      else if ((status & C.GIVEN_OUT) === 0) {
        this.give(flow, "timeout");
        this.setStatus(flow, status | C.GIVEN_OUT);
      }
    }
  }

  private nextPlace(): number {
    this.hand = this.hand + 1 < this.slab.used ? this.hand + 1 : 0;
    return this.hand;
  }

  private isOpen(flow: number): boolean {
    const status = this.statusOf(flow);
    return status !== FREE && (status & C.GIVEN_OUT) === 0;
  }

  private statusOf(flow: number): number {
    return this.slab.countsOf(flow)[this.slab.countBase(flow) + C.STATUS]!;
  }

  private setStatus(flow: number, status: number): void {
    this.slab.countsOf(flow)[this.slab.countBase(flow) + C.STATUS] = status;
  }
}

/** The status of a place without a flow. */
const FREE = -1;

function isSynAck(flags: number): boolean {
  return (flags & (TcpFlag.syn | TcpFlag.ack)) === (TcpFlag.syn | TcpFlag.ack);
}
