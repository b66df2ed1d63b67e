import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type ConnectionRecord, readConnections } from "../../src/index.js";

const DATA = process.env["MLSEC_DATA"];
const FOLDER = join(DATA ?? "", "flows", "suricata");

/** Captures whose flows Suricata and Zeek see differently, and why. */
const DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ["tests__bittorrent-dht", "a port of DNP3's servers tells Zeek who began, Suricata takes the first packet"],
  ["tests__bug-2646-01", "what comes 5 s after a close is another connection to Zeek"],
  ["tests__decode-erspan-typeII-01", "tunnels are not opened"],
  ["tests__decode-teredo-01", "as bug-2646-01; and who began"],
  ["tests__firewall__ruletype-firewall-38-ssh-vs-telnet", "rules drop packets"],
  ["tests__firewall__ruletype-firewall-50-ruleset-vs-ping", "rules drop packets"],
  ["tests__flow-pkt-recursion__ids-tunnel-pkt-flows-recursion-excluded", "tunnels are not opened"],
]);

/** The expectations of flows in a test: the fields of each, which no more of YAML than lines is needed for. */
function expectedFlows(yaml: string): ReadonlyMap<string, string>[] {
  return yaml
    .split(/\n\s*- filter:/)
    .slice(1)
    .map(
      (block) =>
        new Map(
          [...block.matchAll(/^\s+([\w.]+): *['"]?([^'"\n]*)['"]?$/gm)].map(([, name, value]) => [name!, value!]),
        ),
    )
    .filter((fields) => fields.get("event_type") === "flow" && fields.has("flow.pkts_toserver"));
}

function fits(record: ConnectionRecord, fields: ReadonlyMap<string, string>): boolean {
  const equal: readonly (readonly [string, unknown])[] = [
    ["flow.pkts_toserver", record.sourcePackets],
    ["flow.pkts_toclient", record.destinationPackets],
    ["flow.bytes_toserver", record.sourceFrameBytes],
    ["flow.bytes_toclient", record.destinationFrameBytes],
    ["src_port", record.sourcePort],
    ["dest_port", record.destinationPort],
    ["src_ip", record.source],
  ];
  return equal.every(([name, value]) => !fields.has(name) || long(fields.get(name)!) === String(value));
}

/** Suricata writes all groups of IPv6 addresses. */
function long(text: string): string {
  return text.includes(":") ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

it.skipIf(DATA === undefined)("packets and bytes of flows are those that Suricata's own tests expect", async () => {
  let flows = 0;
  let withBytes = 0;
  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".pcap"))) {
    const test = name.slice(0, -".pcap".length);
    const wanted = expectedFlows(readFileSync(join(FOLDER, `${test}.test.yaml`), "utf8"));
    const records: ConnectionRecord[] = [];
    for await (const record of readConnections(readFileSync(join(FOLDER, name)))) records.push(record);
    const lacking = wanted.filter((fields) => !records.some((record) => fits(record, fields)));
    expect(lacking.length > 0, `${test}: ${JSON.stringify(lacking.map((fields) => [...fields]))}`).toBe(
      DIFFERENCES.has(test),
    );
    const found = wanted.filter((fields) => !lacking.includes(fields));
    flows += found.length;
    withBytes += found.filter((fields) => fields.has("flow.bytes_toserver")).length;
  }
  expect([flows, withBytes]).toEqual([133, 51]);
});
