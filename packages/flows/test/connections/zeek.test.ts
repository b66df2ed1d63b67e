import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ConnectionRecord, readConnections } from "../../src/index.js";

const DATA = process.env["MLSEC_DATA"];
const FOLDER = join(DATA ?? "", "flows", "zeek");

interface Pair {
  readonly pcap: string;
  readonly conn_log: string;
}

type Row = ReadonlyMap<string, string>;

/** Pairs whose rows are not all ours, and why. */
const DIFFERENCES: readonly (readonly [pcaps: RegExp, why: "link" | "tunnel" | "script" | "checksum" | "protocol"])[] =
  [
    // Frames of wireless networks, PPP, FabricPath, provider backbone bridges, VN-Tag: read by Zeek, not here.
    [/^(cisco-fabric-path|pbb|ppp__|radiotap|wlanmon|vntag)/, "link"],
    // What is inside of tunnels: a connection of its own to Zeek, and not opened here.
    [/^(erspan|tunnels__)/, "tunnel"],
    // The test's own script drops packets, or stops looking at a connection, or turns it round.
    [/^(wikipedia|smtp|globus-url-copy|ntp__misordered-ntp)\.pcap$/, "script"],
    // Zeek leaves packets with wrong checksums out, which a capturing machine's own packets have.
    [/^auth_change_session_keys/, "checksum"],
    // Zeek 7 knows no ports of SCTP.
    [/^communityid__sctp/, "protocol"],
  ];

/** Rows outside of tunnels that are not ours all the same: of UDP packets in fragments, of DNS, whose analyzer ends them, or of what a tunnel took over. */
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
  const times = duration === 0 ? "-" : `${duration} µs ${record.sourceBytes}/${record.destinationBytes}`;
  const packets = `${record.sourcePackets}/${record.destinationPackets}`;
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

  it.each(pairs)("$pcap", async ({ pcap, conn_log }) => {
    const rows = rowsOf(readFileSync(join(FOLDER, conn_log), "utf8"));
    const records: string[] = [];
    for await (const record of readConnections(readFileSync(join(FOLDER, pcap)))) records.push(textOfRecord(record));
    const why = DIFFERENCES.find(([pcaps]) => pcaps.test(pcap))?.[1];
    if (why === undefined) {
      // States, sides, packets, durations to the microsecond and bytes are equal, and there is no record more.
      expect(records.sort()).toEqual(rows.map(textOfRow).sort());
    } else if (why === "tunnel") {
      const outside = rows.filter((row) => ["-", "(empty)"].includes(row.get("tunnel_parents")!));
      expect(lacking(outside.map(textOfRow), records).length).toBe(OUTSIDE.get(pcap) ?? 0);
    } else {
      expect(lacking(rows.map(textOfRow), records)).not.toEqual([]);
    }
  });

  it("are equal as a whole for most pairs", () => {
    const whole = pairs.filter(({ pcap }) => !DIFFERENCES.some(([pcaps]) => pcaps.test(pcap)));
    expect([pairs.length, whole.length]).toEqual([83, 42]);
  });
});
