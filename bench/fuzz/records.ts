import { gzipSync } from "node:zlib";
import { type ConnectionRecord, KddWindow, type ReadRecordsOptions, readSuricataEve, readZeekConn } from "@mlsec/flows";
import { MlsecError, nslKdd } from "@mlsec/preprocess";
import type { Random } from "@mlsec/preprocess/numeric";
import { checkTable } from "./check-table.ts";
import { inChunks, mutated, pick, shownBytes } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

const STATES = ["S0", "S1", "S2", "S3", "SF", "REJ", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH"];
const ADDRESSES = ["10.0.0.1", "10.0.0.2", "fe80::1", "é", "__proto__", "\\x2c\\xff", ""];
const PROTOCOLS = ["tcp", "udp", "icmp", "TCP", "IPv6-ICMP", "unknown_transport", "sctp"];
const SERVICES = ["-", "(empty)", "http", "dns,ssl", "-ftp", "constructor"];
const FIELDS = [
  ...["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration"],
  ...["orig_bytes", "resp_bytes", "conn_state", "orig_pkts", "resp_pkts"],
];

interface RecordsCase {
  readonly format: "zeek" | "eve";
  readonly sources: readonly Uint8Array[];
  readonly options: ReadRecordsOptions;
  readonly chunk: number;
  /** Of the windows into which the records go. */
  readonly windows: { readonly lateness: number; readonly recentConnections: number; readonly hostConnections: number };
}

/** Logs of connections in each form, damaged, and the features of what is read. */
export const recordsTarget: FuzzTarget = {
  name: "records",
  maxPeakMB: 500,
  runCase: async (random) => {
    const { format, sources, options, chunk, windows } = makeCase(random);
    const opened = sources.map((bytes) => (chunk === 0 ? bytes : inChunks(bytes, chunk)));
    const window = new KddWindow(windows);
    let records = 0;
    let outcome = `${format}: ok`;
    try {
      for await (const batch of (format === "zeek" ? readZeekConn : readSuricataEve)(opened, options)) {
        if (batch.length === 0 || batch.length > (options.batchRecords ?? 4096)) {
          throw new Error(`A batch has ${batch.length} records.`);
        }
        for (const record of batch) {
          checkRecord(record);
          window.push(record);
          records++;
        }
      }
    } catch (error) {
      if (!(error instanceof MlsecError)) throw error;
      outcome = `${format}: ${error.code}`;
    }
    window.flush();
    const { table, unavailable } = window.take();
    checkTable(table, records);
    const { rows, untimed, otherProtocols } = window.counts;
    if (rows !== table.rows || rows + untimed + otherProtocols !== records) throw new Error("A record has no row.");
    for (const name of nslKdd.features) checkFeature(name, table.column(name));
    if (unavailable.length !== rows) throw new Error("A row does not say what it lacks.");
    return outcome;
  },
  describe: (random) => {
    const { format, sources, options, chunk, windows } = makeCase(random);
    return `${format}, options ${JSON.stringify({ ...options, chunk, windows })}, ${sources.map(shownBytes).join("; ")}`;
  },
};

/** What every record must be, whatever it was read from. */
function checkRecord(record: ConnectionRecord): void {
  const { start, duration, protocol, source, destination, sourcePort, destinationPort, state } = record;
  const isCount = (value: number | null): boolean => value === null || (Number.isSafeInteger(value) && value >= 0);
  const { sourceBytes, destinationBytes, sourcePackets, destinationPackets } = record;
  const { sourceFrameBytes, destinationFrameBytes } = record;
  const sound =
    (Number.isNaN(start) || isCount(start)) &&
    [duration, sourceBytes, destinationBytes, sourcePackets, destinationPackets].every(isCount) &&
    [sourceFrameBytes, destinationFrameBytes].every(isCount) &&
    [protocol, source, destination].every((text) => text !== "" && text.length <= 512) &&
    [sourcePort, destinationPort].every((port) => Number.isInteger(port) && port >= 0 && port <= 65_535) &&
    STATES.includes(state);
  if (!sound) throw new Error(`No record: ${JSON.stringify(record)}`);
}

function checkFeature(name: string, column: { readonly kind: string; readonly values?: Float64Array }): void {
  for (const value of column.values ?? []) {
    if (!Number.isFinite(value) || value < 0 || (name.endsWith("_rate") && value > 1)) {
      throw new Error(`The feature ${name} is ${value}.`);
    }
  }
}

function makeCase(random: Random): RecordsCase {
  const format = pick(random, ["zeek", "zeek", "eve"] as const);
  const sources = Array.from({ length: random.below(8) === 0 ? 1 + random.below(3) : 1 }, () => {
    const text = format === "eve" ? eveText(random) : random.below(3) === 0 ? zeekJson(random) : zeekTabs(random);
    const bytes = mutated(random, new TextEncoder().encode(text), random.below(5));
    return random.below(40) === 0 ? mutated(random, new Uint8Array(gzipSync(bytes)), random.below(3)) : bytes;
  });
  return {
    format,
    sources,
    options: {
      policy: pick(random, [undefined, "error", "missing", "missing", "drop-row"] as const),
      batchRecords: random.below(4) === 0 ? 1 + random.below(5) : undefined,
      ...(format === "eve"
        ? { payload: pick(random, ["unknown", "estimate"]), events: pick(random, ["auto", "netflow"]) }
        : {}),
    },
    chunk: random.below(3) === 0 ? 1 + random.below(40) : 0,
    windows: {
      lateness: pick(random, [0, 0.001, 60]),
      recentConnections: 1 + random.below(20),
      hostConnections: 1 + random.below(20),
    },
  };
}

function values(random: Random): string[] {
  const time = pick(random, ["1591367999.305988", "0", "XXXXXXXXXX.XXXXXX", "1e9", "99999999999.9999999"]);
  const port = (): string => String(random.below(20) === 0 ? random.below(100_000) : random.below(65_536));
  const count = (): string => pick(random, ["-", "0", "62", "9007199254740993", "-1"]);
  return [
    ...[time, "CMd", pick(random, ADDRESSES), port(), pick(random, ADDRESSES), port(), pick(random, PROTOCOLS)],
    ...[pick(random, SERVICES), pick(random, ["-", "0.066852", "9.5e-07", "1e300"]), count(), count()],
    ...[random.below(20) === 0 ? "SX" : pick(random, STATES), count(), count()],
  ];
}

function zeekTabs(random: Random): string {
  const separator = pick(random, ["\t", "\t", "\t", ",", "x"]);
  const written = `\\x${separator.charCodeAt(0).toString(16).padStart(2, "0")}`;
  const order = FIELDS.map((_, at) => at);
  if (random.below(3) === 0) random.shuffle(order);
  const line = (cells: readonly string[]): string => order.map((at) => cells[at]).join(separator);
  const header = [`#separator ${written}`, ["#unset_field", "-"].join(separator), ["#path", "conn"].join(separator)];
  const fields = `${random.below(20) === 0 ? "" : `#fields${separator}`}${line(FIELDS)}`;
  const lines = Array.from({ length: random.below(12) }, () => line(values(random)));
  return [...(random.below(20) === 0 ? [] : header), fields, ...lines, "#close"].join(
    pick(random, ["\n", "\n", "\r\n"]),
  );
}

function zeekJson(random: Random): string {
  const lines = Array.from({ length: random.below(12) }, () => {
    const entries = values(random).map((value, at) => [FIELDS[at]!, jsonValue(random, value)] as const);
    if (random.below(3) > 0) return JSON.stringify(Object.fromEntries(entries));
    const isOf = ([name]: readonly [string, unknown]): boolean => name.startsWith("id.");
    const id = Object.fromEntries(entries.filter(isOf).map(([name, value]) => [name.slice(3), value]));
    return JSON.stringify({ id, ...Object.fromEntries(entries.filter((entry) => !isOf(entry))), deep: nested(random) });
  });
  return lines.join("\n");
}

function eveText(random: Random): string {
  const lines = Array.from({ length: random.below(12) }, () => {
    const [, , source, sourcePort, destination, destinationPort, protocol, service, , ...counts] = values(random);
    const kind = pick(random, ["flow", "flow", "netflow", "netflow", "alert"]);
    const time = (): unknown => pick(random, ["2026-01-02T03:04:05.250000+0100", "2026-13-45T99:99:99", "0", 7, null]);
    const some = (at: number): unknown => jsonValue(random, counts[at]!);
    const of =
      kind === "flow"
        ? {
            pkts_toserver: some(0),
            pkts_toclient: some(1),
            bytes_toserver: some(3),
            state: pick(random, ["new", "closed"]),
          }
        : { pkts: some(0), bytes: some(1) };
    const flags = (): string => random.below(256).toString(16).padStart(2, "0");
    return JSON.stringify({
      event_type: kind,
      flow_id: random.below(5) === 0 ? undefined : random.below(4),
      ...{
        src_ip: source,
        src_port: jsonValue(random, sourcePort!),
        dest_ip: destination,
        dest_port: jsonValue(random, destinationPort!),
      },
      ...{ proto: protocol, app_proto: service, icmp_type: random.below(300), icmp_code: random.below(300) },
      [kind]: { ...of, start: time(), end: time(), deep: nested(random) },
      tcp: { tcp_flags: flags(), tcp_flags_ts: flags(), tcp_flags_tc: flags() },
    });
  });
  return lines.join("\n");
}

function jsonValue(random: Random, text: string): unknown {
  if (text === "-") return pick(random, [null, undefined]);
  const number = Number(text);
  return Number.isNaN(number) || random.below(10) === 0 ? text : number;
}

/** Mostly nothing; now and then arrays in arrays, which must not overflow a stack. */
function nested(random: Random): unknown {
  if (random.below(300) > 0) return undefined;
  return JSON.parse(`${"[".repeat(2000)}${"]".repeat(2000)}`);
}
