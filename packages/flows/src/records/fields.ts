import type { ConnectionRecord, ConnectionState } from "./connection-record.js";
import { MAX_RECORD_TEXT } from "./limits.js";
import type { RecordSink } from "./read-records.js";
import { microsecondsOfSeconds, microsecondsOfTime } from "./time.js";

const STATES: ReadonlySet<string> = /* @__PURE__ */ new Set<ConnectionState>([
  "S0",
  "S1",
  "S2",
  "S3",
  "SF",
  "REJ",
  "RSTO",
  "RSTR",
  "RSTOS0",
  "RSTRH",
  "SH",
  "SHR",
  "OTH",
]);
const DIGITS = /^\d+$/;

/** A text of a log with the name that it has there; null where the log has none. */
export interface Field {
  readonly name: string;
  readonly text: string | null;
}

/** Reads single fields of a line and tells the sink of those that are not what they should be. */
export class FieldReader {
  constructor(private readonly sink: RecordSink) {}

  /** A text that a record must have. */
  text({ name, text }: Field): string | undefined {
    if (text === null || text === "") return this.lacks(name);
    if (text.length <= MAX_RECORD_TEXT) return text;
    this.sink.fault("too-long", name, text, `is longer than ${MAX_RECORD_TEXT} characters`);
    return undefined;
  }

  /** A text that a record may lack. */
  optionalText(field: Field): string | null {
    return field.text === null || field.text === "" ? null : (this.text(field) ?? null);
  }

  port(field: Field): number | undefined {
    const text = this.text(field);
    if (text === undefined) return undefined;
    const port = DIGITS.test(text) ? Number(text) : Number.NaN;
    if (port <= 65_535) return port;
    this.sink.fault("not-a-port", field.name, text, "is no number from 0 to 65535");
    return undefined;
  }

  state(field: Field): ConnectionState | undefined {
    const text = this.text(field);
    if (text === undefined || STATES.has(text)) return text as ConnectionState | undefined;
    this.sink.fault("unknown-state", field.name, text, `is no state of a connection (${[...STATES].join(", ")})`);
    return undefined;
  }

  /** Whole microseconds since 1970; NaN where the log does not say, which is an issue. */
  time({ name, text }: Field): number {
    const time = text === null ? undefined : microsecondsOfTime(text);
    if (time !== undefined) return time;
    if (text === null) this.lacks(name);
    else this.sink.fault("not-a-time", name, text, "is no time");
    return Number.NaN;
  }

  duration({ name, text }: Field): number | null {
    if (text === null) return null;
    const duration = microsecondsOfSeconds(text);
    if (duration !== undefined) return duration;
    this.sink.fault("not-a-number", name, text, "is no number of seconds");
    return null;
  }

  count({ name, text }: Field): number | null {
    if (text === null) return null;
    const count = DIGITS.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(count)) return count;
    this.sink.fault("not-a-number", name, text, "is no count");
    return null;
  }

  private lacks(name: string): undefined {
    this.sink.fault("missing-value", name, "", "stands where a value must be");
    return undefined;
  }
}

/** Hands a record on, unless it lacks what it must have or the policy leaves it out. */
export function putRecord(
  sink: RecordSink,
  record: { readonly [Name in keyof ConnectionRecord]: ConnectionRecord[Name] | undefined },
): void {
  const { source, sourcePort, destination, destinationPort, protocol, state } = record;
  const isWhole =
    source !== undefined &&
    sourcePort !== undefined &&
    destination !== undefined &&
    destinationPort !== undefined &&
    protocol !== undefined &&
    state !== undefined;
  if (isWhole && !sink.isDropped) sink.records.push(record as ConnectionRecord);
}

/** `"tcp"`, `"udp"` or `"icmp"` (of either version) as records name them; other names as they are, in small letters. */
export function protocolName(text: string): string {
  const name = text.toLowerCase();
  return /^(ipv6-icmp|icmpv6|icmp6)$/.test(name) ? "icmp" : name;
}
