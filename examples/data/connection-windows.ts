import { type Connection, isRejection, isSynError } from "./connection.js";

/** What one window says about the connection that entered it last, itself included. Rates are in steps of 0.01. */
export interface WindowSummary {
  readonly count: number;
  readonly synErrorRate: number;
  readonly rejectionRate: number;
  /** Share that agrees with the connection in the other key: same service among one host, same host among one service. */
  readonly sameRate: number;
  /** Distinct values of the other key over the count; 0 where there is only one. */
  readonly distinctRate: number;
  readonly sameSourcePortRate: number;
}

/** Which connections a window remembers: those that share `key`, told apart by `other`, within both limits. */
export interface WindowRule {
  readonly key: "destination" | "port";
  readonly other: "destination" | "port";
  readonly seconds: number;
  readonly most: number;
}

/**
 * The recent past, one queue per destination host or per service. These windows are what the traffic features of KDD'99
 * count over (Lee and Stolfo, "A framework for constructing features and models for intrusion detection systems", 2000):
 * every feature of a row is derived from the simulated connections before it, and so agrees with the others.
 */
export class RecentConnections {
  private readonly queues = new Map<number, ConnectionQueue>();

  constructor(private readonly rule: WindowRule) {}

  /** Adds a connection that is not older than any before it; returns the queue that it went to. */
  add(connection: Connection): ConnectionQueue {
    const key = connection[this.rule.key];
    let queue = this.queues.get(key);
    if (queue === undefined) {
      queue = new ConnectionQueue(this.rule);
      this.queues.set(key, queue);
    }
    queue.add(connection);
    return queue;
  }
}

/** The connections of one host or service that its window still remembers, and their tallies. */
export class ConnectionQueue {
  private readonly items: Connection[] = [];
  private head = 0;
  private synErrors = 0;
  private rejections = 0;
  private readonly others = new Map<number, number>();
  private readonly sourcePorts = new Map<number, number>();

  constructor(private readonly rule: WindowRule) {}

  add(connection: Connection): void {
    this.items.push(connection);
    this.tally(connection, 1);
    const oldest = connection.time - this.rule.seconds;
    while (this.items[this.head]!.time < oldest || this.items.length - this.head > this.rule.most) {
      this.tally(this.items[this.head]!, -1);
      this.head++;
    }
  }

  /** The window as the connection added last sees it. */
  summary(): WindowSummary {
    const connection = this.items[this.items.length - 1]!;
    const count = this.items.length - this.head;
    const rate = (part: number): number => Math.round((100 * part) / count) / 100;
    return {
      count,
      synErrorRate: rate(this.synErrors),
      rejectionRate: rate(this.rejections),
      sameRate: rate(this.others.get(connection[this.rule.other])!),
      distinctRate: this.others.size === 1 ? 0 : rate(this.others.size),
      sameSourcePortRate: rate(this.sourcePorts.get(connection.sourcePort)!),
    };
  }

  private tally(connection: Connection, step: 1 | -1): void {
    if (isSynError(connection.flag)) this.synErrors += step;
    if (isRejection(connection.flag)) this.rejections += step;
    addTo(this.others, connection[this.rule.other], step);
    addTo(this.sourcePorts, connection.sourcePort, step);
  }
}

function addTo(counts: Map<number, number>, key: number, step: number): void {
  const count = (counts.get(key) ?? 0) + step;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
