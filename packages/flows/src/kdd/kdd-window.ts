import { MlsecError } from "@mlsec/preprocess";
import type { ConnectionRecord } from "../records/connection-record.js";
import { ConnectionWindow, type ErrorKind, REJECTION, SYN_ERROR, type WindowEntry } from "./connection-window.js";
import { type KddFlag, type KddFlagOptions, kddFlag, REJECTIONS, SYN_ERRORS } from "./flags.js";
import { COMPUTED_FEATURES, type KddBatch, KddRows } from "./kdd-rows.js";
import { Numbering } from "./numbering.js";
import { exactRate, roundedRate } from "./rate.js";
import { type KddServiceOptions, kddService } from "./services.js";
import { WaitingRecords } from "./waiting-records.js";

export interface KddOptions extends KddServiceOptions {
  /**
   * How much later than a record that began after it a record may come, in seconds; default 60. Logs tell of connections when
   * these have ended, and so out of order; a row is given out once a record has come that began this much later, and so that
   * nothing can come before it any more. (A record from a clock that is ahead makes those after it late.) 0 takes records in the order in which they come, and gives each row at once.
   */
  readonly lateness?: number | undefined;
  /**
   * What becomes of records that come later than that: they count as having begun when the last row's did (`"keep"`, the
   * default), or have no row (`"drop"`). `counts.late` has their number.
   */
  readonly late?: "keep" | "drop" | undefined;
  /** Seconds of the window of time, its bounds included; default 2. */
  readonly seconds?: number | undefined;
  /** Most connections in the window of time; default 511, as the data show. */
  readonly recentConnections?: number | undefined;
  /** Connections in the window of connections; default 255, as the data show. */
  readonly hostConnections?: number | undefined;
  /** Whether rates have two decimals, as in the data (default), or as many as there are. */
  readonly rates?: "rounded" | "exact" | undefined;
  /** Flags of states that KDD has not. */
  readonly flags?: KddFlagOptions | undefined;
  /** Most records that wait for those that may come before them; default 262,144. Beyond it the earliest no longer waits. */
  readonly maxWaiting?: number | undefined;
}

/** What became of records. */
export interface KddCounts {
  /** All that came. */
  readonly records: number;
  /** Rows given out or ready. */
  readonly rows: number;
  /** Records that came later than `lateness` allows. */
  readonly late: number;
  /** Rows made before their time, because of `maxWaiting`. */
  readonly early: number;
  /** Records without a time (NaN), which have no place in a window and no row. */
  readonly untimed: number;
  /** Records of protocols other than TCP, UDP and ICMP, which KDD has not; they have no row. */
  readonly otherProtocols: number;
}

const SECOND = 1_000_000;
const DEFAULT_LATENESS = 60;
const DEFAULT_SECONDS = 2;
/** No row of NSL-KDD has more connections of its host or its service together than this. */
const DEFAULT_RECENT = 511;
const DEFAULT_HOST = 255;
const DEFAULT_WAITING = 262_144;
/** Most connections of a window, so that two numbers below it make one that is exact. */
const MAX_CONNECTIONS = 1_000_000;
const MAX_WAITING = 16_777_216;
const SERVICES = 1 << 20;
const PORTS = 1 << 16;

/**
 * The 41 features of KDD'99 for connections as they come: hand records over with `push`, take rows with `take`, and call `flush`
 * where there are no more. `kddFeatures` does it for a stream.
 *
 * The features of the two windows are those of the definition below, which the rows of NSL-KDD (Tavallaee et al., 2009) fit;
 * the task description of KDD'99 (Stolfo et al.) leaves most of it open, and re-implementations differ.
 *
 * - The window of time holds connections that began at most 2 seconds before, and of them the last 511; the window of connections
 *   the last 255, to any host. (In no row do the connections of its host and of its service together exceed this.) Both
 *   include the present connection.
 * - `count` and `dst_host_count` are the connections in them to the same host, `srv_count` and `dst_host_srv_count` those of
 *   the same service, to any host.
 * - Error rates are shares of the flags S0, S1, S2, S3, SH (`serror`) and REJ, RSTO, RSTR, RSTOS0 (`rerror`).
 * - `diff_srv_rate` is the number of distinct services ÷ count, 0 where there is one; `srv_diff_host_rate` the number of distinct
 *   hosts ÷ srv_count, alike.
 *
 * Every record costs the same, however full the windows. Memory is that of the records that wait and of rows not taken yet.
 */
export class KddWindow {
  private readonly options: KddOptions;
  private readonly lateness: number;
  private readonly span: number;
  private readonly maxWaiting: number;
  private readonly rate: (k: number, n: number) => number;
  private readonly recent: ConnectionWindow;
  private readonly last: ConnectionWindow;
  private readonly hosts = new Numbering<string>();
  private readonly services = new Numbering<string>();
  private readonly pairs = new Numbering<number>();
  private readonly hostPorts = new Numbering<number>();
  private readonly waiting: WaitingRecords;
  private readonly rows = new KddRows();
  private readonly values: Float64Array = new Float64Array(COMPUTED_FEATURES);
  /** When the latest record of all began, and that of the last row. */
  private newest = Number.NEGATIVE_INFINITY;
  private now = Number.NEGATIVE_INFINITY;
  private readonly tally = { records: 0, rows: 0, late: 0, early: 0, untimed: 0, otherProtocols: 0 };

  /** @throws MlsecError `invalid-option`. */
  constructor(options: KddOptions = {}) {
    this.options = options;
    const seconds = (name: "lateness" | "seconds", value: number): number => {
      if (value >= 0 && Number.isFinite(value)) return Math.round(value * SECOND);
      throw invalid(`${name} is a number of seconds from 0, not ${value}.`, value);
    };
    const count = (
      name: "recentConnections" | "hostConnections" | "maxWaiting",
      value: number,
      most: number,
    ): number => {
      if (Number.isInteger(value) && value >= 1 && value <= most) return value;
      throw invalid(`${name} is an integer from 1 to ${most}, not ${value}.`, value);
    };
    this.lateness = seconds("lateness", options.lateness ?? DEFAULT_LATENESS);
    this.waiting = new WaitingRecords(this.lateness);
    this.span = seconds("seconds", options.seconds ?? DEFAULT_SECONDS);
    this.maxWaiting = count("maxWaiting", options.maxWaiting ?? DEFAULT_WAITING, MAX_WAITING);
    this.rate = options.rates === "exact" ? exactRate : roundedRate;
    const letGo = (entry: WindowEntry): void => this.letGo(entry);
    const recent = count("recentConnections", options.recentConnections ?? DEFAULT_RECENT, MAX_CONNECTIONS);
    const last = count("hostConnections", options.hostConnections ?? DEFAULT_HOST, MAX_CONNECTIONS);
    this.recent = new ConnectionWindow(recent, letGo);
    this.last = new ConnectionWindow(last, letGo);
  }

  /** Rows that are ready to be taken. */
  get ready(): number {
    return this.rows.rows;
  }

  get counts(): KddCounts {
    return { ...this.tally };
  }

  push(record: ConnectionRecord): void {
    const { tally, waiting } = this;
    tally.records++;
    const { protocol, start } = record;
    if (protocol !== "tcp" && protocol !== "udp" && protocol !== "icmp") {
      tally.otherProtocols++;
    } else if (!Number.isFinite(start)) {
      tally.untimed++;
    } else if (start < this.newest - this.lateness) {
      tally.late++;
      if (this.options.late !== "drop") this.place(record);
    } else if (this.lateness === 0) {
      this.newest = start;
      this.place(record);
    } else {
      waiting.push(record);
      this.advance(start);
      if (waiting.size > this.maxWaiting) {
        tally.early++;
        this.place(waiting.popBefore(Number.POSITIVE_INFINITY)!);
      }
    }
  }

  /**
   * Says that time has come to a point, in microseconds since 1970: rows that waited for records before it become ready. For live
   * use, where no record may come for a while.
   */
  advance(time: number): void {
    if (time > this.newest) this.newest = time;
    // What began just at the end of the lateness may still come.
    this.placeBefore(this.newest - this.lateness);
  }

  /**
   * Makes rows of the records that wait, since there are no more to come: of all, or of so many of them, so that large windows
   * can be emptied piece by piece. Returns whether there are still some that wait.
   */
  flush(most: number = Number.POSITIVE_INFINITY): boolean {
    this.placeBefore(Number.POSITIVE_INFINITY, most);
    return this.waiting.size > 0;
  }

  /** The rows that are ready, in the order in which their connections began; they are then no longer here. */
  take(): KddBatch {
    return this.rows.take();
  }

  private placeBefore(time: number, most: number = Number.POSITIVE_INFINITY): void {
    for (let placed = 0; placed < most; placed++) {
      const record = this.waiting.popBefore(time);
      if (record === undefined) return;
      this.place(record);
    }
  }

  private place(record: ConnectionRecord): void {
    const { recent, last, options } = this;
    this.now = Math.max(this.now, record.start);
    recent.dropBefore(this.now - this.span);
    const service = kddService(record, options);
    const flag = kddFlag(record, options.flags);
    // In use by both windows.
    const host = this.hosts.take(record.destination, 2);
    const serviceId = this.services.take(service, 2);
    const entry: WindowEntry = {
      time: this.now,
      host,
      service: serviceId,
      pair: this.pairs.take(host * SERVICES + serviceId, 2),
      hostPort: this.hostPorts.take(host * PORTS + record.sourcePort, 2),
      error: errorKind(flag),
    };
    recent.add(entry);
    last.add(entry);
    this.tally.rows++;
    this.fill(record, entry);
    this.rows.add(record, service, flag, this.values);
  }

  /** Puts the computed features into `values`, in the order of the columns. */
  private fill(record: ConnectionRecord, { host, service, pair, hostPort }: WindowEntry): void {
    const { values, recent, last, rate } = this;
    const { protocol, duration, sourceBytes, destinationBytes, sourcePackets, wrongFragments, urgentPackets } = record;
    const isIcmp = protocol === "icmp";
    values[0] = Math.floor((duration ?? 0) / SECOND);
    // KDD counts the eight bytes of the ICMP header, too.
    values[1] = (sourceBytes ?? 0) + (isIcmp && sourceBytes !== null ? 8 * (sourcePackets ?? 0) : 0);
    values[2] = isIcmp ? 0 : (destinationBytes ?? 0);
    const { source, destination, sourcePort, destinationPort } = record;
    values[3] = !isIcmp && source === destination && sourcePort === destinationPort ? 1 : 0;
    values[4] = wrongFragments ?? 0;
    values[5] = urgentPackets ?? 0;
    const count = recent.ofHost.get(host);
    const srvCount = recent.ofService.get(service);
    values[6] = count;
    values[7] = srvCount;
    values[8] = rate(recent.synErrorsOfHost.get(host), count);
    values[9] = rate(recent.synErrorsOfService.get(service), srvCount);
    values[10] = rate(recent.rejectionsOfHost.get(host), count);
    values[11] = rate(recent.rejectionsOfService.get(service), srvCount);
    values[12] = rate(recent.ofPair.get(pair), count);
    values[13] = distinctRate(rate, recent.servicesOfHost.get(host), count);
    values[14] = distinctRate(rate, recent.hostsOfService.get(service), srvCount);
    const hostCount = last.ofHost.get(host);
    const hostSrvCount = last.ofService.get(service);
    values[15] = hostCount;
    values[16] = hostSrvCount;
    values[17] = rate(last.ofPair.get(pair), hostCount);
    values[18] = distinctRate(rate, last.servicesOfHost.get(host), hostCount);
    values[19] = rate(last.ofHostPort.get(hostPort), hostCount);
    values[20] = distinctRate(rate, last.hostsOfService.get(service), hostSrvCount);
    values[21] = rate(last.synErrorsOfHost.get(host), hostCount);
    values[22] = rate(last.synErrorsOfService.get(service), hostSrvCount);
    values[23] = rate(last.rejectionsOfHost.get(host), hostCount);
    values[24] = rate(last.rejectionsOfService.get(service), hostSrvCount);
  }

  private letGo({ host, service, pair, hostPort }: WindowEntry): void {
    this.hosts.giveBack(host);
    this.services.giveBack(service);
    this.pairs.giveBack(pair);
    this.hostPorts.giveBack(hostPort);
  }
}

function errorKind(flag: KddFlag): ErrorKind {
  return SYN_ERRORS.has(flag) ? SYN_ERROR : REJECTIONS.has(flag) ? REJECTION : 0;
}

function distinctRate(rate: (k: number, n: number) => number, distinct: number, n: number): number {
  return distinct === 1 ? 0 : rate(distinct, n);
}

function invalid(message: string, got: unknown): MlsecError {
  return new MlsecError("invalid-option", message, { got });
}
