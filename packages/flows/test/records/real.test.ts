import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ConnectionRecord, readSuricataEve, readZeekConn, tcpState } from "@mlsec/flows";
import type { ReadIssues } from "@mlsec/preprocess";
import { describe, expect, it } from "vitest";
import { recordsOf, rejectionOf } from "../support.js";

const DATA = process.env["MLSEC_DATA"];
const ZEEK = join(DATA ?? "", "flows", "zeek");
const SURICATA = join(DATA ?? "", "flows", "suricata");

/** The bits of flags that each letter of Zeek's history stands for. */
const BITS: ReadonlyMap<string, number> = new Map([
  ["s", 2],
  ["h", 18],
  ["a", 16],
  ["d", 16],
  ["f", 17],
  ["r", 4],
]);

describe.skipIf(DATA === undefined)("logs that Zeek wrote", () => {
  it("are all read: as many records as the list of them says, and no issue but blanked times", async () => {
    const manifest = JSON.parse(readFileSync(join(ZEEK, "MANIFEST.json"), "utf8")) as {
      conn_log: string;
      rows: number;
      conn_states: string[];
    }[];
    expect(manifest).toHaveLength(83);
    const kinds = new Set<string>();
    let records = 0;
    for (const { conn_log, rows, conn_states } of manifest) {
      const onIssues = ({ counts }: ReadIssues): void =>
        void counts.map(({ kind, column }) => kinds.add(`${kind} ${column}`));
      const read = await recordsOf(readZeekConn(readFileSync(join(ZEEK, conn_log)), { policy: "missing", onIssues }));
      expect(read, conn_log).toHaveLength(rows);
      expect(new Set(read.map(({ state }) => state)), conn_log).toEqual(new Set(conn_states));
      records += read.length;
    }
    expect([...kinds]).toEqual(["not-a-time ts"]);
    expect(records).toBe(302);
  });

  it("of JSON are read with their times", async () => {
    const records = await recordsOf(readZeekConn(readFileSync(join(ZEEK, "doc-conn.json.log"))));
    expect(records.map(({ start, duration, service, state }) => [start, duration, service, state])).toEqual([
      [1_591_367_999_305_988, 66_852, "dns", "SF"],
      [1_591_367_999_430_166, 254_115, "http", "SF"],
    ]);
  });

  it("have the states that flags alone give, on all 115 connections of TCP", async () => {
    const differing: string[] = [];
    let connections = 0;
    for (const file of readdirSync(ZEEK).filter((name) => name.endsWith(".conn.log"))) {
      const lines = readFileSync(join(ZEEK, file), "utf8").split("\n");
      const fields = lines
        .find((line) => line.startsWith("#fields"))!
        .split("\t")
        .slice(1);
      for (const line of lines.filter((text) => text !== "" && !text.startsWith("#"))) {
        const cells = line.split("\t");
        const cell = (name: string): string => cells[fields.indexOf(name)]!;
        if (cell("proto") !== "tcp") continue;
        connections++;
        const side = (packets: string, isOwn: (letter: string) => boolean) => ({
          packets: Number(cell(packets)),
          flags: [...cell("history")].reduce(
            (flags, letter) => (isOwn(letter) ? flags | (BITS.get(letter.toLowerCase()) ?? 0) : flags),
            0,
          ),
        });
        const ours = tcpState(
          side("orig_pkts", (letter) => letter !== letter.toLowerCase()),
          side("resp_pkts", (letter) => letter !== letter.toUpperCase()),
        );
        if (ours !== cell("conn_state"))
          differing.push(`${file} ${cell("history")}: ${cell("conn_state")}, not ${ours}`);
      }
    }
    expect(connections).toBe(115);
    expect(differing).toEqual([]);
  });
});

type Expected = Record<string, string | Record<string, string>>;

/** The `flow` events that a test of Suricata expects, as far as it says, one object each. */
function expectedFlows(yaml: string): Expected[] {
  const blocks = yaml.split(/\n\s*match:\n/).slice(1);
  const events = blocks.map((block) => {
    const event: Expected = {};
    for (const line of block.split(/\n\s*- /)[0]!.split("\n")) {
      const [, parent, name, value] = /^\s*(?:(\w+)\.)?(\w+): ["']?([^"'#]*?)["']?\s*(?:#.*)?$/.exec(line) ?? [];
      if (name === undefined) continue;
      if (parent === undefined) event[name] = value!;
      else event[parent] = { ...(event[parent] as Record<string, string> | undefined), [name]: value! };
    }
    return event;
  });
  return events.filter(({ event_type, src_ip, dest_ip, proto }) => event_type === "flow" && src_ip && dest_ip && proto);
}

describe.skipIf(DATA === undefined)("what Suricata writes", () => {
  it("of flows, as its own tests expect it, becomes records with those packets", async () => {
    const flows = readdirSync(SURICATA)
      .filter((name) => name.endsWith(".yaml"))
      .flatMap((name) => expectedFlows(readFileSync(join(SURICATA, name), "utf8")));
    const lines = flows.map((flow) => JSON.stringify(flow)).join("\n");
    const records = await recordsOf(readSuricataEve(lines, { policy: "missing" }));
    const read = new Map(records.map((record) => [key(record), record]));
    let compared = 0;
    for (const { src_ip, src_port, dest_ip, dest_port, flow } of flows) {
      const { pkts_toserver, pkts_toclient } = (flow ?? {}) as Record<string, string>;
      const record = read.get(`${src_ip} ${src_port} ${dest_ip} ${dest_port}`);
      if (record === undefined || pkts_toserver === undefined || pkts_toclient === undefined) continue;
      compared++;
      expect([record.sourcePackets, record.destinationPackets]).toEqual([Number(pkts_toserver), Number(pkts_toclient)]);
    }
    expect(compared).toBeGreaterThan(30);
    const states = new Set(records.filter(({ protocol }) => protocol === "tcp").map(({ state }) => state));
    expect([...states]).toEqual(expect.arrayContaining(["SF", "S0", "S1", "S2"]));
  });

  it("of other events is passed over, and what is no event a line is a fault", async () => {
    const read = (name: string): Promise<ConnectionRecord[]> =>
      recordsOf(readSuricataEve(readFileSync(join(SURICATA, name))));
    expect(await read("suricata-verify-fileinfo-eve.json")).toEqual([]);
    for (const name of ["frankh-first-org-conf-2015-alerts-only.json", "frankh-honeypot-2018-alerts-only.json"]) {
      expect((await rejectionOf(read(name))).code).toBe("record-issues");
    }
  });
});

function key({ source, sourcePort, destination, destinationPort }: ConnectionRecord): string {
  return `${source} ${sourcePort} ${destination} ${destinationPort}`;
}
