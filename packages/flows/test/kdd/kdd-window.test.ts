import { type ConnectionRecord, type KddOptions, KddWindow, kddFeatures } from "@mlsec/flows";
import { conform, nslKdd, type Table } from "@mlsec/preprocess";
import { describe, expect, it } from "vitest";
import { connection, rejectionOf } from "../support.js";

const START = 1_700_000_000_000_000;

/** A connection that began so many seconds after the first. */
function at(seconds: number, given: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return connection({ start: START + seconds * 1e6, ...given });
}

/** The rows of records that are handed over one by one. */
function tableOf(records: readonly ConnectionRecord[], options?: KddOptions): Table {
  const window = new KddWindow(options);
  for (const record of records) window.push(record);
  window.flush();
  return window.take().table;
}

/** The window features of a row, in the order of the columns from `count` on. */
function windowFeatures(table: Table, row: number): unknown[] {
  return nslKdd.features.slice(22).map((name) => table.cell(name, row));
}

const HTTP = { destination: "10.0.0.9", destinationPort: 80 };
const SSH = { destination: "10.0.0.9", destinationPort: 22 };
const OTHER_HOST = { destination: "10.0.0.8", destinationPort: 80 };

/** Four connections to host 9 (http, http, ssh, http) and one to host 8 (http). */
const FIVE = [
  at(0, { ...HTTP, state: "SF", sourcePort: 1000 }),
  at(0.5, { ...HTTP, state: "S0", sourcePort: 1001 }),
  at(1, { ...SSH, state: "REJ", sourcePort: 1002 }),
  at(1.5, { ...OTHER_HOST, state: "SF", sourcePort: 1003 }),
  at(2.5, { ...HTTP, state: "S0", sourcePort: 1000 }),
];

describe("features computed by hand", () => {
  const table = tableOf(FIVE);

  it("of a first connection count it alone", () => {
    expect(windowFeatures(table, 0)).toEqual([
      // count, srv_count; serror, srv_serror, rerror, srv_rerror: SF is neither; same_srv 1/1, diff_srv and srv_diff_host 0: one.
      ...[1, 1, 0, 0, 0, 0, 1, 0, 0],
      // The same of the last 255; its own source port 1/1.
      ...[1, 1, 1, 0, 1, 0, 0, 0, 0, 0],
    ]);
  });

  it("of a fourth, to another host, have the service's connections of the first host", () => {
    // Began 1.5 s after the first: all four are in the window. Host 8: the fourth. http: the first, second and fourth.
    expect(windowFeatures(table, 3)).toEqual([
      // 1, 3; 0/1; srv: the second of three, 1/3; 0/1, 0/3; 1/1, one service 0, two hosts of three 2/3.
      ...[1, 3, 0, 0.33, 0, 0, 1, 0, 0.67],
      // 1, 3; 1/1, 0; source port 1/1; 2/3; 0/1, 1/3, 0/1, 0/3.
      ...[1, 3, 1, 0, 1, 0.67, 0, 0.33, 0, 0],
    ]);
  });

  it("of a fifth leave out what began more than 2 s before, and keep what began just then", () => {
    // Began at 2.5 s, so the first is out and the second (2.0 s before) in. Host 9: second, third, fifth. http: second, fourth, fifth.
    expect(windowFeatures(table, 4)).toEqual([
      // 3, 3; S0 second and fifth 2/3, of http 2/3; REJ third 1/3, of http 0/3; same service second and fifth 2/3;
      // services http and ssh 2/3; hosts 9 and 8 2/3.
      ...[3, 3, 0.67, 0.67, 0.33, 0, 0.67, 0.67, 0.67],
      // Of all five: host 9 first, second, third, fifth 4; http first, second, fourth, fifth 4; same service 3/4; services 2/4;
      // from port 1000 first and fifth 2/4; hosts 2/4; S0 2/4, of http 2/4; REJ 1/4, of http 0/4.
      ...[4, 4, 0.75, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0],
    ]);
  });

  it("of windows that are full have the last connections alone", () => {
    // The last 2 within the time: fourth and fifth. The last 3 of all: third, fourth, fifth.
    const small = tableOf(FIVE, { recentConnections: 2, hostConnections: 3 });
    expect(windowFeatures(small, 4)).toEqual([
      // Host 9: fifth; http: fourth and fifth, one of them S0, hosts 2/2.
      ...[1, 2, 1, 0.5, 0, 0, 1, 0, 1],
      // Host 9: third and fifth 2; http: fourth and fifth 2; same service 1/2; services 2/2; port 1/2; hosts 2/2; S0 1/2, 1/2;
      // REJ 1/2, 0/2.
      ...[2, 2, 0.5, 1, 0.5, 1, 0.5, 0.5, 0.5, 0],
    ]);
  });

  it("are cut off at 511 and 255, with rates of those", () => {
    const flood = Array.from({ length: 600 }, (_, i) =>
      at(i / 1000, { ...HTTP, state: i < 300 ? "SF" : "S0", sourcePort: i }),
    );
    const row = windowFeatures(tableOf(flood), 599);
    // The last 511 are 89…599, of which 300…599 are S0: 300/511 = 0.587. The last 255 are all S0.
    expect(row.slice(0, 4)).toEqual([511, 511, 0.59, 0.59]);
    expect([...row.slice(9, 11), row[15], row[13]]).toEqual([255, 255, 1, 0]);
  });

  it("of a record itself are what it says, in KDD's terms", () => {
    const of = (record: ConnectionRecord): unknown[] => {
      const single = tableOf([record]);
      return nslKdd.features.slice(0, 9).map((name) => single.cell(name, 0));
    };
    expect(of(at(0, { duration: 1_999_999, wrongFragments: 2, urgentPackets: 3 }))).toEqual([
      1,
      "tcp",
      "http",
      "SF",
      100,
      2000,
      0,
      2,
      3,
    ]);
    // ICMP: 56 bytes of payload and 8 of header for each of 4 packets, 88; nothing comes back.
    const ping = {
      protocol: "icmp",
      sourcePort: 8,
      destinationPort: 0,
      state: "OTH",
      sourceBytes: 56,
      sourcePackets: 4,
    } as const;
    expect(of(at(0, ping))).toEqual([1, "icmp", "eco_i", "SF", 88, 0, 0, 0, 0]);
    const land = {
      source: "10.0.0.9",
      sourcePort: 80,
      state: "S0",
      duration: null,
      sourceBytes: null,
      destinationBytes: null,
    } as const;
    expect(of(at(0, { ...HTTP, ...land }))).toEqual([0, "tcp", "http", "S0", 0, 0, 1, 0, 0]);
  });

  it("have as many decimals as there are where that is asked for", () => {
    expect(tableOf(FIVE, { rates: "exact" }).cell("serror_rate", 4)).toBe(2 / 3);
  });
});

describe("order", () => {
  it("within the lateness does not matter; rows stand in the order in which connections began", () => {
    const shuffled = [FIVE[1]!, FIVE[0]!, FIVE[4]!, FIVE[2]!, FIVE[3]!];
    expect([...tableOf(shuffled, { lateness: 1.5 })]).toEqual([...tableOf(FIVE)]);
    const window = new KddWindow({ lateness: 1.5 });
    for (const record of shuffled) window.push(record);
    window.flush();
    expect(window.take().records).toEqual(FIVE);
  });

  it("gives a row once nothing can come before it", () => {
    const window = new KddWindow({ lateness: 1 });
    window.push(at(0));
    window.push(at(1));
    expect(window.ready).toBe(0);
    window.push(at(1.1));
    expect(window.ready).toBe(1);
    window.advance(START + 2.05e6);
    expect(window.ready).toBe(2);
    expect(window.take().records).toHaveLength(2);
    expect([window.ready, window.take().table.rows]).toEqual([0, 0]);
    window.flush();
    expect(window.ready).toBe(1);
  });

  it("without lateness is that of the records, each of which has its row at once", () => {
    const window = new KddWindow({ lateness: 0 });
    window.push(at(5));
    window.push(at(4));
    expect(window.ready).toBe(2);
    // The second counts as having begun with the first, and so it sees it.
    expect([window.take().table.cell("count", 1), window.counts.late]).toEqual([2, 1]);
  });

  it("beyond the lateness is counted, and such records are kept or left out", () => {
    const late = [at(0), at(10), at(2)];
    const kept = new KddWindow({ lateness: 3 });
    for (const record of late) kept.push(record);
    kept.flush();
    // Placed after the first, whose time it gets; the one at 10 s is still waited for.
    expect(kept.take().records.map(({ start }) => (start - START) / 1e6)).toEqual([0, 2, 10]);
    expect(kept.counts).toEqual({ records: 3, rows: 3, late: 1, early: 0, untimed: 0, otherProtocols: 0 });
    expect(tableOf(late, { lateness: 3, late: "drop" }).rows).toBe(2);
  });

  it("can be ended piece by piece", () => {
    const window = new KddWindow({ lateness: 1000 });
    for (const seconds of [2, 0, 1]) window.push(at(seconds));
    expect([window.flush(2), window.ready, window.flush(2), window.ready]).toEqual([true, 2, false, 3]);
  });

  it("waits for no more records than it may", () => {
    const window = new KddWindow({ lateness: 1000, maxWaiting: 2 });
    for (const seconds of [0, 1, 2, 3]) window.push(at(seconds));
    expect([window.ready, window.counts.early]).toEqual([2, 2]);
  });
});

it("records without a time or of other protocols have no row, and are counted", () => {
  const window = new KddWindow();
  const none = [at(Number.NaN), at(Number.POSITIVE_INFINITY), at(0, { protocol: "sctp" })];
  for (const record of [...none, at(0)]) window.push(record);
  window.flush();
  expect(window.counts).toMatchObject({ records: 4, rows: 1, untimed: 2, otherProtocols: 1 });
});

describe("a stream", () => {
  const many = Array.from({ length: 1000 }, (_, i) => at(i / 10, { sourcePort: i }));

  async function batchesOf(records: Parameters<typeof kddFeatures>[0], options?: Parameters<typeof kddFeatures>[1]) {
    const rows: number[] = [];
    const ports: number[] = [];
    for await (const { table, records: own, unavailable } of kddFeatures(records, options)) {
      expect([own.length, unavailable.length]).toEqual([table.rows, table.rows]);
      rows.push(table.rows);
      ports.push(...own.map(({ sourcePort }) => sourcePort));
    }
    expect(ports).toEqual(many.map(({ sourcePort }) => sourcePort));
    return rows;
  }

  it("of records or of batches comes out in batches of rows", async () => {
    expect(Math.max(...(await batchesOf(many, { batchRows: 100 })))).toBe(100);
    async function* inBatches(): AsyncGenerator<readonly ConnectionRecord[]> {
      for (let from = 0; from < many.length; from += 300) yield many.slice(from, from + 300);
    }
    // 60 s are waited for, which are 600 records; the last are given out at the end.
    expect(await batchesOf(inBatches())).toEqual([299, 100, 601]);
    let counts: unknown;
    const onCounts = (told: unknown): void => {
      counts = told;
    };
    expect(await batchesOf(inBatches(), { lateness: 0, onCounts })).toEqual([300, 300, 300, 100]);
    expect(counts).toMatchObject({ records: 1000, rows: 1000, late: 0 });
  });

  it("has the columns, types and ranges of NSL-KDD", async () => {
    for await (const { table } of kddFeatures(many)) {
      expect(table.names).toEqual(nslKdd.features);
      const { report } = conform(table, nslKdd);
      const { absent, outOfRange, retyped, renamed } = report;
      expect([absent, outOfRange, retyped, renamed]).toEqual([[], [], [], []]);
    }
  });

  it("refuses options that are none", async () => {
    for (const options of [
      { lateness: -1 },
      { seconds: Number.NaN },
      { hostConnections: 0 },
      { batchRows: 0 },
      { maxWaiting: 1.5 },
    ]) {
      expect((await rejectionOf(kddFeatures(many, options).next())).code).toBe("invalid-option");
    }
  });
});
