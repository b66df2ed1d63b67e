import { IpProtocol, type PacketSpec, TcpFlag } from "@mlsec/flows";
import type { Random } from "@mlsec/preprocess/numeric";
import { between, chance, logNormal, size } from "./distributions.js";

export const { fin: FIN, syn: SYN, rst: RST, psh: PSH, ack: ACK, urg: URG, ece: ECE, cwr: CWR } = TcpFlag;

/** Microseconds in a second. */
export const SECOND = 1_000_000;
/** Nobody goes on for longer than this, so that captures end. */
const LONGEST = 130 * SECOND;

/** TCP's options by their length: timestamps; in a SYN segment size, scale and selective acknowledgements, and timestamps. */
const OPTIONS: ReadonlyMap<number, Uint8Array> = new Map([
  [12, Uint8Array.of(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1)],
  [20, Uint8Array.of(2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7)],
]);
const WINDOWS_SYN_OPTIONS: Uint8Array = Uint8Array.of(2, 4, 5, 180, 1, 3, 3, 8, 1, 1, 4, 2);

/** What both ends of a conversation agree on. Defaults: two Linux hosts. */
export interface Ends {
  readonly port: number;
  readonly udp?: boolean;
  /** Addresses; by default those that the scene has set. */
  readonly client?: string;
  readonly server?: string;
  /** Default a random one that no server listens at. */
  readonly clientPort?: number;
  /** Bytes of a client's TCP header without SYN: 32 with timestamps (default), 20 without. */
  readonly clientHeader?: 20 | 32;
  readonly serverHeader?: 20 | 32;
  /** Windows in the SYN, and after it; 29,200 then about 229 to 260 by default. */
  readonly clientWindow?: number;
  readonly clientLaterWindow?: number;
  readonly serverWindow?: number;
  readonly serverLaterWindow?: number;
  /** The client offers explicit congestion notification in its SYN. */
  readonly ecn?: boolean;
}

/** One side of a conversation. */
interface Side {
  address: string;
  port: number;
  header: number;
  window: number;
  /** The next sequence number. */
  next: number;
}

/** Two hosts talking: writes the packets of one conversation after another, each with a clock of its own. */
export class Dialogue {
  /** Where conversations take place, unless their ends say so. */
  clientAddress = "";
  serverAddress = "";
  /** When the next packet is sent, in microseconds since 1970-01-01 UTC. */
  clock = 0;
  private began = 0;
  private isFrozen = false;
  private ends: Ends = { port: 0 };
  private readonly near: Side = { address: "", port: 0, header: 32, window: 0, next: 0 };
  private readonly far: Side = { address: "", port: 0, header: 32, window: 0, next: 0 };

  constructor(
    readonly random: Random,
    private readonly packets: PacketSpec[],
  ) {}

  /** Starts a conversation; its connection stands already, unless {@link handshake} follows. */
  begin(ends: Ends): void {
    const { random, near, far } = this;
    this.ends = ends;
    this.began = this.clock;
    this.isFrozen = false;
    near.address = ends.client ?? this.clientAddress;
    far.address = ends.server ?? this.serverAddress;
    near.port = ends.clientPort ?? between(random, 32_768, 65_535);
    far.port = ends.port;
    near.header = ends.clientHeader ?? 32;
    far.header = ends.serverHeader ?? 32;
    near.window = ends.clientLaterWindow ?? 229 + random.below(32);
    far.window = ends.serverLaterWindow ?? 227 + random.below(20);
    near.next = random.uint32();
    far.next = random.uint32();
  }

  /** Microseconds since the conversation began. */
  get elapsed(): number {
    return this.clock - this.began;
  }

  /** Lets time pass: log-normal around `microseconds`, by default rather regular. */
  wait(microseconds: number, spread = 0.3): void {
    this.pass(logNormal(this.random, microseconds, spread));
  }

  /** Lets so much time pass. */
  pass(microseconds: number): void {
    if (!this.isFrozen) this.clock += Math.round(microseconds);
  }

  /** From now on all packets of the conversation have the same time, as where they share an interrupt. */
  freeze(): void {
    this.isFrozen = true;
  }

  /** A packet of the client's. */
  client(payload = 0, flags: number = payload > 0 ? PSH | ACK : ACK): void {
    this.send(this.near, this.far, payload, flags);
  }

  /** A packet of the server's. */
  server(payload = 0, flags: number = payload > 0 ? PSH | ACK : ACK): void {
    this.send(this.far, this.near, payload, flags);
  }

  /** The client's SYN alone: more options, the first window. @param isRepeated whether it is the same once more. */
  knock(isRepeated = false): void {
    const { near, far, ends } = this;
    if (isRepeated) near.next = (near.next - 1) >>> 0;
    const flags = ends.ecn === true ? SYN | ECE | CWR : SYN;
    this.send(near, far, 0, flags, ends.clientWindow ?? 29_200);
  }

  handshake(roundTrip: number): void {
    this.knock();
    this.wait(roundTrip);
    this.greet();
    this.wait(roundTrip / 4 + 5);
    this.client();
  }

  /** The server's SYN and ACK. */
  greet(): void {
    this.send(this.far, this.near, 0, SYN | ACK, this.ends.serverWindow ?? 28_960);
  }

  /** The server's answer where nobody listens. */
  refuse(): void {
    this.far.next = 0;
    this.server(0, RST | ACK);
  }

  /**
   * Ends the connection: a FIN, its acknowledgement, the other FIN, the last acknowledgement. The meter of 2017 takes what
   * follows the first FIN for another flow: two or three packets that look alike whatever went before.
   *
   * @param resets whether some answer the FIN with RST.
   */
  close(by: "client" | "server", roundTrip: number, resets = true): void {
    const { random, near, far } = this;
    const [first, second] = by === "client" ? [near, far] : [far, near];
    this.send(first, second, 0, FIN | ACK);
    this.wait(roundTrip, 0.5);
    const hurry = random.float();
    if (resets && hurry < 0.12) {
      this.send(second, first, 0, RST | ACK);
      return;
    }
    if (hurry < 0.55) {
      this.send(second, first, 0, ACK);
      this.wait(chance(random, 0.5) ? 40 : 900, 0.7);
    }
    this.send(second, first, 0, FIN | ACK);
    this.wait(roundTrip, 0.5);
    this.send(first, second, 0, ACK);
  }

  /** A request and its answer, which comes in segments that the client acknowledges. */
  exchange(request: number, answer: number, roundTrip: number): void {
    this.client(request);
    this.wait(roundTrip, 0.5);
    this.server();
    let left = answer;
    while (left > 0) {
      const segment = Math.min(left, 1448 * (1 + this.random.below(4)));
      this.wait(40, 1.2);
      this.server(segment);
      left -= segment;
      if (this.random.below(2) === 0 || left === 0) {
        this.wait(30, 1.2);
        this.client();
      }
    }
  }

  /** Several exchanges with pauses in between. */
  converse(times: number, request: number, answer: number, roundTrip: number, pause: number): void {
    for (let i = 0; i < times && this.elapsed < LONGEST; i++) {
      if (i > 0) this.wait(pause, 0.8);
      this.exchange(size(this.random, request, 0.3, 1), size(this.random, answer, 0.8), roundTrip);
    }
  }

  /** A message of ICMP between the ends, from client to server or back. */
  message(type: number, payload: number, { code = 0, isAnswer = false, more = {} }: Message = {}): void {
    const [source, destination] = isAnswer ? [this.far, this.near] : [this.near, this.far];
    this.write({
      time: this.clock,
      source: source.address,
      destination: destination.address,
      protocol: IpProtocol.icmp,
      icmpType: type,
      icmpCode: code,
      payload,
      ...more,
    });
  }

  /** A fragment of a packet from client to server. */
  fragment(protocol: number, payload: number, more: Partial<PacketSpec>): void {
    const { near, far } = this;
    this.write({ time: this.clock, ...addresses(near, far), protocol, payload, ...more });
  }

  private send(from: Side, to: Side, payload: number, flags: number, window?: number): void {
    if (this.ends.udp === true) {
      this.write({ time: this.clock, ...addresses(from, to), protocol: IpProtocol.udp, payload });
      return;
    }
    const isSyn = (flags & SYN) !== 0;
    const tcpOptions = optionsOf(from.header, isSyn);
    this.write({
      time: this.clock,
      ...addresses(from, to),
      protocol: IpProtocol.tcp,
      flags,
      sequence: from.next,
      acknowledgement: (flags & ACK) === 0 ? 0 : to.next,
      window: (flags & RST) !== 0 ? 0 : (window ?? from.window),
      ...(tcpOptions !== undefined && { tcpOptions }),
      payload,
    });
    from.next = (from.next + payload + (isSyn ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0)) >>> 0;
  }

  /** A packet takes a few microseconds on the wire, so that no two share a time. */
  private write(packet: PacketSpec): void {
    this.packets.push(packet);
    this.pass(1 + this.random.below(4));
  }
}

interface Message {
  readonly code?: number;
  readonly isAnswer?: boolean;
  readonly more?: Partial<PacketSpec>;
}

function addresses(
  from: Side,
  to: Side,
): Pick<PacketSpec, "source" | "sourcePort" | "destination" | "destinationPort"> {
  return { source: from.address, sourcePort: from.port, destination: to.address, destinationPort: to.port };
}

function optionsOf(header: number, isSyn: boolean): Uint8Array | undefined {
  if (isSyn) return header === 32 ? OPTIONS.get(20) : WINDOWS_SYN_OPTIONS;
  return OPTIONS.get(header - 20);
}
