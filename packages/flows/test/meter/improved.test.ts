import { join } from "node:path";
import type { Table } from "@mlsec/preprocess";
import { readCsvFile } from "@mlsec/preprocess/node";
import { describe, expect, it } from "vitest";
import { type CicFixes, flowColumns, IpProtocol, meterTable, type PacketSpec, writePcap } from "../../src/index.js";
import { icmp, tcp, udp } from "../captures.js";
import { traffic } from "./traffic.js";

const DATA = process.env["MLSEC_DATA"];
const PROFILE = "cic-improved";
const S = 1_000_000;
/** What the improved datasets have beside the meter's own columns. */
const LABEL_COLUMNS = ["id", "Label", "Attempted Category"];

/** What holds of every flow of the improved CIC-IDS2017, and tells the meter that made it from those before and after it. */
const IDENTITIES: Readonly<Record<string, (of: (name: string) => number) => boolean>> = {
  "a subflow begins with every packet, averages are cut": (of) => {
    const n = of("Total Fwd Packet") + of("Total Bwd packets");
    return (
      of("Subflow Fwd Packets") === Math.floor(of("Total Fwd Packet") / n) &&
      of("Subflow Bwd Packets") === Math.floor(of("Total Bwd packets") / n) &&
      of("Subflow Fwd Bytes") === Math.floor(of("Total Length of Fwd Packet") / n) &&
      of("Subflow Bwd Bytes") === Math.floor(of("Total Length of Bwd Packet") / n)
    );
  },
  "bulks are of both directions, in whole numbers": (of) =>
    ["Fwd", "Bwd"].every((way) => {
      const packets = of(way === "Fwd" ? "Total Fwd Packet" : "Total Bwd packets");
      const bulk = [`${way} Bytes/Bulk Avg`, `${way} Packet/Bulk Avg`, `${way} Bulk Rate Avg`].map(of);
      return bulk.every(Number.isInteger) && (bulk[1] === 0 || (bulk[1]! >= 4 && bulk[1]! <= packets));
    }),
  "the first packet counts once": (of) =>
    near(of("Average Packet Size"), of("Packet Length Mean")) &&
    near(
      of("Packet Length Mean") * (of("Total Fwd Packet") + of("Total Bwd packets")),
      of("Total Length of Fwd Packet") + of("Total Length of Bwd Packet"),
    ),
  "the ratio has decimals": (of) =>
    near(of("Down/Up Ratio"), of("Total Fwd Packet") > 0 ? of("Total Bwd packets") / of("Total Fwd Packet") : 0),
  "there are no flows of one packet": (of) => of("Total Fwd Packet") + of("Total Bwd packets") > 1,
  "flags of the directions are all packets', but for RST of the first": (of) => {
    const missing = (flag: string): number =>
      of(`${flag} Flag Count`) - of(`Fwd ${flag} Flags`) - of(`Bwd ${flag} Flags`);
    return missing("PSH") === 0 && missing("URG") === 0 && [0, 1].includes(missing("RST"));
  },
  "sums of headers have 16 bits": (of) =>
    ["Fwd", "Bwd"].every((way) => {
      const sum = of(`${way} Header Length`);
      const packets = of(way === "Fwd" ? "Total Fwd Packet" : "Total Bwd packets");
      // Headers of TCP have 20 to 60 bytes; a sum within that, but for multiples of 65,536.
      const isSum = [0, 1, 2, 3, 4].some((k) => sum + k * 65_536 >= 20 * packets && sum + k * 65_536 <= 60 * packets);
      return sum >= -32_768 && sum < 32_768 && (of("Protocol") !== IpProtocol.tcp || isSum);
    }),
  "UDP has headers of 8 bytes and no window": (of) =>
    of("Protocol") !== IpProtocol.udp ||
    (of("Fwd Header Length") === 8 * of("Total Fwd Packet") &&
      of("FWD Init Win Bytes") === 0 &&
      of("Bwd Init Win Bytes") === 0),
  "idle time is that of gaps": (of) =>
    of("Idle Max") === (of("Flow IAT Max") > 5 * S ? of("Flow IAT Max") : 0) && of("Idle Max") <= 120 * S,
  "a connection's time is at least a flow's, and TCP's alone": (of) =>
    of("Protocol") === IpProtocol.tcp
      ? of("Total TCP Flow Time") >= of("Flow Duration")
      : of("Total TCP Flow Time") === 0,
  "ICMP is a protocol, others that are neither TCP nor UDP have no ports": (of) => {
    if (of("Protocol") !== IpProtocol.icmp && (of("ICMP Type") !== -1 || of("ICMP Code") !== -1)) return false;
    const hasPorts = of("Protocol") === IpProtocol.tcp || of("Protocol") === IpProtocol.udp;
    return hasPorts || (of("Protocol") <= 1 && of("Dst Port") === 0 && of("Fwd Header Length") === 0);
  },
};

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}

function microseconds(timestamp: string): number {
  const [seconds, fraction] = timestamp.split(".");
  return Date.parse(`${seconds!.replace(" ", "T")}Z`) * 1000 + Number(fraction);
}

/** In how many rows of a table each identity does not hold. */
function faults(table: Table): Record<string, number> {
  return Object.fromEntries(
    Object.entries(IDENTITIES).map(([name, holds]) => {
      let failing = 0;
      for (let row = 0; row < table.rows; row++) if (!holds((of) => table.numbers(of)[row]!)) failing++;
      return [name, failing];
    }),
  );
}

const NONE = Object.fromEntries(Object.keys(IDENTITIES).map((name) => [name, 0]));

describe("what the improved datasets show of their meter", () => {
  it.skipIf(DATA === undefined)("holds in all of their rows", async () => {
    const table = await readCsvFile(join(DATA!, "cicids2017", "improved-sample.csv"));
    expect(table.rows).toBe(25_127);
    expect(table.names.filter((name) => !LABEL_COLUMNS.includes(name))).toEqual(
      flowColumns({ profile: PROFILE }).columns,
    );
    expect(faults(table)).toEqual(NONE);
  });

  it.skipIf(DATA === undefined)("has a connection's time begin where another of its parts has it begin", async () => {
    const table = await readCsvFile(join(DATA!, "cicids2017", "improved-sample.csv"));
    /** Begins of connections by the times of their parts: with all gaps, since without them parts would not agree. */
    const begins = new Map<string, number[]>();
    let parts = 0;
    for (let row = 0; row < table.rows; row++) {
      const [total, duration] = ["Total TCP Flow Time", "Flow Duration"].map((name) => table.numbers(name)[row]!);
      if (total! <= duration!) continue;
      parts++;
      const id = String(table.cell("Flow ID", row));
      begins.set(id, [
        ...(begins.get(id) ?? []),
        microseconds(String(table.cell("Timestamp", row))) + duration! - total!,
      ]);
    }
    let agreeing = 0;
    for (const times of begins.values()) {
      times.sort((a, b) => a - b);
      for (let k = 1; k < times.length; k++) {
        const apart = times[k]! - times[k - 1]!;
        if (apart === 0) agreeing++;
        // Nothing but another connection between these ports: never nearly the same.
        else expect(apart).toBeGreaterThan(120 * S);
      }
    }
    expect([parts, agreeing]).toEqual([1754, 891]);
  });

  it("holds for our flows", async () => {
    const table = await meterTable(writePcap(traffic(3, 8000, 200, 60_000), { pad: true }), { profile: PROFILE });
    expect(table.rows).toBeGreaterThan(500);
    expect(faults(table)).toEqual(NONE);
  });

  it.each(["cic2017", "cic-fixed"] as const)("does not hold for those of %s", async (profile) => {
    const table = await meterTable(writePcap(traffic(3, 8000, 200, 60_000), { pad: true }), { profile, names: "v4" });
    const named = new Set(table.names);
    const subflows = IDENTITIES["a subflow begins with every packet, averages are cut"]!;
    expect(named.has("Subflow Fwd Packets")).toBe(true);
    const failing = Array.from({ length: table.rows }, (_, row) => !subflows((of) => table.numbers(of)[row]!));
    expect(failing).toContain(true);
  });
});

describe("the rules of the improved datasets' meter", () => {
  const { features } = flowColumns({ profile: PROFILE });
  async function flowsOf(
    packets: readonly PacketSpec[],
    fixes: Partial<CicFixes> = {},
  ): Promise<Map<string, number>[]> {
    const table = await meterTable(writePcap(packets), { profile: PROFILE, fixes });
    return Array.from(
      { length: table.rows },
      (_, row) => new Map(features.map((name) => [name, table.numbers(name)[row]!])),
    );
  }
  const some = (flow: Map<string, number> | undefined, expected: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.keys(expected).map((name) => [name, flow?.get(name)]));

  it("gives a dialogue these values", async () => {
    const [flow, ...others] = await flowsOf([
      tcp(0, ">", "S", 4, { window: 8192 }),
      tcp(100, "<", "SA", 0, { window: 500 }),
      tcp(300, ">", "PA", 10),
      tcp(700, "<", "PA", 31, { window: 400 }),
      tcp(1500, ">", "A", 20),
    ]);
    expect(others).toEqual([]);
    const expected = {
      "Total Length of Fwd Packet": 34,
      // 34 and 31 bytes, 3 and 2 packets, divided by five.
      "Subflow Fwd Bytes": 6,
      "Subflow Bwd Bytes": 6,
      "Subflow Fwd Packets": 0,
      // The last window of the other side; the first packet's data does not count.
      "FWD Init Win Bytes": 8192,
      "Bwd Init Win Bytes": 400,
      "Fwd Act Data Pkts": 2,
      "Down/Up Ratio": 2 / 3,
      "Packet Length Mean": 13,
      "PSH Flag Count": 2,
      "Bwd PSH Flags": 1,
      "ICMP Type": -1,
      "Total TCP Flow Time": 1500,
    };
    expect(some(flow, expected)).toEqual(expected);
  });

  it("waits for the next SYN after a FIN of both sides, and takes one that is answered first as it comes", async () => {
    const end = [tcp(10, ">", "FA"), tcp(20, "<", "FA"), tcp(30, ">", "A"), tcp(40, "<", "A")];
    const flows = await flowsOf([tcp(0, ">", "S"), ...end, tcp(50, "<", "SA"), tcp(60, ">", "A")]);
    const sides = flows.map((flow) => [flow.get("Dst Port"), flow.get("Total Fwd Packet"), flow.get("FIN Flag Count")]);
    expect(sides).toEqual([
      [80, 3, 2],
      [40_000, 1, 0],
    ]);
  });

  it("cuts bulks' averages, and has one for each side", async () => {
    const [flow] = await flowsOf([
      ...[0, 1, 2, 3].map((k) => tcp(k * 7, ">", "A", 5 + k)),
      ...[0, 1, 2, 3, 4].map((k) => tcp(100 + k, "<", "A", 3)),
    ]);
    // 26 bytes in 21 µs; 15 bytes in 4 µs.
    const expected = {
      "Fwd Bytes/Bulk Avg": 26,
      "Fwd Packet/Bulk Avg": 4,
      "Fwd Bulk Rate Avg": Math.floor(26 / 0.000021),
      "Bwd Bytes/Bulk Avg": 15,
      "Bwd Packet/Bulk Avg": 5,
      "Bwd Bulk Rate Avg": 3_750_000,
    };
    expect(some(flow, expected)).toEqual(expected);
  });

  it("lets sums of headers go on from −32,768", async () => {
    const packets = Array.from({ length: 1700 }, (_, k) => tcp(k, ">", "A"));
    const [flow] = await flowsOf(packets);
    // 1,700 × 20 = 34,000.
    expect(flow?.get("Fwd Header Length")).toBe(34_000 - 65_536);
    const [wide] = await flowsOf(packets, { wideHeaderSums: true });
    expect(wide?.get("Fwd Header Length")).toBe(34_000);
  });

  it("counts a connection's time over a timeout, of TCP alone", async () => {
    const parts = await flowsOf([
      tcp(0, ">", "S"),
      tcp(110 * S, "<", "SA"),
      tcp(130 * S, "<", "A"),
      tcp(131 * S, ">", "A"),
    ]);
    expect(parts.map((flow) => flow.get("Total TCP Flow Time"))).toEqual([110 * S, 131 * S]);
    const [datagrams] = await flowsOf([udp(0, ">", 5), udp(S, "<", 7)]);
    expect(datagrams?.get("Total TCP Flow Time")).toBe(0);
  });

  it("leaves RST of the first packet out of its direction's column", async () => {
    const [flow] = await flowsOf([tcp(0, "<", "RA"), tcp(1, ">", "S"), tcp(2, ">", "R"), tcp(3, "<", "RA")]);
    const expected = { "Fwd RST Flags": 1, "Bwd RST Flags": 1, "RST Flag Count": 3 };
    expect(some(flow, expected)).toEqual(expected);
  });

  it("knows ICMP, but neither IGMP nor SCTP, and has no flows of one packet", async () => {
    const other = (at: number, protocol: number): PacketSpec => ({ ...icmp(at, ">", 0, 0), protocol });
    const table = await meterTable(
      writePcap([icmp(0, ">", 8, 0), icmp(1, "<", 0, 0), other(2, 2), other(3, 132), udp(4, ">", 9)]),
      { profile: PROFILE },
    );
    expect([...table.numbers("Protocol")]).toEqual([1, 0]);
    expect([...table.numbers("ICMP Type")]).toEqual([8, -1]);
  });
});

describe("flows that end with the FIN of both sides, or RST", () => {
  /** The corrected fork of 2021, which made the dataset of Engelen et al. (WTMC 2021), but for what it left as it was. */
  const fixes = { tcpStates: false, icmp: false, realRatio: false, singleFirstLength: false, bulkDirection: false };
  const fins = async (packets: readonly PacketSpec[], more: Partial<CicFixes> = {}) => {
    const table = await meterTable(writePcap(packets), { profile: PROFILE, fixes: { ...fixes, ...more } });
    return Array.from(table.numbers("Total Fwd Packet"), (n, row) => n + table.numbers("Total Bwd packets")[row]!);
  };
  const closing = [tcp(0, ">", "S"), tcp(1, ">", "FA"), tcp(2, ">", "FA"), tcp(3, "<", "A"), tcp(4, "<", "FA")];
  const after = [tcp(5, ">", "A"), tcp(6, "<", "A")];

  it("end with the second side's", async () => {
    expect(await fins([...closing, ...after])).toEqual([5, 2]);
    expect(await fins([...closing, ...after], { bothFins: false })).toEqual([2, 3, 2]);
  });

  it("end with RST of either side", async () => {
    expect(await fins([tcp(0, ">", "S"), tcp(1, "<", "RA"), ...after])).toEqual([2, 2]);
    expect(await fins([tcp(0, ">", "S"), tcp(1, "<", "RA"), ...after], { bothFins: false })).toEqual([4]);
  });

  it("remember a FIN of the first packet", async () => {
    expect(await fins([tcp(0, ">", "FA"), tcp(1, "<", "FA"), tcp(2, ">", "A"), tcp(3, "<", "A")])).toEqual([2, 2]);
  });
});
