import type { Random } from "@mlsec/preprocess/numeric";
import { logNormal, size } from "./distributions.js";
import { ACK, CWR, ECE, type PacketTrace, PSH, RST, SYN } from "./packet-trace.js";

/** Microseconds in a second. */
export const SECOND = 1_000_000;
/** No flow lasts longer; a meter cuts it here. */
const LONGEST = 120 * SECOND;
/** The least payload of an Ethernet frame, less an IP header. */
const SMALLEST_SEGMENT = 26;

/** What both ends of a flow agree on. Defaults: two Linux hosts. */
export interface Ends {
  readonly port: number;
  readonly udp?: boolean;
  /** Bytes of a client's header without SYN: 32 with timestamps (default), 20 without. */
  readonly clientHeader?: 20 | 32;
  readonly serverHeader?: 20 | 32;
  /** Windows in the SYN, and after it; 29,200 then about 229 to 260 by default. */
  readonly clientWindow?: number;
  readonly clientLaterWindow?: number;
  readonly serverWindow?: number;
  readonly serverLaterWindow?: number;
  /** Short frames arrive padded to 60 bytes, and the meter takes the padding for payload. */
  readonly padded?: boolean;
  /** The client offers explicit congestion notification in its SYN. */
  readonly ecn?: boolean;
}

/** Two hosts talking: writes the packets of one flow into a trace, with a clock of its own. */
export class Dialogue {
  private clock = 0;
  private clientHeader = 32;
  private serverHeader = 32;
  private clientWindow = 0;
  private serverWindow = 0;
  private padded = false;
  private ends: Ends = { port: 0 };

  constructor(
    readonly random: Random,
    private readonly trace: PacketTrace,
  ) {}

  /** Starts a flow; its connection stands already, unless {@link handshake} follows. */
  begin(ends: Ends): void {
    const udp = ends.udp === true;
    this.trace.clear(ends.port, !udp);
    this.ends = ends;
    this.clock = 0;
    this.clientHeader = udp ? 8 : (ends.clientHeader ?? 32);
    this.serverHeader = udp ? 8 : (ends.serverHeader ?? 32);
    this.clientWindow = ends.clientLaterWindow ?? 229 + this.random.below(32);
    this.serverWindow = ends.serverLaterWindow ?? 227 + this.random.below(20);
    this.padded = ends.padded === true;
  }

  /** Lets time pass: log-normal around `microseconds`, by default rather regular. */
  wait(microseconds: number, spread = 0.3): void {
    this.clock += Math.round(logNormal(this.random, microseconds, spread));
  }

  client(payload = 0, flags: number = payload > 0 ? PSH | ACK : ACK): void {
    const window = (flags & RST) !== 0 ? 0 : this.clientWindow;
    this.send(true, payload, this.clientHeader, flags, window);
  }

  server(payload = 0, flags: number = payload > 0 ? PSH | ACK : ACK): void {
    const window = (flags & RST) !== 0 ? 0 : this.serverWindow;
    this.send(false, payload, this.serverHeader, flags, window);
  }

  /** The client's SYN alone: longer header, first window. */
  knock(): void {
    const header = this.clientHeader === 32 ? 40 : 32;
    const flags = this.ends.ecn === true ? SYN | ECE | CWR : SYN;
    this.send(true, 0, header, flags, this.ends.clientWindow ?? 29_200);
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
    const header = this.serverHeader === 32 ? 40 : 32;
    this.send(false, 0, header, SYN | ACK, this.ends.serverWindow ?? 28_960);
  }

  /** A request and its answer, which comes in segments that the client acknowledges. */
  exchange(request: number, answer: number, roundTrip: number): void {
    this.client(request);
    this.wait(roundTrip, 0.5);
    this.server();
    let left = answer;
    while (left > 0 && !this.trace.full) {
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
    for (let i = 0; i < times && this.clock < LONGEST; i++) {
      if (i > 0) this.wait(pause, 0.8);
      this.exchange(size(this.random, request, 0.3, 1), size(this.random, answer, 0.8), roundTrip);
    }
  }

  /** A packet takes a few microseconds on the wire, so that no two share a time. */
  private send(forward: boolean, payload: number, header: number, flags: number, window: number): void {
    if (this.clock > LONGEST && this.trace.length >= 2) return;
    const time = Math.min(this.clock, LONGEST - 1);
    const seen = this.padded ? Math.max(payload, SMALLEST_SEGMENT - header, 0) : payload;
    this.trace.add(time, forward, seen, header, flags, window);
    this.clock += 1 + this.random.below(4);
  }
}
