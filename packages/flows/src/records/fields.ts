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

/** Texts that are kept so that the records of a log share them: beyond this many they are forgotten, and kept anew. */
const MAX_SHARED_TEXTS = 65_536;

/**
 * Reads single fields of a line, each by its name in the log and its text (null where the log has none), and tells the sink of
 * those that are not what they should be.
 */
export class FieldReader {
  private readonly shared = new Map<string, string>();

  constructor(private readonly sink: RecordSink) {}

  /** A text that a record must have. */
  text(name: string, text: string | null): string | undefined {
    if (text === null || text === "") return this.lacks(name);
    if (text.length <= MAX_RECORD_TEXT) return this.share(text);
    this.sink.fault("too-long", name, text, `is longer than ${MAX_RECORD_TEXT} characters`);
    return undefined;
  }

  /** A text that a record may lack. */
  optionalText(name: string, text: string | null): string | null {
    return text === null || text === "" ? null : (this.text(name, text) ?? null);
  }

  protocol(name: string, text: string | null): string | undefined {
    const given = this.text(name, text);
    return given === undefined ? undefined : this.share(protocolName(given));
  }

  port(name: string, text: string | null): number | undefined {
    if (text === null || text === "") return this.lacks(name);
    const port = wholeNumber(text);
    if (port <= 65_535) return port;
    this.sink.fault("not-a-port", name, text, "is no number from 0 to 65535");
    return undefined;
  }

  state(name: string, text: string | null): ConnectionState | undefined {
    const state = this.text(name, text);
    if (state === undefined || STATES.has(state)) return state as ConnectionState | undefined;
    this.sink.fault("unknown-state", name, state, `is no state of a connection (${[...STATES].join(", ")})`);
    return undefined;
  }

  /** Whole microseconds since 1970; NaN where the log does not say, which is an issue. */
  time(name: string, text: string | null): number {
    const time = text === null ? undefined : microsecondsOfTime(text);
    if (time !== undefined) return time;
    if (text === null) this.lacks(name);
    else this.sink.fault("not-a-time", name, text, "is no time");
    return Number.NaN;
  }

  duration(name: string, text: string | null): number | null {
    if (text === null) return null;
    const duration = microsecondsOfSeconds(text);
    if (duration !== undefined) return duration;
    this.sink.fault("not-a-number", name, text, "is no number of seconds");
    return null;
  }

  count(name: string, text: string | null): number | null {
    if (text === null) return null;
    const count = wholeNumber(text);
    if (Number.isSafeInteger(count)) return count;
    this.sink.fault("not-a-number", name, text, "is no count");
    return null;
  }

  /** The same text as one object for all records. */
  private share(text: string): string {
    const known = this.shared.get(text);
    if (known !== undefined) return known;
    if (this.shared.size === MAX_SHARED_TEXTS) this.shared.clear();
    // A text of its own: one cut out of a line keeps the whole line in memory.
    const own = text.split("").join("");
    this.shared.set(own, own);
    return own;
  }

  private lacks(name: string): undefined {
    this.sink.fault("missing-value", name, "", "stands where a value must be");
    return undefined;
  }
}

/** The number that digits write; NaN for anything else. */
function wholeNumber(text: string): number {
  if (text.length === 0 || text.length > 16) return Number.NaN;
  let number = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
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
function protocolName(text: string): string {
  if (text === "tcp" || text === "udp" || text === "icmp") return text;
  const name = text.toLowerCase();
  return name === "ipv6-icmp" || name === "icmpv6" || name === "icmp6" ? "icmp" : name;
}
