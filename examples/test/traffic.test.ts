import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { trainAttackClassifier } from "@mlsec/attack-tree";
import { loadDetector, saveBundle } from "@mlsec/bundle";
import {
  type ConnectionRecord,
  type FlowRecord,
  flowTable,
  kddFeatures,
  meterFlows,
  type PacketIssues,
  readConnections,
  readPackets,
} from "@mlsec/flows";
import { concatTables, type Table } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { trainThreatDetector } from "@mlsec/threat-ensemble";
import { describe, expect, it } from "vitest";
import { type Capture, captureOf, captureSource } from "../data/capture.js";
import {
  type AttackWindow,
  attackLines,
  BENIGN,
  FLOW_CLASSES,
  FLOW_FEATURES,
  generateCapture,
  generateConnections,
  generateFlows,
  labeller,
} from "../data/index.js";
import { ALL_ATTACKS, ordinaryParts } from "../data/mixes.js";
import { run } from "./run-program.js";

/** What the package makes of a capture. */
interface Metered {
  readonly attacks: readonly AttackWindow[];
  readonly flows: readonly FlowRecord[];
  readonly records: readonly ConnectionRecord[];
  readonly rows: Table;
}

async function metered(make: () => Capture): Promise<Metered> {
  const capture = make();
  const flows: FlowRecord[] = [];
  for await (const flow of meterFlows(captureSource(capture), { profile: "cic2017" })) flows.push(flow);
  const batches = [];
  for await (const batch of kddFeatures(readConnections(captureSource(make())), { lateness: 100_000 }))
    batches.push(batch);
  const records = batches.flatMap((batch) => batch.records);
  return { attacks: capture.attacks, flows, records, rows: concatTables(batches.map(({ table }) => table)) };
}

/** One kind of attack alone. */
function alone(label: string, connections: number): Promise<Metered> {
  const behaviour = ALL_ATTACKS.get(label)!;
  return metered(() => captureOf([{ label, behaviour, connections }], 600, false, Random.seeded(11)));
}

const feature = (flow: FlowRecord, name: string): number =>
  flow.values[FLOW_FEATURES.findIndex((column) => column.trim() === name)]!;
const packetsOf = (flow: FlowRecord): number =>
  feature(flow, "Total Fwd Packets") + feature(flow, "Total Backward Packets");
/** Flows that begin with a SYN, rather than what is left after a FIN. */
const whole = (flows: readonly FlowRecord[]): FlowRecord[] =>
  flows.filter((flow) => feature(flow, "PSH Flag Count") === 1);
const median = (values: Iterable<number>): number => {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1]!;
};
const distinct = (values: Iterable<string | number>): number => new Set(values).size;
const shareOf = <T>(items: readonly T[], test: (item: T) => boolean): number =>
  items.filter(test).length / items.length;

async function bytesOf({ pieces }: Capture): Promise<Buffer> {
  return Buffer.concat([...pieces]);
}
const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

describe("a generated capture", () => {
  it("has these very bytes and attacks on every runtime, and others for another seed", async () => {
    const capture = generateCapture({ connections: 400, seed: 1 });
    expect(digest(await bytesOf(capture))).toBe("1da86a4c84a60787");
    expect(digest(Buffer.from([...attackLines(capture.attacks)].join("")))).toBe("f944cc081016d135");
    expect(digest(await bytesOf(generateCapture({ connections: 400, seed: 2 })))).not.toBe("1da86a4c84a60787");
    expect(() => generateCapture({ connections: 0 })).toThrow(/positive integer/);
    expect(() => generateCapture({ connections: 20 })).toThrow(/too few/);
  });

  it("is written by the program, byte for byte, with its attacks beside it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mlsec-traffic-"));
    const [out, labels, json] = ["traffic.pcap", "new/attacks.csv", "summary.json"].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    const wanted = ["--dataset", "capture", "--rows", "400", "--random-state", "1"];
    const { code, output } = await run("generate.ts", ...wanted, "--out", out, "--labels", labels, "--json", json);
    expect([code, output]).toEqual([0, expect.stringMatching(/a generated capture of \d+ bytes with \d+ attacks/)]);
    const capture = generateCapture({ connections: 400, seed: 1 });
    expect(digest(await readFile(out))).toBe(digest(await bytesOf(capture)));
    expect(await readFile(labels, "utf8")).toBe([...attackLines(capture.attacks)].join(""));
    expect(JSON.parse(await readFile(json, "utf8"))).toMatchObject({ attacks: capture.attacks.length, seed: 1 });
    await rm(folder, { recursive: true });
  });

  it("is read without an issue, in the order of time, with all of its headers", async () => {
    const issues: PacketIssues[] = [];
    let last = 0;
    let packets = 0;
    const onIssues = (found: PacketIssues): void => void issues.push(found);
    for await (const { time, version, captured, length } of readPackets(
      captureSource(generateCapture({ connections: 2000 })),
      { onIssues },
    )) {
      expect(time >= last && version === 4 && captured === Math.min(96, length) && length >= 60).toBe(true);
      last = time;
      packets++;
    }
    expect(issues).toEqual([]);
    expect(packets).toBeGreaterThan(10_000);
  });

  it("has every kind of attack, and labels that addresses confirm", async () => {
    const { attacks, flows, records } = await metered(() => generateCapture({ connections: 3000 }));
    expect(new Set(attacks.map(({ label }) => label))).toEqual(new Set(ALL_ATTACKS.keys()));
    const labelOf = labeller(attacks);
    // Attackers have addresses of their own, but for packets that claim to come from where they go to.
    const isForeign = (address: string): boolean => address.startsWith("172.") || address.startsWith("100.");
    for (const item of [...flows, ...records]) {
      const { source, destination } = item;
      const isAttack = isForeign(source) || isForeign(destination) || source === destination;
      expect([item, labelOf(item) !== BENIGN]).toEqual([item, isAttack]);
    }
    const labels = new Set(flows.map(labelOf));
    expect(FLOW_CLASSES.filter((label) => !labels.has(label))).toEqual([]);
    expect(new Set(records.map(labelOf))).toEqual(new Set([BENIGN, ...ALL_ATTACKS.keys()]));
  });

  it("labels by time, too: what an attacker does before and after its attack is none", () => {
    const attack = { label: "DDoS", attacker: "100.64.1.0/24", victim: "192.168.0.9", from: 100, to: 200 };
    const labelOf = labeller([attack, { ...attack, label: "Bot", attacker: "172.16.0.1", victim: null }]);
    const flow = { source: "100.64.1.77", destination: "192.168.0.9", start: 150 };
    expect(labelOf(flow)).toBe("DDoS");
    expect(labelOf({ ...flow, source: flow.destination, destination: flow.source })).toBe("DDoS");
    for (const other of [{ start: 99 }, { start: 201 }, { source: "100.64.11.77" }, { destination: "192.168.0.90" }])
      expect(labelOf({ ...flow, ...other })).toBe(BENIGN);
    expect(labelOf({ source: "192.168.0.3", destination: "172.16.0.1", start: 100 })).toBe("Bot");
  });
});

describe("models trained on generated tables", () => {
  const capture = (): Capture => generateCapture({ connections: 4000, seed: 91 });

  /** Share of the rows of each true label that `isRight` holds for. */
  function hits(truth: readonly string[], isRight: (row: number) => boolean): Map<string, number> {
    const counts = new Map<string, [right: number, all: number]>();
    for (const [row, label] of truth.entries()) {
      const [right, all] = counts.get(label) ?? [0, 0];
      counts.set(label, [right + (isRight(row) ? 1 : 0), all + 1]);
    }
    return new Map([...counts].map(([label, [right, all]]) => [label, right / all]));
  }

  it("find attacks among the connections of another capture, and hardly take ordinary use for them", async () => {
    const { pipeline } = await trainThreatDetector(await generateConnections({ rows: 3000, seed: 5 }), {
      members: ["ann"],
      rfeTrees: 10,
      epochs: 15,
    });
    const detector = await loadDetector(await saveBundle(pipeline));
    const { attacks, records, rows } = await metered(capture);
    const { codes } = detector.detectColumns(rows);
    const attack = detector.classes.indexOf("Attack");
    const found = hits(records.map(labeller(attacks)), (row) => codes[row] === attack);
    expect(found.get(BENIGN)).toBeLessThan(0.06);
    for (const label of ["SYN Flood", "Host Sweep", "Vertical Scan", "Slow Scan", "Echo Flood", "PortScan", "DDoS"])
      expect([label, found.get(label)! > 0.9]).toEqual([label, true]);
    // What was said is not in headers.
    expect(found.get("Web Probe")).toBeLessThan(0.5);
  });

  it("name the attacks among the flows of another capture", async () => {
    const { pipeline } = await trainAttackClassifier(await generateFlows({ rows: 8000, seed: 5 }), {
      criterion: "entropy",
    });
    const detector = await loadDetector(await saveBundle(pipeline));
    const { attacks, flows } = await metered(capture);
    const { codes } = detector.detectColumns(flowTable(flows, { profile: "cic2017" }));
    const truth = flows.map(labeller(attacks));
    const found = hits(truth, (row) => detector.classes[codes[row]!] === truth[row]);
    for (const label of [BENIGN, "PortScan", "DDoS", "DoS Hulk", "FTP-Patator", "Infiltration"])
      expect([label, found.get(label)! > 0.85]).toEqual([label, true]);
  });
});

describe("attacks look like what they are", () => {
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

  it("ordinary use: names, web and mail above all; some of it fails, as an attack would", async () => {
    const { flows, records } = await metered(() => captureOf(ordinaryParts(1500, 0.5), 300, false, Random.seeded(3)));
    const ports = records.map(({ destinationPort }) => destinationPort);
    for (const port of [53, 80, 443, 25]) expect(ports.filter((used) => used === port).length).toBeGreaterThan(30);
    for (const state of ["SF", "REJ", "S0", "RSTO", "OTH"])
      expect([state, records.some((record) => record.state === state)]).toEqual([state, true]);
    expect(distinct(records.map(({ source }) => source))).toBeGreaterThan(100);
    expect(shareOf(flows, ({ protocol }) => protocol === 17)).toBeGreaterThan(0.2);
  });
});
