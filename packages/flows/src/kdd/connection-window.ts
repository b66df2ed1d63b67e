/** A connection by the numbers of what it is compared by. */
export interface WindowEntry {
  /** When it began, in microseconds; never before the one that was taken in before it. */
  readonly time: number;
  readonly host: number;
  readonly service: number;
  /** Of the host with the service. */
  readonly pair: number;
  /** Of the host with the port that the connection came from. */
  readonly hostPort: number;
  readonly error: ErrorKind;
}

/** Whether a connection counts as a SYN error, as a rejection, or as neither. */
export type ErrorKind = 0 | 1 | 2;
export const SYN_ERROR: ErrorKind = 1;
export const REJECTION: ErrorKind = 2;

/** Counts by number, of which there may be more and more. */
class Counts {
  private values: Int32Array = new Int32Array(64);

  get(id: number): number {
    return id < this.values.length ? this.values[id]! : 0;
  }

  /** Adds to a count and returns it. */
  add(id: number, by: number): number {
    if (id >= this.values.length) this.grow(id);
    this.values[id]! += by;
    return this.values[id]!;
  }

  private grow(id: number): void {
    const values = new Int32Array(2 * (id + 1));
    values.set(this.values);
    this.values = values;
  }
}

/**
 * The last connections, oldest first, with the counts that the window features are made of. Each of them costs the same to take
 * in and to let go, however long the window.
 */
export class ConnectionWindow {
  readonly ofHost: Counts = new Counts();
  readonly ofService: Counts = new Counts();
  readonly ofPair: Counts = new Counts();
  readonly ofHostPort: Counts = new Counts();
  readonly synErrorsOfHost: Counts = new Counts();
  readonly synErrorsOfService: Counts = new Counts();
  readonly rejectionsOfHost: Counts = new Counts();
  readonly rejectionsOfService: Counts = new Counts();
  /** Distinct services of a host, and distinct hosts of a service. */
  readonly servicesOfHost: Counts = new Counts();
  readonly hostsOfService: Counts = new Counts();
  private readonly entries: (WindowEntry | undefined)[];
  private first = 0;
  private held = 0;

  /** @param capacity the most connections that are held. */
  constructor(
    readonly capacity: number,
    private readonly letGo: (entry: WindowEntry) => void,
  ) {
    this.entries = new Array<WindowEntry | undefined>(Math.min(capacity, 1024));
  }

  /** Takes a connection in, in the place of the oldest where the window is full. */
  add(entry: WindowEntry): void {
    if (this.held === this.capacity) this.dropOldest();
    if (this.held === this.entries.length) this.grow();
    let at = this.first + this.held;
    if (at >= this.entries.length) at -= this.entries.length;
    this.entries[at] = entry;
    this.held++;
    this.count(entry, 1);
  }

  /** Lets go of what began before a time. */
  dropBefore(time: number): void {
    while (this.held > 0 && this.entries[this.first]!.time < time) this.dropOldest();
  }

  private dropOldest(): void {
    const entry = this.entries[this.first]!;
    this.entries[this.first] = undefined;
    this.first = this.first + 1 === this.entries.length ? 0 : this.first + 1;
    this.held--;
    this.count(entry, -1);
    this.letGo(entry);
  }

  private count({ host, service, pair, hostPort, error }: WindowEntry, by: 1 | -1): void {
    this.ofHost.add(host, by);
    this.ofService.add(service, by);
    this.ofHostPort.add(hostPort, by);
    const ofPair = this.ofPair.add(pair, by);
    if (by === 1 ? ofPair === 1 : ofPair === 0) {
      this.servicesOfHost.add(host, by);
      this.hostsOfService.add(service, by);
    }
    if (error === SYN_ERROR) {
      this.synErrorsOfHost.add(host, by);
      this.synErrorsOfService.add(service, by);
    } else if (error === REJECTION) {
      this.rejectionsOfHost.add(host, by);
      this.rejectionsOfService.add(service, by);
    }
  }

  private grow(): void {
    const { entries } = this;
    const inOrder = [...entries.slice(this.first), ...entries.slice(0, this.first)];
    for (const [at, entry] of inOrder.entries()) entries[at] = entry;
    this.first = 0;
    entries.length = Math.min(this.capacity, 2 * entries.length);
  }
}
