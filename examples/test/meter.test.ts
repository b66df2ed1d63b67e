import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IpProtocol, KDD_IDENTIFIERS, type PacketSpec, TcpFlag, writePcap } from "@mlsec/flows";
import { nslKdd, readCsv } from "@mlsec/preprocess";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ended, run, start } from "./run-program.js";

let folder: string;
const path = (name: string): string => join(folder, name);
const capture = writePcap(packets());

/** Connections of a SYN, an answer and a request, a second apart. */
function* packets(connections = 50): Generator<PacketSpec> {
  for (let k = 0; k < connections; k++) {
    const there = { source: "192.0.2.1", sourcePort: 2000 + k, destination: "192.0.2.9", destinationPort: 80 };
    const back = { source: "192.0.2.9", sourcePort: 80, destination: "192.0.2.1", destinationPort: 2000 + k };
    const at = { protocol: IpProtocol.tcp, time: 1_767_000_000_000_000 + k * 1_000_000 };
    yield { ...there, ...at, flags: TcpFlag.syn };
    yield { ...back, ...at, time: at.time + 100, flags: TcpFlag.syn | TcpFlag.ack };
    yield { ...there, ...at, time: at.time + 200, payload: 100 };
  }
}

const connLog = [
  "#separator \\x09",
  "#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state",
  "1700000000.000000\t10.0.0.1\t40000\t10.0.0.9\t80\ttcp\thttp\t0.25\t120\t4096\tSF",
  "1700000000.500000\t10.0.0.1\t40001\t10.0.0.9\t80\ttcp\t-\t-\t-\t-\tS0\n",
].join("\n");

const secondText = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, "0")}.000000+0000`;

/** @param begin second of the minute. */
const eveEvent = (at: number, begin = 0): string =>
  JSON.stringify({
    timestamp: "2026-01-01T00:00:05.000000+0000",
    event_type: "flow",
    ...{ src_ip: "10.0.0.1", src_port: 40_000 + at, dest_ip: "10.0.0.9", dest_port: 80, proto: "TCP" },
    flow: {
      ...{ pkts_toserver: 4, pkts_toclient: 3, bytes_toserver: 300, bytes_toclient: 900 },
      ...{ start: secondText(begin), end: secondText(begin + 1), state: "closed" },
    },
    tcp: { tcp_flags_ts: "1b", tcp_flags_tc: "1b", syn: true, fin: true, psh: true, ack: true },
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlsec-meter-"));
  await writeFile(path("web.pcap"), capture);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("meter", () => {
  it("writes the columns of each profile, identifiers first", async () => {
    for (const [profile, first, columns] of [
      ["cic2017", "Flow ID, Source IP, Source Port, Destination IP", 84],
      ["cic-fixed", "Flow ID,Src IP,Src Port,Dst IP", 93],
    ] as const) {
      const out = path(`${profile}.csv`);
      const { code, output } = await run("meter.ts", "--source", path("web.pcap"), "--profile", profile, "--out", out);
      expect([code, output]).toEqual([0, expect.stringContaining("150 packets, 50 flows.")]);
      const csv = await readFile(out, "utf8");
      expect(csv.startsWith(first)).toBe(true);
      const table = await readCsv(csv);
      expect([table.rows, table.names.length]).toEqual([50, columns]);
    }
  });

  it("reads a pipe, and says what of it could not be read", async () => {
    const child = start("meter.ts", ["--source", "-", "--format", "pcap", "--profile", "cic-fixed", "--out", "-"]);
    child.stdin!.end(capture.subarray(0, capture.length - 10));
    const { code, output } = await ended(child);
    expect(code).toBe(0);
    expect(output.split("\n").filter((line) => line.startsWith("192.0.2.1-")).length).toBe(50);
    expect(output).toMatch(/Could not be read: cut-off 1\.\n {2}packet 150, byte \d+: the file ends/);
  });

  it("keeps all that has come when Ctrl-C ends live traffic", async () => {
    const child = start("meter.ts", ["--source", "-", "--profile", "cic-fixed", "--out", "-"]);
    const all = ended(child);
    child.stdin!.write(capture);
    await new Promise((resolve) => child.stdout!.once("data", resolve));
    child.kill("SIGINT");
    const { code, output } = await all;
    expect([code, output]).toEqual([0, expect.stringContaining("150 packets, 50 flows.")]);
    expect(output.split("\n").filter((line) => line.startsWith("192.0.2.1-")).length).toBe(50);
  });

  it("is content with a reader that has had enough, as head has", async () => {
    const child = start("meter.ts", ["--source", "-", "--profile", "cic-fixed", "--out", "-"]);
    let told = "";
    child.stderr!.on("data", (piece) => (told += piece));
    child.stdout!.once("data", () => child.stdout!.destroy());
    // More rows than a pipe holds.
    child.stdin!.on("error", () => undefined).end(writePcap(packets(2000)));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, told]).toEqual([0, expect.not.stringContaining("Error")]);
  });

  it("writes NSL-KDD's columns of packets, of a conn.log and of an eve.json", async () => {
    await writeFile(path("conn.log"), connLog);
    await writeFile(path("eve.json"), `${eveEvent(0)}\nno event\n${eveEvent(1)}\n`);
    for (const [format, file, rows, told] of [
      ["pcap", "web.pcap", 50, "150 packets, 50 connections.\n50 connections, 50 rows."],
      ["zeek", "conn.log", 2, "2 connections, 2 rows."],
      ["eve", "eve.json", 2, "Could not be read: bad-json 1.\n  line 2"],
    ] as const) {
      const out = path(`${format}.kdd.csv`);
      const args = ["--source", path(file), "--format", format, "--profile", "kdd", "--out", out];
      const { code, output } = await run("meter.ts", ...args);
      expect([code, output]).toEqual([0, expect.stringContaining(told)]);
      const table = await readCsv(await readFile(out, "utf8"));
      expect(table.names).toEqual([...KDD_IDENTIFIERS, ...nslKdd.features]);
      expect(table.rows).toBe(rows);
      expect(new Set(table.texts("service"))).toEqual(new Set(["http"]));
      expect(table.cell("count", 1)).toBe(2);
    }
  });

  it("estimates bytes of payload of an eve.json where it is told to", async () => {
    await writeFile(path("eve.json"), `${eveEvent(0)}\n`);
    const args = ["--source", path("eve.json"), "--format", "eve", "--profile", "kdd", "--out", path("bytes.csv")];
    for (const [choice, wanted] of [
      [[], [0, 0]],
      // 4 packets and 3, of 54 bytes of headers each.
      [
        ["--payload", "estimate"],
        [300 - 4 * 54, 900 - 3 * 54],
      ],
    ] as const) {
      expect((await run("meter.ts", ...args, ...choice)).code).toBe(0);
      const table = await readCsv(await readFile(path("bytes.csv"), "utf8"));
      expect([table.cell("src_bytes", 0), table.cell("dst_bytes", 0)]).toEqual(wanted);
    }
  });

  it("has connections wait for those that began before them as long as it is told to", async () => {
    const events = [30, 45, 0].map((begin) => eveEvent(begin, begin));
    await writeFile(path("late.json"), `${events.join("\n")}\n`);
    const args = ["--source", path("late.json"), "--format", "eve", "--profile", "kdd", "--out", path("late.csv")];
    for (const [choice, ports, told] of [
      [[], [40_000, 40_030, 40_045], "3 rows.\n"],
      [["--lateness", "10"], [40_030, 40_000, 40_045], "3 rows (1 came too late for their windows)."],
    ] as const) {
      const { code, output } = await run("meter.ts", ...args, ...choice);
      expect([code, output]).toEqual([0, expect.stringContaining(told)]);
      const table = await readCsv(await readFile(path("late.csv"), "utf8"));
      expect([...table.numbers("src_port")]).toEqual(ports);
    }
  });

  it("spells columns as it is told to, and meters IPv6 where it is told to", async () => {
    const six = { source: "2001:db8::1", destination: "2001:db8::9", sourcePort: 4000, destinationPort: 53 };
    const at = { protocol: IpProtocol.udp, time: 1_767_000_100_000_000, payload: 30 };
    await writeFile(
      path("six.pcap"),
      writePcap([...packets(), { ...six, ...at }, { ...six, ...at, time: at.time + 5 }]),
    );
    const args = ["--source", path("six.pcap"), "--profile", "cic2017", "--out", path("six.csv")];
    for (const [choice, begin, told] of [
      [["--names", "original"], "Flow ID, Source IP,", "152 packets (left out: 2 IPv6), 50 flows."],
      [["--names", "stripped", "--ipv6"], "Flow ID,Source IP,", "152 packets, 51 flows."],
      [["--names", "v4", "--ipv6"], "Flow ID,Src IP,", "152 packets, 51 flows."],
    ] as const) {
      const { code, output } = await run("meter.ts", ...args, ...choice);
      expect([code, output]).toEqual([0, expect.stringContaining(told)]);
      const csv = await readFile(path("six.csv"), "utf8");
      expect([csv.startsWith(begin), csv.includes("2001:db8::1")]).toEqual([true, choice.length > 2]);
    }
  });

  it.each([
    ["--payload", ["--payload", "estimate"], "pcap", "kdd"],
    ["--payload", ["--payload", "unknown"], "zeek", "kdd"],
    ["--ipv6", ["--ipv6"], "pcap", "kdd"],
    ["--names", ["--names", "v4"], "zeek", "kdd"],
    ["--lateness", ["--lateness", "5"], "pcap", "cic-fixed"],
    ["--tunnels", ["--tunnels", "open"], "zeek", "kdd"],
  ])("refuses %s where it would change nothing: %j of %s, %s", async (flag, given, format, profile) => {
    const args = ["--source", path("web.pcap"), "--format", format, "--profile", profile, "--out", path("never.csv")];
    const { code, output } = await run("meter.ts", ...args, ...given);
    expect([code, output]).toEqual([1, expect.stringMatching(new RegExp(`Error: .*${flag} .*(is|goes|go) `))]);
    await expect(readFile(path("never.csv"))).rejects.toThrow();
  });

  it("refuses a profile that a log cannot have", async () => {
    const args = ["--source", path("web.pcap"), "--format", "zeek", "--profile", "cic2017", "--out", path("never.csv")];
    const { code, output } = await run("meter.ts", ...args);
    expect([code, output]).toEqual([1, expect.stringContaining("needs packets")]);
  });

  it("tells in one paragraph what is wrong", async () => {
    await writeFile(path("text.pcap"), "Flow ID,Src IP");
    const bad = await run(
      "meter.ts",
      "--source",
      path("text.pcap"),
      "--profile",
      "cic2017",
      "--out",
      path("never.csv"),
    );
    expect([bad.code, bad.output]).toEqual([1, expect.stringMatching(/neither pcap nor pcapng/)]);
    await expect(readFile(path("never.csv"))).rejects.toThrow();
    const unknown = await run("meter.ts", "--source", path("web.pcap"), "--profile", "cic", "--out", path("never.csv"));
    expect([unknown.code, unknown.output]).toEqual([1, expect.stringContaining("cic2017")]);
  });
});
