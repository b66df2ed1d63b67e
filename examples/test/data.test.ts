import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { MlsecError, nslKdd, type Table } from "@mlsec/preprocess";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { datasets, FLOW_CLASSES, FLOW_FEATURES, generateConnections, generateFlows } from "../data/index.js";

const { MLSEC_DATA } = process.env;

const connections = await generateConnections({ rows: 5000, seed: 7 });
const flows = await generateFlows({ rows: 5000, seed: 7 });
/** Every flow of `tidy` has a duration. */
const tidy = await generateFlows({ rows: 2000, seed: 8, dirty: false });

/** Names, cells and dictionaries, in order. */
function fingerprint(table: Table): string {
  const hash = createHash("sha256");
  for (const [name, column] of table) {
    hash.update(JSON.stringify(name));
    if (column.kind === "number") hash.update(new Uint8Array(column.values.buffer));
    else hash.update(JSON.stringify([...column.codes].map((code) => column.dictionary[code])));
  }
  return hash.digest("hex").slice(0, 16);
}

function texts(table: Table, name: string): (string | null)[] {
  return Array.from({ length: table.rows }, (_, row) => table.cell(name, row) as string | null);
}

function countsOf(values: Iterable<string | null>): Map<string | null, number> {
  const counts = new Map<string | null, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** How many different rows there are of each class. */
function distinctPerClass(table: Table, label: string): Map<string | null, number> {
  const rows = Array.from({ length: table.rows }, (_, row) => table.names.map((name) => table.cell(name, row)).join());
  const first = new Map(rows.map((text, row) => [text, row]));
  return countsOf([...first.values()].map((row) => table.cell(label, row) as string));
}

function share(table: Table, name: string, test: (value: number) => boolean): number {
  return table.numbers(name).filter(test).length / table.rows;
}

/** The rows of the named columns as objects, under names without spaces around, for laws that hold on every row. */
function* records(table: Table, names: readonly string[]): Generator<Record<string, number>> {
  const columns = names.map((name) => [name.trim(), table.numbers(name)] as const);
  for (let row = 0; row < table.rows; row++) {
    yield Object.fromEntries(columns.map(([name, values]) => [name, values[row]!]));
  }
}

async function codeOf(running: Promise<unknown>): Promise<string | undefined> {
  try {
    await running;
  } catch (error) {
    return error instanceof MlsecError ? error.code : "not an MlsecError";
  }
  return undefined;
}

describe.each(Object.entries(datasets))("%s", (_, generate) => {
  it("are the same for the same seed and others for another", async () => {
    const table = fingerprint(await generate({ rows: 400, seed: 3 }));
    expect(fingerprint(await generate({ rows: 400, seed: 3 }))).toBe(table);
    expect(fingerprint(await generate({ rows: 400, seed: 4 }))).not.toBe(table);
    expect(fingerprint(await generate({ rows: 400 }))).toBe(fingerprint(await generate({ rows: 400, seed: 42 })));
  });

  it("have as many rows as asked for", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 300, max: 900 }), fc.nat(), async (rows, seed) => {
        expect((await generate({ rows, seed })).rows).toBe(rows);
      }),
      { numRuns: 6 },
    );
  });

  it("refuse a number of rows that is none, or too small for all kinds of traffic", async () => {
    for (const rows of [0, -5, 2.5, Number.NaN]) expect(await codeOf(generate({ rows }))).toBe("invalid-option");
    expect(await codeOf(generate({ rows: 12 }))).toBe("too-few-rows");
    expect(await codeOf(generate({ rows: 500, seed: -1 }))).toBe("invalid-seed");
  });
});

describe("the generators", () => {
  it("give these very bytes on every runtime", async () => {
    expect(fingerprint(await generateConnections({ rows: 1000, seed: 1 }))).toBe("f10041c862eb5c77");
    expect(fingerprint(await generateFlows({ rows: 1000, seed: 1 }))).toBe("636fdc1731fe6ef8");
  });
});

describe("connections", () => {
  const TEXT = ["protocol_type", "service", "flag", "class"];
  const RATES = connections.names.filter((name) => name.endsWith("_rate"));

  it("have the 41 features of NSL-KDD in order, and the class", () => {
    expect(connections.names.join()).toBe(
      "duration,protocol_type,service,flag,src_bytes,dst_bytes,land,wrong_fragment,urgent,hot,num_failed_logins," +
        "logged_in,num_compromised,root_shell,su_attempted,num_root,num_file_creations,num_shells,num_access_files," +
        "num_outbound_cmds,is_host_login,is_guest_login,count,srv_count,serror_rate,srv_serror_rate,rerror_rate," +
        "srv_rerror_rate,same_srv_rate,diff_srv_rate,srv_diff_host_rate,dst_host_count,dst_host_srv_count," +
        "dst_host_same_srv_rate,dst_host_diff_srv_rate,dst_host_same_src_port_rate,dst_host_srv_diff_host_rate," +
        "dst_host_serror_rate,dst_host_srv_serror_rate,dst_host_rerror_rate,dst_host_srv_rerror_rate,class",
    );
    for (const [name, column] of connections) {
      expect([name, column.kind]).toEqual([name, TEXT.includes(name) ? "text" : "number"]);
    }
  });

  it("hold whole numbers, and rates from 0 to 1 in steps of 0.01", () => {
    for (const name of connections.names.filter((name) => !TEXT.includes(name))) {
      const isRate = RATES.includes(name);
      const valid = (x: number): boolean =>
        isRate ? x >= 0 && x <= 1 && x === Math.round(x * 100) / 100 : Number.isSafeInteger(x) && x >= 0;
      expect([name, share(connections, name, valid)]).toEqual([name, 1]);
    }
  });

  it("say nothing of what no header tells", () => {
    for (const name of nslKdd.features.slice(9, 22))
      expect([name, share(connections, name, (x) => x === 0)]).toEqual([name, 1]);
    // These three headers do tell.
    for (const name of ["land", "wrong_fragment", "urgent"])
      expect([name, share(connections, name, (x) => x > 0) < 0.02]).toEqual([name, true]);
    expect(share(connections, "wrong_fragment", (x) => x === 3)).toBeGreaterThan(0.001);
  });

  it("count windows that agree with each other on every row", () => {
    const names = connections.names.filter((name) => !TEXT.includes(name));
    for (const row of records(connections, names)) {
      const count = row["count"]!;
      const serviceCount = row["srv_count"]!;
      expect(count >= 1 && count <= 511 && serviceCount >= 1 && serviceCount <= 511).toBe(true);
      // Of the 511 connections that the window of time has at most, the last 255 are in the other one.
      expect(row["dst_host_count"]).toBeGreaterThanOrEqual(count - 256);
      expect(row["dst_host_srv_count"]).toBeGreaterThanOrEqual(serviceCount - 256);
      expect(Math.max(row["dst_host_count"]!, row["dst_host_srv_count"]!)).toBeLessThanOrEqual(255);
      // Connections to this service on this host are connections to this service.
      expect(count * row["same_srv_rate"]!).toBeLessThanOrEqual(serviceCount + count * 0.005 + 1e-9);
      // One connection is an error of one kind only.
      expect(row["serror_rate"]! + row["rerror_rate"]!).toBeLessThanOrEqual(1.01);
      // In small windows rates are not rounded away: only this service, or several.
      if (count <= 50) expect(row["same_srv_rate"] === 1).toBe(row["diff_srv_rate"] === 0);
      if (count === 1) expect(row["same_srv_rate"]).toBe(1);
    }
  });

  it("end in flags that fit their protocol, their bytes and their windows", () => {
    const protocols = texts(connections, "protocol_type");
    const flags = texts(connections, "flag");
    let row = 0;
    for (const seen of records(connections, ["src_bytes", "dst_bytes", "count", "serror_rate", "rerror_rate"])) {
      const flag = flags[row]!;
      if (protocols[row] !== "tcp") expect(flag).toBe("SF");
      if (flag === "S0" || flag === "REJ") expect(seen["src_bytes"]! + seen["dst_bytes"]!).toBe(0);
      if (flag === "S0") expect(seen["serror_rate"]!).toBeGreaterThanOrEqual(Math.floor(100 / seen["count"]!) / 100);
      if (flag === "REJ") expect(seen["rerror_rate"]!).toBeGreaterThanOrEqual(Math.floor(100 / seen["count"]!) / 100);
      row++;
    }
    expect(new Set(protocols)).toEqual(new Set(["tcp", "udp", "icmp"]));
    expect(new Set(flags).size).toBeGreaterThanOrEqual(10);
  });

  it("look like traffic: skewed classes of service, heavy tails, saturated counts, mostly zeros", () => {
    const classes = countsOf(texts(connections, "class"));
    expect(classes.get("anomaly")! / connections.rows).toBeCloseTo(0.465, 1);
    expect(classes.size).toBe(2);
    const services = [...countsOf(texts(connections, "service")).values()].sort((a, b) => b - a);
    expect(services.length).toBeGreaterThan(40);
    expect(services[0]! / connections.rows).toBeGreaterThan(0.2);
    expect(services.at(-1)!).toBeLessThan(5);
    const bytes = connections.numbers("src_bytes").toSorted();
    expect(share(connections, "src_bytes", (x) => x === 0)).toBeGreaterThan(0.3);
    expect(bytes.at(-1)!).toBeGreaterThan(1000 * bytes[Math.floor(bytes.length * 0.75)]!);
    expect(share(connections, "dst_host_count", (x) => x === 255)).toBeGreaterThan(0.15);
  });

  it("cannot be told apart by their flag alone", () => {
    const byFlag = countsOf(texts(connections, "flag").map((flag, row) => `${flag} ${connections.cell("class", row)}`));
    for (const kind of ["SF normal", "SF anomaly", "REJ normal", "REJ anomaly", "S0 normal", "S0 anomaly"]) {
      expect([kind, byFlag.get(kind)! > 10]).toEqual([kind, true]);
    }
  });
});

describe("flows", () => {
  it("have the 78 features of CIC-IDS2017 with the header's own spaces, and the label", () => {
    expect(flows.names).toEqual([...FLOW_FEATURES, " Label"]);
    expect(FLOW_FEATURES.length).toBe(78);
    expect(FLOW_FEATURES.filter((name) => name.startsWith(" ")).length).toBe(64);
    expect(FLOW_FEATURES.filter((name) => name.trim().startsWith("Fwd Header Length"))).toEqual([
      " Fwd Header Length",
      " Fwd Header Length.1",
    ]);
    expect(new Set(FLOW_FEATURES.map((name) => name.trim())).size).toBe(78);
    for (const name of FLOW_FEATURES) expect(flows.column(name).kind).toBe("number");
  });

  it.skipIf(MLSEC_DATA === undefined)("stand in the order of the original file", () => {
    const text = readFileSync(`${MLSEC_DATA}/cicids2017/original-sample.csv`, "utf8");
    expect(flows.names).toEqual(text.slice(0, text.indexOf("\n")).trimEnd().split(","));
  });

  it("are mostly benign, with at least minPerClass different rows of each of the fourteen classes", async () => {
    expect([...FLOW_CLASSES].sort()).toEqual(
      (
        "BENIGN,Bot,DDoS,DoS GoldenEye,DoS Hulk,DoS Slowhttptest,DoS slowloris,FTP-Patator,Infiltration,PortScan," +
        "SSH-Patator,Web Attack Brute Force,Web Attack Sql Injection,Web Attack XSS"
      ).split(","),
    );
    expect(countsOf(texts(flows, " Label")).get("BENIGN")! / flows.rows).toBeGreaterThan(0.75);
    for (const [minPerClass, rows] of [
      [12, 400],
      [3, 200],
      [30, 2000],
    ] as const) {
      const distinct = distinctPerClass(await generateFlows({ rows, seed: 5, minPerClass, dirty: false }), " Label");
      for (const label of FLOW_CLASSES) {
        expect([label, (distinct.get(label) ?? 0) >= minPerClass]).toEqual([label, true]);
      }
    }
    expect(await codeOf(generateFlows({ rows: 400, minPerClass: 0 }))).toBe("invalid-option");
    expect(await codeOf(generateFlows({ rows: 400, minPerClass: 40 }))).toBe("too-few-rows");
  });

  it("keep on every row the identities that follow from the definitions", () => {
    const near = (a: number, b: number): void => {
      expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(a), Math.abs(b)));
    };
    for (const row of records(tidy, FLOW_FEATURES)) {
      const of = (name: string): number => row[name]!;
      const fwd = of("Total Fwd Packets");
      const bwd = of("Total Backward Packets");
      const bytes = of("Total Length of Fwd Packets") + of("Total Length of Bwd Packets");
      const seconds = of("Flow Duration") / 1e6;

      expect(fwd >= 1 && fwd + bwd >= 2 && seconds > 0 && seconds < 120).toBe(true);
      near(of("Flow Bytes/s"), bytes / seconds);
      near(of("Flow Packets/s"), (fwd + bwd) / seconds);
      near(of("Fwd Packets/s"), fwd / seconds);
      near(of("Bwd Packets/s"), bwd / seconds);
      near(of("Fwd Packet Length Mean") * fwd, of("Total Length of Fwd Packets"));
      near(of("Bwd Packet Length Mean") * bwd, of("Total Length of Bwd Packets"));
      near(of("Avg Fwd Segment Size"), of("Fwd Packet Length Mean"));
      near(of("Avg Bwd Segment Size"), of("Bwd Packet Length Mean"));
      near(of("Packet Length Variance"), of("Packet Length Std") * of("Packet Length Std"));
      near(of("Average Packet Size") * (fwd + bwd), of("Packet Length Mean") * (fwd + bwd + 1));
      near(of("Flow IAT Mean") * (fwd + bwd - 1), of("Flow Duration"));
      near(of("Fwd IAT Mean") * (fwd - 1), of("Fwd IAT Total"));
      near(of("Bwd IAT Mean") * Math.max(0, bwd - 1), of("Bwd IAT Total"));

      expect(of("Down/Up Ratio")).toBe(Math.floor(bwd / fwd));
      expect(of("Max Packet Length")).toBe(Math.max(of("Fwd Packet Length Max"), of("Bwd Packet Length Max")));
      expect(of("Fwd IAT Total")).toBeLessThanOrEqual(of("Flow Duration"));
      expect(of("Fwd Header Length")).toBeGreaterThanOrEqual(fwd * of("min_seg_size_forward"));
      expect(of("act_data_pkt_fwd")).toBeLessThan(fwd);
      for (const group of [
        "Fwd Packet Length",
        "Bwd Packet Length",
        "Flow IAT",
        "Fwd IAT",
        "Bwd IAT",
        "Active",
        "Idle",
      ]) {
        expect(of(`${group} Min`)).toBeGreaterThanOrEqual(0);
        expect(of(`${group} Mean`)).toBeGreaterThanOrEqual(of(`${group} Min`) * (1 - 1e-12));
        expect(of(`${group} Max`)).toBeGreaterThanOrEqual(of(`${group} Mean`) * (1 - 1e-12));
        expect(of(`${group} Std`)).toBeLessThanOrEqual((of(`${group} Max`) - of(`${group} Min`)) * 0.7072);
      }
      if (of("Idle Max") > 0) expect(of("Idle Min")).toBeGreaterThan(5e6);
      // A gap before the FIN that ends a flow is none of the idle ones.
      expect(of("Idle Max")).toBeLessThanOrEqual(of("Flow IAT Max"));
      for (const [copy, original] of [
        ["Fwd Header Length.1", "Fwd Header Length"],
        ["Subflow Fwd Packets", "Total Fwd Packets"],
        ["Subflow Fwd Bytes", "Total Length of Fwd Packets"],
        ["Subflow Bwd Packets", "Total Backward Packets"],
        ["Subflow Bwd Bytes", "Total Length of Bwd Packets"],
        ["SYN Flag Count", "Fwd PSH Flags"],
        ["CWE Flag Count", "Fwd URG Flags"],
      ] as const) {
        expect([copy, of(copy)]).toEqual([copy, of(original)]);
      }
    }
  });

  it("look like traffic: eight constant columns, many zeros, heavy tails, ties", () => {
    const constant = FLOW_FEATURES.filter((name) => new Set(flows.numbers(name)).size === 1);
    expect(constant.filter((name) => name.includes("Bulk"))).toHaveLength(6);
    expect(constant).toEqual(expect.arrayContaining([" Bwd PSH Flags", " Bwd URG Flags"]));
    for (const name of constant) expect(share(flows, name, (x) => x === 0)).toBe(1);
    expect(share(flows, "Idle Mean", (x) => x === 0)).toBeGreaterThan(0.6);
    expect(share(flows, " Total Backward Packets", (x) => x === 0)).toBeGreaterThan(0.05);
    expect(share(flows, "Init_Win_bytes_forward", (x) => x === -1)).toBeGreaterThan(0.2);
    const bytes = flows.numbers(" Total Length of Bwd Packets").toSorted();
    expect(bytes.at(-1)!).toBeGreaterThan(1000 * bytes[bytes.length >> 1]!);
    expect(new Set(flows.numbers(" Total Fwd Packets")).size).toBeLessThan(flows.rows / 10);
  });

  it("need cleaning: copies always, and cells that are infinite or missing where dirty", () => {
    const distinct = [...distinctPerClass(tidy, " Label").values()].reduce((a, b) => a + b, 0);
    expect(distinct / tidy.rows).toBeLessThan(0.98);
    expect(distinct / tidy.rows).toBeGreaterThan(0.9);
    const spoiled = ["Flow Bytes/s", " Flow Packets/s"];
    for (const name of FLOW_FEATURES) {
      expect(share(tidy, name, Number.isFinite)).toBe(1);
      if (!spoiled.includes(name)) expect(share(flows, name, Number.isFinite)).toBe(1);
    }
    const instant = share(flows, " Flow Packets/s", (x) => x === Number.POSITIVE_INFINITY);
    expect(instant).toBe(share(flows, " Flow Duration", (x) => x === 0));
    expect(instant * flows.rows).toBeGreaterThanOrEqual(4);
    expect(instant).toBeLessThan(0.01);
    expect(share(flows, "Flow Bytes/s", Number.isNaN)).toBeGreaterThan(0);
    expect(share(flows, "Flow Bytes/s", (x) => x === Number.POSITIVE_INFINITY)).toBeGreaterThan(0);
  });
});
