import { readFile } from "node:fs/promises";
import type { ConnectionRecord } from "@mlsec/flows";
import { Random } from "@mlsec/preprocess/numeric";
import { describe, expect, it } from "vitest";
import { captureOf } from "../data/capture.js";
import { ALL_ATTACKS, ordinaryParts } from "../data/mixes.js";
import {
  alone,
  distinct,
  feature,
  grouped,
  type Metered,
  median,
  metered,
  ordinary,
  packetsOf,
  shareOf,
  whole,
} from "./metered-traffic.js";

let mixed: Promise<Metered> | undefined;
/** All kinds of ordinary use together. */
const ordinaryUse = (): Promise<Metered> =>
  (mixed ??= metered(() => captureOf(ordinaryParts(1500, 0.5), 300, false, Random.seeded(3))));

/** A feature's values in the rows that have this text in another column. */
const valuesWhere = ({ rows }: Pick<Metered, "rows">, name: string, column: string, text: string): number[] => {
  const texts = rows.texts(column);
  return [...rows.numbers(name)].filter((_, row) => texts[row] === text);
};

describe("attacks look like what they are", () => {
  it("every kind, by a test of its own", async () => {
    const tests = await readFile(new URL(import.meta.url), "utf8");
    expect([...ALL_ATTACKS.keys()].filter((label) => !tests.includes(`"${label}"`))).toEqual([]);
  });

  it("PortScan: one host, hundreds of ports, a packet each way, hardly any port open", async () => {
    const { flows, records, rows } = await alone("PortScan", 150);
    expect([
      distinct(records.map(({ source }) => source)),
      distinct(records.map(({ destination }) => destination)),
    ]).toEqual([1, 1]);
    expect(distinct(records.map(({ destinationPort }) => destinationPort))).toBeGreaterThan(120);
    expect(shareOf(records, ({ state }) => state === "REJ")).toBeGreaterThan(0.9);
    expect(median(flows.map(packetsOf))).toBe(2);
    expect(median(rows.numbers("rerror_rate"))).toBeGreaterThan(0.95);
    expect(median(rows.numbers("dst_host_diff_srv_rate"))).toBeGreaterThan(0);
  });

  it("SYN Flood: many sources, one host, no connection comes about, windows full of errors", async () => {
    const { records, rows } = await alone("SYN Flood", 1000);
    expect(distinct(records.map(({ destination }) => destination))).toBe(1);
    expect(distinct(records.map(({ source }) => source))).toBeGreaterThan(20);
    expect(shareOf(records, ({ state }) => state === "S0" || state === "REJ" || state === "RSTO")).toBe(1);
    const errors = rows.numbers("serror_rate").map((rate, row) => rate + rows.numbers("rerror_rate")[row]!);
    expect(median(errors)).toBeGreaterThan(0.99);
    expect(Math.max(...rows.numbers("count"))).toBeGreaterThan(15);
  });

  it("Slow Scan: port after port, so slowly that the window of two seconds is nearly empty", async () => {
    const { records, rows } = await alone("Slow Scan", 40);
    expect(distinct(records.map(({ destinationPort }) => destinationPort))).toBeGreaterThan(15);
    expect(median(rows.numbers("count"))).toBeLessThan(10);
    expect(shareOf(records, ({ state }) => state === "RSTR" || state === "REJ")).toBeGreaterThan(0.75);
  });

  it("Host Sweep: one source, a host after the other", async () => {
    const { records } = await alone("Host Sweep", 40);
    expect(distinct(records.map(({ source }) => source))).toBe(1);
    expect(distinct(records.map(({ destination }) => destination))).toBe(records.length);
    expect(records.length).toBeGreaterThanOrEqual(20);
  });

  it("Echo Flood: replies to one host from a whole network, which nobody asked for", async () => {
    const { records, rows } = await alone("Echo Flood", 170);
    expect(distinct(records.map(({ destination }) => destination))).toBe(1);
    expect(distinct(records.map(({ source }) => source))).toBeGreaterThanOrEqual(80);
    expect(new Set(rows.texts("service"))).toEqual(new Set(["ecr_i"]));
    expect(median(rows.numbers("src_bytes"))).toBeGreaterThanOrEqual(520);
  });

  it("Teardrop and Oversized Ping: fragments that overlap, or go beyond what a packet can be", async () => {
    const teardrop = await alone("Teardrop", 55);
    expect(median(teardrop.rows.numbers("wrong_fragment"))).toBe(3);
    expect(new Set(teardrop.rows.texts("protocol_type"))).toEqual(new Set(["udp"]));
    const ping = await alone("Oversized Ping", 20);
    expect(median(ping.rows.numbers("wrong_fragment"))).toBe(1);
    expect(new Set(ping.rows.texts("protocol_type"))).toEqual(new Set(["icmp"]));
  });

  it("Password Guessing: the same short session again and again", async () => {
    const { records } = await alone("Password Guessing", 17);
    expect(records.length).toBeGreaterThanOrEqual(5);
    expect(distinct(records.map(({ destinationPort }) => destinationPort))).toBe(1);
    expect(Math.max(...records.map(({ sourceBytes }) => sourceBytes!))).toBeLessThan(150);
  });

  it.each([
    ["FTP-Patator", 21, 3],
    ["SSH-Patator", 22, 8],
  ] as const)(
    "%s: dozens of logins at port %d, all alike, held up after each wrong password",
    async (label, port, least) => {
      const { flows, records } = await alone(label, 40);
      expect(records).toHaveLength(40);
      expect(new Set(records.map(({ destinationPort }) => destinationPort))).toEqual(new Set([port]));
      const logins = whole(flows);
      expect(logins).toHaveLength(40);
      expect(median(logins.map((flow) => feature(flow, "Flow Duration")))).toBeGreaterThan(least * 1e6);
      const bytes = logins.map((flow) => feature(flow, "Total Length of Fwd Packets"));
      expect(Math.max(...bytes)).toBeLessThan(3 * Math.min(...bytes));
    },
  );

  it("DoS Hulk: connection after connection, large answers, an overwhelmed server lets them hang", async () => {
    const { flows, records } = await alone("DoS Hulk", 200);
    const requests = whole(flows);
    expect(requests.length).toBeGreaterThanOrEqual(200);
    expect(median(requests.map((flow) => feature(flow, "Flow Duration")))).toBeGreaterThan(60e6);
    expect(median(requests.map((flow) => feature(flow, "Total Length of Bwd Packets")))).toBe(11_595);
    const starts = records.map(({ start }) => start);
    expect(200 / ((Math.max(...starts) - Math.min(...starts)) / 1e6)).toBeGreaterThan(10);
  });

  it("DDoS: many hosts at once, the same twenty bytes", async () => {
    const { flows, records } = await alone("DDoS", 250);
    expect(distinct(records.map(({ source }) => source))).toBeGreaterThan(100);
    expect(distinct(records.map(({ destination }) => destination))).toBe(1);
    expect(median(whole(flows).map((flow) => feature(flow, "Fwd Packet Length Max")))).toBe(20);
  });

  it.each(["DoS slowloris", "DoS Slowhttptest"])("%s: long connections that say next to nothing", async (label) => {
    const { flows } = await alone(label, 40);
    expect(median(flows.map((flow) => feature(flow, "Flow Duration")))).toBeGreaterThan(10e6);
    expect(median(flows.map((flow) => feature(flow, "Total Length of Fwd Packets")))).toBeLessThan(700);
    expect(median(flows.map((flow) => feature(flow, "Flow Packets/s")))).toBeLessThan(2);
    expect(shareOf(flows, (flow) => feature(flow, "Idle Max") > 5e6)).toBeGreaterThan(0.3);
  });

  it("DoS GoldenEye: kept alive after an answer, closed by the server", async () => {
    const { flows } = await alone("DoS GoldenEye", 60);
    const requests = whole(flows);
    expect(requests).toHaveLength(60);
    expect(median(requests.map((flow) => feature(flow, "Flow Duration")))).toBeGreaterThan(5e6);
    expect(median(requests.map((flow) => feature(flow, "Total Length of Fwd Packets")))).toBeGreaterThan(200);
  });

  it.each(["Web Attack Brute Force", "Web Attack XSS"])(
    "%s: a few connections with dozens of requests",
    async (label) => {
      const { flows } = await alone(label, 60);
      const busy = whole(flows).filter((flow) => packetsOf(flow) > 60);
      expect(busy.length).toBeGreaterThan(0);
      expect(new Set(whole(flows).map(({ destinationPort }) => destinationPort))).toEqual(new Set([80]));
      expect(shareOf(whole(flows), (flow) => feature(flow, "Total Length of Fwd Packets") === 0)).toBeGreaterThan(0.5);
    },
  );

  it("Web Attack Sql Injection: one request, which the server holds for five seconds", async () => {
    const requests = whole((await alone("Web Attack Sql Injection", 12)).flows);
    expect(requests).toHaveLength(12);
    for (const flow of requests) expect(feature(flow, "Flow Duration") / 5e6).toBeCloseTo(1, 1);
  });

  it("Bot and Infiltration: hosts inside call out; one reports in the same words, one sends out far more than it gets", async () => {
    const bot = await alone("Bot", 12);
    expect(new Set(bot.records.map(({ destinationPort }) => destinationPort))).toEqual(new Set([8080]));
    expect(shareOf(bot.records, ({ source }) => source.startsWith("192.168."))).toBe(1);
    expect(median(whole(bot.flows).map((flow) => feature(flow, "Total Length of Bwd Packets")))).toBeLessThan(200);
    const theft = await alone("Infiltration", 8);
    const total = (name: string): number => theft.flows.reduce((sum, flow) => sum + feature(flow, name), 0);
    expect(total("Total Length of Fwd Packets")).toBeGreaterThan(10 * total("Total Length of Bwd Packets"));
    expect(new Set(theft.records.map(({ source }) => source.slice(0, 8)))).toEqual(new Set(["192.168."]));
  });

  it("Vertical Scan: port after port of one host, dozens a second, refused or asked with a single byte", async () => {
    const { records, rows } = await alone("Vertical Scan", 1600);
    const scans = grouped(records, ({ source }) => source);
    expect(new Set(scans.map(([first]) => first!.protocol))).toEqual(new Set(["tcp", "udp"]));
    for (const scan of scans) {
      expect(distinct(scan.map(({ destination }) => destination))).toBe(1);
      expect(distinct(scan.map(({ destinationPort }) => destinationPort))).toBeGreaterThan(0.7 * scan.length);
      const isRefused = ({ state }: ConnectionRecord): boolean => state === "REJ";
      // No answer tells of a port that is closed; all probes come from one port, of a byte each.
      const isByte = (of: ConnectionRecord): boolean =>
        of.sourcePort === scan[0]!.sourcePort && of.sourceBytes === 1 && of.destinationPackets === 0;
      expect(shareOf(scan, scan[0]!.protocol === "udp" ? isByte : isRefused)).toBeGreaterThan(0.8);
    }
    const use = await ordinaryUse();
    const ofTcp = (of: Pick<Metered, "rows">, name: string): number =>
      median(valuesWhere(of, name, "protocol_type", "tcp"));
    expect(ofTcp({ rows }, "rerror_rate")).toBeGreaterThan(0.8);
    expect(ofTcp(use, "rerror_rate")).toBe(0);
    expect(median(rows.numbers("count"))).toBeGreaterThan(10 * median(use.rows.numbers("count")));
    const [most] = grouped(use.records, ({ source, destination }) => `${source} ${destination}`)
      .map((pair) => distinct(pair.map(({ destinationPort }) => destinationPort)))
      .sort((a, b) => b - a);
    expect(Math.min(...scans.map(({ length }) => length))).toBeGreaterThan(most! / 2);
  });

  it("Stealth Probe: a handful of odd packets, of kinds that ordinary use has hardly or not at all", async () => {
    const { records, rows } = await alone("Stealth Probe", 2400);
    const probes = grouped(records, ({ source }) => source);
    expect(Math.max(...probes.map(({ length }) => length))).toBeLessThanOrEqual(20);
    expect(Math.max(...rows.numbers("count"))).toBeLessThan(20);
    const kindOf = (of: ConnectionRecord): string => {
      if (of.source === of.destination) return `land ${of.state}`;
      if (of.protocol === "icmp") return `ping of ${of.sourceBytes}`;
      return of.protocol === "tcp" ? of.state : `datagram of ${of.sourceBytes}`;
    };
    // Nothing but headers: a ping without a payload, a FIN in a connection that never was.
    const kinds = new Set(["land S0", "ping of 0", "SH", "datagram of 105", "datagram of 215"]);
    expect(new Set(records.map(kindOf))).toEqual(kinds);
    expect(shareOf(records, ({ destinationPackets }) => destinationPackets === 0)).toBe(1);
    for (const probe of probes) expect(distinct(probe.map((of) => kindOf(of).split(" ")[0]!))).toBe(1);
    const lands = rows.numbers("land");
    expect(records.map(({ source, destination }) => Number(source === destination))).toEqual([...lands]);
    const use = await ordinaryUse();
    expect(Math.max(...use.rows.numbers("land"))).toBe(0);
    expect(shareOf(use.records, (of) => kinds.has(kindOf(of)) && of.destinationPackets === 0)).toBeLessThan(0.01);
  });

  it("Web Probe: visit after visit of one server, answered, but with less said on both sides than elsewhere", async () => {
    const { records, rows } = await alone("Web Probe", 300);
    for (const probe of grouped(records, ({ source }) => source)) {
      expect(distinct(probe.map(({ destination }) => destination))).toBe(1);
      expect(probe.length).toBeGreaterThanOrEqual(3);
    }
    expect(new Set(rows.texts("service"))).toEqual(new Set(["http"]));
    expect(shareOf(records, ({ state }) => state === "SF")).toBeGreaterThan(0.9);
    const use = await ordinaryUse();
    for (const [name, most] of [
      ["src_bytes", 0.75],
      ["dst_bytes", 0.5],
    ] as const) {
      const usual = valuesWhere(use, name, "service", "http");
      expect(median(rows.numbers(name))).toBeLessThan(most * median(usual));
    }
  });

  it("Long Requests: the same request of tens of kilobytes again and again, longer than its answer", async () => {
    const { records, rows } = await alone("Long Requests", 300);
    for (const flood of grouped(records, ({ source }) => source)) {
      expect(distinct(flood.map(({ destination }) => destination))).toBe(1);
      expect(flood.length).toBeGreaterThanOrEqual(10);
    }
    expect(new Set(rows.texts("service"))).toEqual(new Set(["http"]));
    expect(shareOf(records, (of) => of.sourceBytes === 54_540 && of.destinationBytes === 8314)).toBeGreaterThan(0.8);
    expect(new Set(records.map(({ state }) => state))).toEqual(new Set(["SF", "RSTR"]));
    const visits = (await ordinary("web", 600)).records;
    expect(shareOf(visits, ({ sourceBytes }) => sourceBytes! > 9000)).toBeLessThan(0.01);
    expect(shareOf(visits, (of) => of.sourceBytes! > of.destinationBytes!)).toBeLessThan(0.2);
  });

  it("Guest Download: one session outside, then files that the server sends there; half of them the same 334 bytes", async () => {
    const { records, rows } = await alone("Guest Download", 120);
    const isInside = (address: string): boolean => address.startsWith("192.168.");
    const attacks = grouped(records, ({ source, destination }) => (isInside(source) ? destination : source));
    expect(attacks.length).toBeGreaterThan(20);
    for (const [session, ...files] of attacks) {
      expect([isInside(session!.source), session!.destinationPort]).toEqual([false, 21]);
      expect(files.length).toBeGreaterThan(0);
      for (const { source, sourceBytes, destinationBytes } of files)
        expect([source, sourceBytes! > 0, destinationBytes]).toEqual([session!.destination, true, 0]);
    }
    const isNote = ({ sourceBytes }: ConnectionRecord): boolean => sourceBytes === 334;
    expect(
      shareOf(
        records.filter(({ source }) => isInside(source)),
        isNote,
      ),
    ).toBeGreaterThan(0.4);
    const transfers = await ordinary("fileTransfer", 400);
    expect(shareOf(transfers.records, isNote)).toBeLessThan(0.02);
    // The session itself is like any other.
    for (const name of ["src_bytes", "dst_bytes", "duration"]) {
      const usual = median(valuesWhere(transfers, name, "service", "ftp"));
      const ratio = median(valuesWhere({ rows }, name, "service", "ftp")) / usual;
      expect([name, ratio > 0.4 && ratio < 2.5]).toEqual([name, true]);
    }
  });

  it("Guest Upload: megabytes to the server over a connection that it opened, where others fetch", async () => {
    const { records, rows } = await alone("Guest Upload", 12);
    expect(new Set(rows.texts("service"))).toEqual(new Set(["ftp_data"]));
    for (const { source, sourcePort, sourceBytes, destinationBytes, duration } of records) {
      expect([source.startsWith("192.168."), sourcePort, sourceBytes]).toEqual([true, 20, 0]);
      expect(destinationBytes).toBeGreaterThan(1e6);
      expect(duration).toBeGreaterThan(1e6);
    }
    const transfers = await ordinary("fileTransfer", 400);
    expect(Math.max(...valuesWhere(transfers, "dst_bytes", "service", "ftp_data"))).toBe(0);
  });

  it("Buffer Overflow: one busy session, such as honest users have, too", async () => {
    const attack = await alone("Buffer Overflow", 60);
    const { records, rows } = attack;
    expect([records.length, distinct(records.map(({ source }) => source))]).toEqual([60, 60]);
    expect(new Set(rows.texts("service"))).toEqual(new Set(["telnet", "ftp_data"]));
    expect(shareOf(records, ({ state }) => state === "SF")).toBe(1);
    const shells = await ordinary("remoteShell", 400);
    const [typed, usual] = [attack, shells].map((of) => valuesWhere(of, "src_bytes", "service", "telnet"));
    expect(median(typed!)).toBeGreaterThan(3 * median(usual!));
    for (const name of ["src_bytes", "dst_bytes", "duration"]) {
      const honest = valuesWhere(shells, name, "service", "telnet");
      const [least, most] = [Math.min(...honest), Math.max(...honest)];
      const values = valuesWhere(attack, name, "service", "telnet");
      expect([name, shareOf(values, (value) => value >= least && value <= most) > 0.8]).toEqual([name, true]);
    }
  });

  it("ordinary use: names, web and mail above all; some of it fails, as an attack would", async () => {
    const { flows, records } = await ordinaryUse();
    const ports = records.map(({ destinationPort }) => destinationPort);
    for (const port of [53, 80, 443, 25]) expect(ports.filter((used) => used === port).length).toBeGreaterThan(30);
    for (const state of ["SF", "REJ", "S0", "RSTO", "OTH"])
      expect([state, records.some((record) => record.state === state)]).toEqual([state, true]);
    expect(distinct(records.map(({ source }) => source))).toBeGreaterThan(100);
    expect(shareOf(flows, ({ protocol }) => protocol === 17)).toBeGreaterThan(0.2);
  });
});
