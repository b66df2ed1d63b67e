import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ConnectionRecord, readConnections, type Tunnels } from "../../src/index.js";

const DATA = process.env["MLSEC_DATA"];
const FOLDER = join(DATA ?? "", "flows", "zeek");

interface Pair {
  readonly pcap: string;
  readonly conn_log: string;
}

type Row = ReadonlyMap<string, string>;

type Why = "script" | "checksum" | "tunnel";

/** Pairs whose rows are not all ours, and why. */
const DIFFERENCES: readonly (readonly [pcaps: RegExp, why: Why])[] = [
  // The test's own script drops packets, or stops looking at a connection, or turns it round.
  [/^(wikipedia|smtp|globus-url-copy|ntp__misordered-ntp)\.pcap$/, "script"],
  // Zeek leaves packets with wrong checksums out, which a capturing machine's own packets have.
  [/^(auth_change_session_keys|vntag_vlan_sandwich_clean)/, "checksum"],
  // Teredo, AYIYA and wireless frames in GRE are opened by Zeek, not here; inner packets of a tunnel's fragments are cut off here.
  // Of VXLAN that holds no connection Zeek's row says neither packet nor side.
  [/^tunnels__(Teredo|teredo_|ayiya|gtp__gtp8_teredo|gre-aruba|gtp__gtp1_gn|vxlan-encapsulated-igmp)/, "tunnel"],
];

/** Captures with tunnels: Zeek's log has the tunnels' own connections beside those in them, of which we give either. */
const WITH_TUNNELS = /^(erspan|tunnels__)/;
/** What Zeek calls connections that are tunnels; GRE in UDP it knows by its port. */
const TUNNELS: readonly string[] = ["vxlan", "geneve", "gtpv1", "teredo", "ayiya"];
const GRE_PORT = "4754";

/** Rows of the tunnels' own connections that are not ours: of UDP packets in fragments, of DNS, whose analyzer ends them, or without packets. */
const OUTSIDE: ReadonlyMap<string, number> = new Map([
  // All of them lie in GRE, which Zeek looked into without calling it a tunnel.
  ["tunnels__gre-sample.pcap", 7],
  ["tunnels__Teredo.pcap", 2],
  ["tunnels__gtp__gtp1_gn_normal_incl_fragmentation.pcap", 1],
  ["tunnels__gtp__gtp2_different_udp_port.pcap", 1],
  ["tunnels__vxlan-encapsulated-igmp-v2.pcap", 3],
]);

function rowsOf(log: string): Row[] {
  const lines = log.split("\n");
  const fields = lines
    .find((line) => line.startsWith("#fields"))!
    .split("\t")
    .slice(1);
  return lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => new Map(line.split("\t").map((value, k) => [fields[k]!, value])));
}

/** What both know of a connection, as text: sides, state, packets, and where time passed its duration and bytes. */
function textOfRow(row: Row): string {
  const of = (name: string, other = name): string => row.get(name) ?? row.get(other)!;
  const sides = [
    of("id.orig_h", "src_ip"),
    of("id.orig_p", "src_port"),
    of("id.resp_h", "dst_ip"),
    of("id.resp_p", "dst_port"),
  ];
  const duration = of("duration");
  const times =
    duration === "-" ? "-" : `${Math.round(Number(duration) * 1e6)} µs ${of("orig_bytes")}/${of("resp_bytes")}`;
  return `${sides.join(" ")} ${of("proto")} ${of("conn_state")} ${of("orig_pkts")}/${of("resp_pkts")} ${times}`;
}

function textOfRecord(record: ConnectionRecord): string {
  const { source, sourcePort, destination, destinationPort, protocol, state, duration } = record;
  const packets = `${record.sourcePackets}/${record.destinationPackets}`;
  // Zeek 7 has one name for all of these, and neither their ports nor their bytes.
  if (!["tcp", "udp", "icmp"].includes(protocol)) {
    const times = duration === 0 ? "-" : `${duration} µs 0/0`;
    return `${source} 0 ${destination} 0 unknown_transport ${state} ${packets} ${times}`;
  }
  const times = duration === 0 ? "-" : `${duration} µs ${record.sourceBytes}/${record.destinationBytes}`;
  return `${source} ${sourcePort} ${destination} ${destinationPort} ${protocol} ${state} ${packets} ${times}`;
}

/** Texts of the first that the second lacks, each as often as it occurs. */
function lacking(wanted: readonly string[], there: readonly string[]): string[] {
  const left = [...there];
  return wanted.filter((text) => {
    const at = left.indexOf(text);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}

describe.skipIf(DATA === undefined)("Zeek's own logs of its captures", () => {
  const pairs: readonly Pair[] =
    DATA === undefined ? [] : JSON.parse(readFileSync(join(FOLDER, "MANIFEST.json"), "utf8"));

  const whyOf = (pcap: string): Why | undefined => DIFFERENCES.find(([pcaps]) => pcaps.test(pcap))?.[1];

  it.each(pairs)("$pcap", async ({ pcap, conn_log }) => {
    const rows = rowsOf(readFileSync(join(FOLDER, conn_log), "utf8"));
    const records = async (tunnels: Tunnels): Promise<string[]> => {
      const texts: string[] = [];
      for await (const record of readConnections(readFileSync(join(FOLDER, pcap)), { tunnels }))
        texts.push(textOfRecord(record));
      return texts.sort();
    };
    if (WITH_TUNNELS.test(pcap)) {
      const outside = rows.filter((row) => ["-", "(empty)"].includes(row.get("tunnel_parents")!));
      expect(lacking(outside.map(textOfRow), await records("leave")).length).toBe(OUTSIDE.get(pcap) ?? 0);
    }
    const isTunnel = (row: Row): boolean =>
      WITH_TUNNELS.test(pcap) && (TUNNELS.includes(row.get("service")!) || row.get("id.resp_p") === GRE_PORT);
    const inside = rows.filter((row) => !isTunnel(row)).map(textOfRow);
    const own = await records(WITH_TUNNELS.test(pcap) ? "open" : "leave");
    // States, sides, packets, durations to the microsecond and bytes are equal, and there is no record more.
    if (whyOf(pcap) === undefined) expect(own).toEqual(inside.sort());
    else expect(lacking(inside, own)).not.toEqual([]);
  });

  it("are equal as a whole for most pairs", () => {
    const whole = pairs.filter(({ pcap }) => whyOf(pcap) === undefined);
    expect([pairs.length, whole.length]).toEqual([83, 69]);
  });
});
