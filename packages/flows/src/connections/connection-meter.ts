import * as C from "../meter/count-fields.js";
import { FlowKey } from "../meter/flow-key.js";
import { FlowSlab } from "../meter/flow-slab.js";
import { FlowTable } from "../meter/flow-table.js";
import { ipv4Text, ipv6Text } from "../packets/addresses.js";
import { IpProtocol, type PacketBatch, PacketNote, TcpFlag } from "../packets/packet-batch.js";
import type { ConnectionRecord } from "../records/connection-record.js";
import { Connection, type ConnectionSides } from "./connection.js";
import { FragmentedPackets } from "./fragmented-packets.js";
import { portsOf, protocolName } from "./protocol-keys.js";
import { addTcpPacket, isReuse } from "./tcp-machine.js";

/** Zeek's inactivity timeouts, in microseconds. */
const TCP_INACTIVITY = 300_000_000;
const OTHER_INACTIVITY = 60_000_000;
/** How often all connections are looked at for what has timed out, in microseconds. */
const SWEEP_INTERVAL = 5_000_000;
/** Connections that are looked at for each packet, on the average and at most: see the flow meter. */
const SWEPT_A_PACKET = 4;
/** Connections that are looked at to find one to evict. */
const EVICTION_SAMPLE = 64;

/** Packets by what became of them. */
export interface ConnectionCounts {
  readonly packets: number;
  /** Packets that are in a connection. */
  readonly counted: number;
  readonly notIp: number;
  /** Later fragments, which have no ports. */
  readonly fragments: number;
  readonly unreadable: number;
  readonly connections: number;
  /** Connections that were given out to make room. */
  readonly evicted: number;
}

/** Puts packets together to connections by Zeek's rules. */
export class ConnectionMeter {
  private readonly slab = new FlowSlab(0);
  private readonly table = new FlowTable(this.slab);
  private readonly key = new FlowKey();
  private readonly fragmented = new FragmentedPackets();
  private readonly open: (Connection | undefined)[] = [];
  private readonly tally = { counted: 0, notIp: 0, fragments: 0, unreadable: 0, connections: 0, evicted: 0 };
  private hand = 0;
  private lastSweep = 0;
  private sinceSweep = 0;

  constructor(
    private readonly maxConnections: number,
    private readonly serverPorts: ReadonlySet<number>,
    private readonly onRecord: (record: ConnectionRecord) => void,
  ) {}

  get counts(): ConnectionCounts {
    const { counted, notIp, fragments, unreadable } = this.tally;
    return { packets: counted + notIp + fragments + unreadable, ...this.tally };
  }

  add(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) this.addPacket(batch, i);
  }

  /** Gives out what is still open, in the order of its begin; stops after each, so that no one need hold them all. */
  *end(): Generator<void> {
    const left = Int32Array.from({ length: this.table.size });
    let count = 0;
    for (let place = 0; place < this.open.length; place++) if (this.open[place] !== undefined) left[count++] = place;
    const start = (place: number): number => this.open[place]!.start;
    for (const place of left.sort((a, b) => start(a) - start(b) || a - b)) {
      this.remove(place);
      yield;
    }
  }

  private addPacket(batch: PacketBatch, i: number): void {
    const notes = batch.notes[i]!;
    if (batch.version[i] === 0) {
      this.tally[notes === 0 ? "notIp" : "unreadable"]++;
      return;
    }
    if ((notes & PacketNote.laterFragment) !== 0) {
      this.tally.fragments++;
      this.fragmented.add(batch, i);
      return;
    }
    this.tally.counted++;
    const protocol = batch.protocol[i]!;
    const time = batch.time[i]!;
    this.sweep(time);
    const { key } = this;
    const [sourcePort, destinationPort] = portsOf(batch, i);
    key.set(batch, i, protocol, sourcePort, destinationPort, false);
    let place = this.table.find(key);
    if (place !== -1 && this.hasEnded(this.open[place]!, batch, i)) {
      this.remove(place);
      place = -1;
    }
    if (place === -1) place = this.begin(batch, i, sourcePort, destinationPort);
    const connection = this.open[place]!;
    if ((notes & PacketNote.moreFragments) !== 0) this.fragmented.add(batch, i, connection);
    this.count(connection, batch, i);
  }

  private count(connection: Connection, batch: PacketBatch, i: number): void {
    const isOrigin = this.key.isReversed === connection.isReversed;
    const payload = batch.payload[i]!;
    const side = isOrigin ? connection.origin : connection.responder;
    side.packets++;
    side.frameBytes += batch.length[i]!;
    if (isOrigin) connection.originBytes += payload;
    else connection.responderBytes += payload;
    if (connection.protocol !== IpProtocol.tcp) {
      connection.last = batch.time[i]!;
      return;
    }
    if ((batch.flags[i]! & TcpFlag.urg) !== 0) connection.urgentPackets++;
    addTcpPacket(connection, batch, i, isOrigin);
  }

  private hasEnded(connection: Connection, batch: PacketBatch, i: number): boolean {
    if (this.hasExpired(connection, batch.time[i]!)) return true;
    return connection.protocol === IpProtocol.tcp && isReuse(connection, batch, i);
  }

  private hasExpired(connection: Connection, time: number): boolean {
    const inactivity = connection.protocol === IpProtocol.tcp ? TCP_INACTIVITY : OTHER_INACTIVITY;
    return time >= connection.expires || time - connection.last >= inactivity;
  }

  private begin(batch: PacketBatch, i: number, sourcePort: number, destinationPort: number): number {
    if (this.table.size >= this.maxConnections) this.evict();
    const { key, slab } = this;
    const place = slab.take();
    const counts = slab.countsOf(place);
    const c = slab.countBase(place);
    counts.set(key.words, c + C.KEY);
    counts[c + C.HASH] = key.hash;
    this.table.add(place);
    const isAnswer = this.isAnswer(batch, i, sourcePort, destinationPort);
    this.open[place] = new Connection(batch.protocol[i]!, batch.time[i]!, key.isReversed !== isAnswer);
    return place;
  }

  /** Whether a first packet comes from the side that did not begin: SYN with ACK, or from a port at which servers listen. */
  private isAnswer(batch: PacketBatch, i: number, sourcePort: number, destinationPort: number): boolean {
    const protocol = batch.protocol[i]!;
    if (protocol !== IpProtocol.tcp && protocol !== IpProtocol.udp) return false;
    const isServer = this.serverPorts.has(sourcePort);
    const isClient = !this.serverPorts.has(destinationPort);
    if (protocol === IpProtocol.udp) return isServer && isClient && !isToMany(batch, i);
    const flags = batch.flags[i]!;
    if ((flags & TcpFlag.syn) !== 0) return (flags & TcpFlag.ack) !== 0;
    return isServer && (isClient || sourcePort < destinationPort);
  }

  private remove(place: number): void {
    const connection = this.open[place]!;
    this.tally.connections++;
    this.onRecord(connection.record(this.sidesOf(place, connection)));
    this.table.remove(place);
    this.open[place] = undefined;
    this.slab.give(place);
  }

  private sidesOf(place: number, { isReversed, protocol }: Connection): ConnectionSides {
    const counts = this.slab.countsOf(place);
    const key = this.slab.countBase(place) + C.KEY;
    const address = (at: number): string => {
      const [a, b, c, d] = [counts[key + at]!, counts[key + at + 1]!, counts[key + at + 2]!, counts[key + at + 3]!];
      return counts[key + 9]! >>> 8 === 6 ? ipv6Text(a, b, c, d) : ipv4Text(a);
    };
    const ports = counts[key + 8]!;
    const sides = [
      { address: address(0), port: ports >>> 16 },
      { address: address(4), port: ports & 0xffff },
    ] as const;
    const [source, destination] = isReversed ? [sides[1], sides[0]] : sides;
    return {
      protocol: protocolName(protocol),
      source: source.address,
      sourcePort: source.port,
      destination: destination.address,
      destinationPort: destination.port,
    };
  }

  private sweep(time: number): void {
    this.sinceSweep++;
    if (Math.abs(time - this.lastSweep) < SWEEP_INTERVAL) return;
    if (this.sinceSweep * SWEPT_A_PACKET < this.slab.used) return;
    this.lastSweep = time;
    this.sinceSweep = 0;
    for (let place = 0; place < this.slab.used; place++) {
      const connection = this.open[place];
      if (connection !== undefined && this.hasExpired(connection, time)) this.remove(place);
    }
  }

  /** Of some connections, taken in turn, the one that has been silent longest. */
  private evict(): void {
    let oldest = -1;
    for (let looked = 0; looked < EVICTION_SAMPLE || oldest === -1; looked++) {
      const place = this.nextPlace();
      const connection = this.open[place];
      if (connection === undefined) continue;
      if (oldest === -1 || connection.last < this.open[oldest]!.last) oldest = place;
    }
    this.tally.evicted++;
    this.remove(oldest);
  }

  private nextPlace(): number {
    this.hand = this.hand + 1 < this.slab.used ? this.hand + 1 : 0;
    return this.hand;
  }
}

/** A multicast or broadcast address of IPv4, or a multicast one of IPv6: nobody can answer from it. */
function isToMany({ addresses, version }: PacketBatch, i: number): boolean {
  const first = addresses[i * 8 + 4]!;
  return version[i] === 6 ? first >>> 24 === 0xff : first >>> 28 === 0xe || first === -1;
}
