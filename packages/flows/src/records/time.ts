const EPOCH = /^(\d{1,11})(?:\.(\d+))?$/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):?(\d\d))?$/;
const DECIMAL = /^\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/;

/** So many digits cannot be seconds (the year 5138 and later), and so are milliseconds. */
const MILLISECONDS = /^\d{12,15}$/;

/**
 * A time in whole microseconds since 1970-01-01 UTC: of seconds since then with any number of decimals (Zeek's), of
 * milliseconds (`JSON::TS_MILLIS` of Zeek, known by its 12 digits or more), or of ISO 8601 (Suricata's, and `JSON::TS_ISO8601` of Zeek); without an offset it
 * is taken for UTC. Undefined where it is none of these.
 */
export function microsecondsOfTime(text: string): number | undefined {
  const micros = microsecondsOfSeconds(text);
  if (micros !== undefined) return micros;
  if (MILLISECONDS.test(text)) return exact(Number(text) * 1000);
  const iso = ISO.exec(text);
  if (iso === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", sign, hours, minutes] = iso;
  const whole = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +second!);
  const offset = sign === undefined ? 0 : (sign === "-" ? -60_000 : 60_000) * (+hours! * 60 + +minutes!);
  const result = (whole - offset) * 1000 + millionths(fraction);
  return +month! > 12 || +month! < 1 || +day! < 1 || +day! > 31 || result < 0 ? undefined : exact(result);
}

/** Seconds, with any number of decimals, in whole microseconds, rounded; undefined for what is no such number. */
export function microsecondsOfSeconds(text: string): number | undefined {
  const plain = EPOCH.exec(text);
  if (plain !== null) return exact(Number(plain[1]) * 1e6 + millionths(plain[2] ?? ""));
  return DECIMAL.test(text) ? exact(Math.round(Number(text) * 1e6)) : undefined;
}

/** Microseconds that a number holds exactly: those until the year 2255. */
function exact(micros: number): number | undefined {
  return Number.isSafeInteger(micros) ? micros : undefined;
}

/** The decimals of a second as microseconds, rounded. */
function millionths(decimals: string): number {
  if (decimals.length <= 6) return Number(decimals.padEnd(6, "0"));
  return Math.round(Number(`${decimals.slice(0, 6)}.${decimals.slice(6, 20)}`));
}
