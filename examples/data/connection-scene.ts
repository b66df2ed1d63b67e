import type { Random } from "@mlsec/preprocess/numeric";
import { type Connection, isSilent } from "./connection.js";
import { between, popular } from "./distributions.js";
import { portOf, serviceOf } from "./services.js";

/**
 * A connection as a script writes it: what is left out is empty, zero, or `SF`. What a connection that was never
 * established would have carried is ignored.
 */
export type ConnectionDraft = Pick<Connection, "destination"> & Partial<Omit<Connection, "service" | "port" | "time">>;

/** Where a script of traffic plays: it has a clock, draws random numbers and reports connections. */
export class Scene {
  readonly connections: Connection[] = [];

  /** @param clock the second at which the next connection starts. */
  constructor(
    readonly random: Random,
    private clock = 0,
  ) {}

  startAt(second: number): void {
    this.clock = second;
  }

  /** Lets an exponentially distributed time pass. @param mean in seconds. */
  wait(mean: number): void {
    this.clock += mean * this.random.exponential();
  }

  /** A connection to a named service, over its own protocol. */
  connect(service: string, draft: ConnectionDraft): void {
    const port = portOf(service);
    const protocol = port >= 100_000 ? "icmp" : service.endsWith("_u") ? "udp" : "tcp";
    this.report(port, service, { protocol, ...draft });
  }

  /** A connection to a port by number. */
  connectPort(port: number, draft: ConnectionDraft): void {
    this.report(port, serviceOf(draft.protocol ?? "tcp", port), draft);
  }

  private report(port: number, service: string, draft: ConnectionDraft): void {
    const protocol = draft.protocol ?? "tcp";
    const flag = draft.flag ?? "SF";
    const silent = isSilent(flag);
    this.connections.push({
      time: this.clock,
      destination: draft.destination,
      sourcePort: draft.sourcePort ?? (protocol === "icmp" ? 0 : between(this.random, 1024, 65535)),
      port,
      protocol,
      service,
      flag,
      duration: silent ? 0 : (draft.duration ?? 0),
      srcBytes: silent ? 0 : (draft.srcBytes ?? 0),
      dstBytes: silent ? 0 : (draft.dstBytes ?? 0),
      content: silent ? { land: draft.content?.land ?? 0 } : (draft.content ?? {}),
    });
  }
}

/** The hosts of the simulated network, by what they serve. */
export const hosts = {
  web: (random: Random): number => popular(random, 80),
  /** A web server that is down. */
  down: (random: Random): number => 90 + random.below(6),
  mail: (random: Random): number => 100 + popular(random, 12),
  names: (random: Random): number => 120 + random.below(3),
  files: (random: Random): number => 130 + random.below(10),
  unix: (random: Random): number => 150 + popular(random, 30),
  desktop: (random: Random): number => 200 + random.below(200),
  /** Somewhere on the internet. */
  remote: (random: Random): number => 1000 + random.below(4000),
} as const;
