import { describe, expect, it } from "vitest";
import {
  type CicFixes,
  type FlowRecord,
  flowColumns,
  type MeterOptions,
  meterFlows,
  type PacketSpec,
  writePcap,
} from "../../src/index.js";
import { A, B, icmp, T0, tcp, udp } from "../captures.js";

type Flow = Omit<FlowRecord, "values"> & { readonly features: ReadonlyMap<string, number> };

/** Flows of packets, under version 4's names whatever the profile. */
async function flowsOf(packets: readonly PacketSpec[], options: MeterOptions, pad = false): Promise<Flow[]> {
  const named = { ...options, names: "v4" } as const;
  const { features } = flowColumns(named);
  const flows: Flow[] = [];
  for await (const { values, ...record } of meterFlows(writePcap(packets, { pad }), named))
    flows.push({ ...record, features: new Map(features.map((name, k) => [name, values[k]!])) });
  return flows;
}

const fixed = (packets: readonly PacketSpec[], fixes: Partial<CicFixes> = {}): Promise<Flow[]> =>
  flowsOf(packets, { profile: "cic-fixed", fixes });
const of2017 = (packets: readonly PacketSpec[], fixes: Partial<CicFixes> = {}): Promise<Flow[]> =>
  flowsOf(packets, { profile: "cic2017", fixes });

/** Some features of a flow, for comparing with what they must be. */
function some(flow: Flow | undefined, expected: Readonly<Record<string, number>>): Record<string, number | undefined> {
  return Object.fromEntries(Object.keys(expected).map((name) => [name, flow?.features.get(name)]));
}

const S = 1_000_000;

describe("the corrected fork's rules", () => {
  it("counts lengths, times, flags and headers of both directions", async () => {
    const options = { tcpOptions: new Uint8Array(12) };
    const [flow, ...others] = await fixed([
      tcp(0, ">", "S", 0, { window: 8192, ...options }),
      tcp(100, "<", "SA", 0, { window: 500 }),
      tcp(300, ">", "PA", 10, options),
      tcp(700, "<", "PAU", 30, { window: 400 }),
      tcp(1500, ">", "AEC", 20),
    ]);
    expect(others).toEqual([]);
    const expected = {
      "Dst Port": 80,
      "Flow Duration": 1500,
      "Total Fwd Packet": 3,
      "Total Bwd packets": 2,
      "Total Length of Fwd Packet": 30,
      "Total Length of Bwd Packet": 30,
      "Fwd Packet Length Max": 20,
      "Fwd Packet Length Min": 0,
      "Fwd Packet Length Mean": 10,
      // Deviations −10, 0, 10: √(200/2).
      "Fwd Packet Length Std": 10,
      "Bwd Packet Length Mean": 15,
      // Deviations ±15: √(450/1).
      "Bwd Packet Length Std": Math.sqrt(450),
      // 60 bytes and 5 packets in 0.0015 s.
      "Flow Bytes/s": 40_000,
      "Flow Packets/s": 5 / 0.0015,
      // Gaps 100, 200, 400, 800: mean 375, squares of deviations 75,625 + 30,625 + 625 + 180,625 = 287,500, over 3.
      "Flow IAT Mean": 375,
      "Flow IAT Std": Math.sqrt(287_500 / 3),
      "Flow IAT Max": 800,
      "Flow IAT Min": 100,
      // 0 → 300 → 1500.
      "Fwd IAT Total": 1500,
      "Fwd IAT Mean": 750,
      "Fwd IAT Std": Math.sqrt(2 * 450 * 450),
      // 100 → 700: one gap.
      "Bwd IAT Total": 600,
      "Bwd IAT Std": 0,
      "Fwd PSH Flags": 1,
      "Bwd PSH Flags": 1,
      "Bwd URG Flags": 1,
      // 32 + 32 + 20, and 20 + 20.
      "Fwd Header Length": 84,
      "Bwd Header Length": 40,
      "Fwd Packets/s": 2000,
      "Packet Length Mean": 12,
      // 0, 0, 10, 30, 20: 144 + 144 + 4 + 324 + 64 = 680, over 4.
      "Packet Length Variance": 170,
      "SYN Flag Count": 2,
      "PSH Flag Count": 2,
      "ACK Flag Count": 4,
      "URG Flag Count": 1,
      "CWR Flag Count": 1,
      "ECE Flag Count": 1,
      "Down/Up Ratio": 2 / 3,
      "Average Packet Size": 12,
      "FWD Init Win Bytes": 8192,
      "Bwd Init Win Bytes": 500,
      "Fwd Act Data Pkts": 2,
      "Bwd Act Data Pkts": 1,
      "Fwd Seg Size Min": 20,
      // It begins at 0 and takes the minimum.
      "Bwd Seg Size Min": 0,
      "ICMP Code": -1,
      "Total Connection Flow Time": 1500,
    };
    const got = some(flow, expected);
    for (const [name, value] of Object.entries(expected)) expect(got[name], name).toBeCloseTo(value, 9);
    expect(flow).toMatchObject({
      source: A,
      sourcePort: 40_000,
      destination: B,
      destinationPort: 80,
      protocol: 6,
      start: T0,
    });
    expect(flow!.id).toBe(`${A}-${B}-40000-80-6`);
  });

  it("cuts TCP at 120 s: the part after keeps the direction and the connection's time", async () => {
    const flows = await fixed([
      tcp(0, ">", "S"),
      tcp(10, "<", "SA"),
      tcp(120 * S, ">", "A", 5),
      // Later than 120 s after the start, and backward.
      tcp(120 * S + 1, "<", "A", 7),
      tcp(121 * S, ">", "A", 9),
    ]);
    expect(flows.map(({ end, start, source }) => [end, start - T0, source])).toEqual([
      ["timeout", 0, A],
      ["end", 120 * S + 1, A],
    ]);
    const first = { "Total Fwd Packet": 2, "Total Bwd packets": 1, "Total Connection Flow Time": 120 * S };
    expect(some(flows[0], first)).toEqual(first);
    // 120 s before, 1 µs between, 999,999 µs of its own.
    const second = { "Total Fwd Packet": 1, "Total Bwd packets": 1, "Total Connection Flow Time": 121 * S };
    expect(some(flows[1], second)).toEqual(second);
    // Its first packet was backward: its forward window was never read.
    const windows = { "FWD Init Win Bytes": 0, "Bwd Init Win Bytes": 1000 };
    expect(some(flows[1], windows)).toEqual(windows);
  });

  it("begins UDP anew after silence: in the direction of the packet, without the time before", async () => {
    const silent = await fixed([udp(0, ">"), udp(130 * S, "<")]);
    expect(silent.map(({ source }) => source)).toEqual([A, B]);
    expect(silent[1]!.features.get("Total Connection Flow Time")).toBe(0);
    // The identifier stays that of the flow before.
    expect(silent[1]!.id).toBe(`${A}-${B}-5353-53-17`);
    const steady = await fixed([udp(0, ">"), udp(60 * S, ">"), udp(130 * S, "<")]);
    expect(steady.map(({ source }) => source)).toEqual([A, A]);
    // 60 s, and the gap of 70 s.
    expect(steady[1]!.features.get("Total Connection Flow Time")).toBe(130 * S);
  });

  it("waits after both FINs and the last ACK, and after RST, for a SYN", async () => {
    const end = [tcp(10, ">", "FA"), tcp(20, "<", "FA"), tcp(30, ">", "A"), tcp(40, "<", "A", 1)];
    const flows = await fixed([tcp(0, ">", "S"), ...end, tcp(50, ">", "S"), tcp(60, "<", "RA"), tcp(70, "<", "S")]);
    expect(flows.map(({ end, source }) => [end, source])).toEqual([
      ["finished", A],
      ["finished", A],
      ["end", B],
    ]);
    // What comes after the last ACK is still added.
    const first = { "Total Fwd Packet": 3, "Total Bwd packets": 2, "FIN Flag Count": 2 };
    expect(some(flows[0], first)).toEqual(first);
    const second = { "Total Fwd Packet": 1, "Bwd RST Flags": 1, "RST Flag Count": 1 };
    expect(some(flows[1], second)).toEqual(second);
  });

  it("takes FINs of one side only for an open connection", async () => {
    const flows = await fixed([
      tcp(0, ">", "S"),
      tcp(1, ">", "FA"),
      tcp(2, ">", "FA"),
      tcp(3, ">", "A"),
      tcp(4, ">", "S"),
    ]);
    expect(flows.map(({ features }) => features.get("Total Fwd Packet"))).toEqual([5]);
  });

  it("turns a flow round that begins with SYN and ACK", async () => {
    const [flow] = await fixed([tcp(0, "<", "SA", 0, { window: 70 }), tcp(5, ">", "A")]);
    expect(flow).toMatchObject({ source: A, destinationPort: 80, id: `${A}-${B}-40000-80-6` });
    const expected = {
      "Total Fwd Packet": 1,
      "Total Bwd packets": 1,
      "FWD Init Win Bytes": 0,
      "Bwd Init Win Bytes": 70,
    };
    expect(some(flow, expected)).toEqual(expected);
  });

  it("begins a flow of ICMP where type and code are both others", async () => {
    const flows = await fixed([icmp(0, ">", 8, 0), icmp(1, "<", 0, 0), icmp(2, "<", 3, 3), icmp(3, ">", 3, 1)]);
    // The answer has another type but the same code. 3/1 has another code than 3/3, but the same type.
    expect(
      flows.map(({ source, features }) => [source, features.get("ICMP Type"), features.get("Total Fwd Packet")]),
    ).toEqual([
      [A, 8, 1],
      [B, 3, 1],
    ]);
    const lengths = {
      "Total Length of Fwd Packet": 0,
      "Fwd Header Length": 0,
      "Dst Port": 0,
      "Total Connection Flow Time": 0,
    };
    expect(some(flows[0], lengths)).toEqual(lengths);
  });

  it("averages active and idle times between gaps of over five seconds", async () => {
    const times = [0, 2 * S, 7 * S, 12 * S + 1, 13 * S, 30 * S, 40 * S, 41 * S];
    const [flow] = await fixed(times.map((at) => tcp(at, ">", "A")));
    // Gaps beyond 5 s: 7 → 12.000001, 13 → 30, 30 → 40. Periods before them: 0–7 and 12.000001–13; 30–30 has no length,
    // and the last one, 40–41, is never counted.
    const active = [7 * S, 999_999];
    const idle = [5 * S + 1, 17 * S, 10 * S];
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
    const std = (values: readonly number[]): number =>
      Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1));
    expect(flow!.features.get("Active Mean")).toBeCloseTo(mean(active), 6);
    expect(flow!.features.get("Active Std")).toBeCloseTo(std(active), 6);
    expect(flow!.features.get("Idle Mean")).toBeCloseTo(mean(idle), 6);
    expect(flow!.features.get("Idle Std")).toBeCloseTo(std(idle), 3);
    const ends = { "Active Max": 7 * S, "Active Min": 999_999, "Idle Max": 17 * S, "Idle Min": 5 * S + 1 };
    expect(some(flow, ends)).toEqual(ends);
  });

  it("finds bulks of four packets, by direction", async () => {
    const forward = [0, 1, 2, 3, 4].map((k) => tcp(k * 100_000, ">", "A", 100 + k));
    // A gap of over a second begins another candidate, of which three packets are no bulk.
    const late = [0, 1, 2].map((k) => tcp(2 * S + k, ">", "A", 50));
    // Four of the other side: 1,000 bytes in 30 µs. Those without payload in between do not count, and change nothing.
    const backward = [0, 10, 20, 30].flatMap((k) => [tcp(3 * S + k, "<", "A", 250), tcp(3 * S + k + 1, "<", "A")]);
    const [flow] = await fixed([...forward, ...late, ...backward]);
    const expected = {
      "Fwd Bytes/Bulk Avg": 510,
      "Fwd Packet/Bulk Avg": 5,
      // 510 bytes in 0.4 s.
      "Fwd Bulk Rate Avg": 1275,
      "Bwd Bytes/Bulk Avg": 1000,
      "Bwd Packet/Bulk Avg": 4,
      "Bwd Bulk Rate Avg": 1000 / 0.00003,
    };
    for (const [name, value] of Object.entries(expected)) expect(flow!.features.get(name), name).toBeCloseTo(value, 6);
  });

  it("ends a bulk's candidate with data of the other side", async () => {
    const packets = [
      tcp(0, ">", "A", 9),
      tcp(1, ">", "A", 9),
      tcp(2, "<", "A", 9),
      tcp(3, ">", "A", 9),
      tcp(4, ">", "A", 9),
    ];
    const [flow] = await fixed(packets);
    expect(flow!.features.get("Fwd Packet/Bulk Avg")).toBe(0);
  });

  it("divides by gaps of over a second for subflows", async () => {
    // Gaps of 1 s (no), 1.000001 s and 3 s (yes): two.
    const [flow] = await fixed([0, S, 2 * S + 1, 5 * S].map((at) => tcp(at, ">", "A", 5)));
    const expected = { "Subflow Fwd Packets": 2, "Subflow Fwd Bytes": 10, "Subflow Bwd Packets": 0 };
    expect(some(flow, expected)).toEqual(expected);
    const [odd] = await fixed([0, 2 * S, 4 * S].map((at) => tcp(at, ">", "A", 5)));
    expect(odd!.features.get("Subflow Fwd Packets")).toBe(1.5);
  });

  it("counts retransmissions by sequence, acknowledgement, length and window, also beyond a timeout", async () => {
    const again = { sequence: 5, acknowledgement: 6 };
    const flows = await fixed([
      tcp(0, ">", "A", 10, again),
      tcp(1, ">", "PA", 10, again),
      tcp(2, ">", "A", 10, { ...again, window: 1001 }),
      tcp(3, ">", "A", 11, again),
      tcp(4, "<", "A", 10, again),
      tcp(5, "<", "A", 10, again),
      tcp(6, "<", "A", 10, again),
      tcp(121 * S, ">", "A", 10, again),
    ]);
    const first = { "Fwd TCP Retrans. Count": 1, "Bwd TCP Retrans. Count": 2, "Total TCP Retrans. Count": 3 };
    expect(some(flows[0], first)).toEqual(first);
    expect(flows[1]!.features.get("Fwd TCP Retrans. Count")).toBe(1);
  });

  it("gives out flows of one packet, with rates of −1", async () => {
    const [flow] = await fixed([udp(0, ">", 5)]);
    const expected = {
      "Flow Bytes/s": -1,
      "Flow Packets/s": -1,
      "Flow IAT Mean": 0,
      "Fwd Packets/s": 0,
      "Flow IAT Std": 0,
    };
    expect(some(flow, expected)).toEqual(expected);
  });
});

describe("the rules of 2017", () => {
  const dialogue = [
    tcp(0, ">", "SPE", 0, { window: 8192 }),
    tcp(100, "<", "SA", 0, { window: 500 }),
    tcp(200, ">", "PA", 10),
    tcp(300, "<", "A", 20, { window: 400 }),
  ];

  it("end a flow with its first FIN, and have none of one packet", async () => {
    const flows = await of2017([
      ...dialogue,
      tcp(400, "<", "FA"),
      tcp(500, ">", "FA"),
      tcp(600, "<", "A"),
      udp(700, ">", 3),
    ]);
    // FIN and ACK after the first FIN: a flow of their own, which the FIN began and so did not end.
    expect(
      flows.map(({ source, features }) => [
        source,
        features.get("Total Fwd Packet")! + features.get("Total Bwd packets")!,
      ]),
    ).toEqual([
      [A, 5],
      [A, 2],
    ]);
  });

  it("show the first packet's flags in the columns of Java's hashing", async () => {
    const [flow] = await of2017(dialogue);
    // SYN, PSH and ECE are set: SYN's column shows PSH, PSH's shows SYN, RST's and ECE's show ECE and CWR.
    const expected = {
      ...{ "FIN Flag Count": 0, "SYN Flag Count": 1, "RST Flag Count": 1, "PSH Flag Count": 1, "ACK Flag Count": 0 },
      ...{ "URG Flag Count": 0, "CWR Flag Count": 0, "ECE Flag Count": 0, "Fwd PSH Flags": 1, "Bwd PSH Flags": 0 },
    };
    expect(some(flow, expected)).toEqual(expected);
  });

  it("count the first packet's length twice, take last windows and whole ratios", async () => {
    const [flow] = await of2017([tcp(0, ">", "PA", 30, { window: 7 }), ...dialogue.slice(1)]);
    const expected = {
      // 30 twice, 0, 10, 20.
      "Packet Length Mean": 18,
      // Deviations 12, 12, −18, −8, 2: 144 + 144 + 324 + 64 + 4 = 680, over 4.
      "Packet Length Variance": 170,
      "Average Packet Size": 22.5,
      "Bwd Init Win Bytes": 400,
      "Fwd Act Data Pkts": 1,
      "Down/Up Ratio": 1,
      "Subflow Fwd Packets": 2,
      "Fwd Packet/Bulk Avg": 0,
    };
    expect(some(flow, expected)).toEqual(expected);
  });

  it("count padding of frames, and read no header of UDP", async () => {
    const options = { profile: "cic2017" } as const;
    // 14 + 20 + 20 bytes, padded to 60; then UDP with the header length of the TCP packet before it.
    const flows = await flowsOf([tcp(0, ">", "A"), tcp(1, ">", "A"), udp(2, ">", 40), udp(3, ">", 40)], options, true);
    expect(flows.map(({ features }) => features.get("Fwd Packet Length Min"))).toEqual([6, 40]);
    const expected = {
      "Fwd Header Length": 40,
      "Fwd Seg Size Min": 20,
      "FWD Init Win Bytes": -1,
      "Bwd Init Win Bytes": -1,
    };
    expect(some(flows[1], expected)).toEqual(expected);
  });

  it("add header lengths up beyond 16 bits, as CIC-IDS2017's file has them (73,928 in one flow of its sample)", async () => {
    const options = { tcpOptions: new Uint8Array(40) };
    const packets = Array.from({ length: 2400 }, (_, k) => tcp(k, k < 1200 ? ">" : "<", "A", 0, options));
    const [flow] = await of2017(packets);
    // 1,200 × 60 = 72,000 each way.
    const expected = { "Fwd Header Length": 72_000, "Bwd Header Length": 72_000 };
    expect(some(flow, expected)).toEqual(expected);
  });

  it("take the first packet after a timeout for a forward one", async () => {
    const flows = await of2017([
      tcp(0, ">", "A"),
      tcp(1, "<", "A"),
      tcp(121 * S, "<", "A", 5),
      tcp(122 * S, "<", "A", 5),
    ]);
    expect(flows[1]).toMatchObject({ source: A });
    const expected = { "Total Fwd Packet": 1, "Total Bwd packets": 1, "Total Length of Fwd Packet": 5 };
    expect(some(flows[1], expected)).toEqual(expected);
  });

  it("have infinite rates where time stood still, and put all other protocols together", async () => {
    const [flow] = await of2017([icmp(0, ">", 8, 0), icmp(0, "<", 3, 3)]);
    expect(flow).toMatchObject({ protocol: 0 });
    expect(some(flow, { "Flow Bytes/s": 0, "Flow Packets/s": 0 })).toEqual({
      "Flow Bytes/s": Number.NaN,
      "Flow Packets/s": Number.POSITIVE_INFINITY,
    });
  });

  it("name the address first whose bytes are less as signed ones", async () => {
    const [flow] = await of2017([tcp(0, "<", "A"), tcp(1, ">", "A")]);
    // 192 is −64 and 198 is −58.
    expect(flow).toMatchObject({ source: B, id: `${A}-${B}-40000-80-6` });
    const [other] = await of2017([udp(0, ">", 1, { source: "10.0.0.1" }), udp(1, ">", 1, { source: "10.0.0.1" })]);
    expect(other!.id).toBe(`${B}-10.0.0.1-53-5353-17`);
  });

  it("keep both directions between ports of one address apart, which the fork takes for one, all forward", async () => {
    const self = [0, 1, 2, 3].map((at) => udp(at, at % 2 === 0 ? ">" : "<", 1, { source: A, destination: A }));
    expect((await of2017(self)).length).toBe(2);
    expect((await fixed(self)).map(({ features }) => features.get("Total Fwd Packet"))).toEqual([4]);
  });
});
