import { type ConnectionRecord, type KddOptions, KddWindow, kddFlag, kddService } from "@mlsec/flows";
import { nslKdd, readCsv, type Table } from "@mlsec/preprocess";
import { csvFile } from "@mlsec/preprocess/node";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roundedRate } from "../../src/kdd/rate.js";
import { connection } from "../support.js";

const SYN_ERRORS = ["S0", "S1", "S2", "S3", "SH"];
const REJECTIONS = ["REJ", "RSTO", "RSTR", "RSTOS0"];

/** Records of few hosts, services and ports, so that windows hold many that are alike. */
const record = fc
  .record({
    // Often at the same time, and often more than two seconds apart.
    start: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20_000 })).map((at) => at * 1000),
    protocol: fc.constantFrom("tcp", "tcp", "tcp", "udp", "icmp"),
    source: fc.constantFrom("a", "b"),
    sourcePort: fc.integer({ min: 1, max: 4 }),
    destination: fc.constantFrom("a", "h1", "h2", "h3"),
    destinationPort: fc.constantFrom(1, 22, 80, 50_000),
    state: fc.constantFrom("S0", "S1", "S2", "S3", "SF", "REJ", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH"),
    sourceBytes: fc.constantFrom(null, 0, 7),
  } as const)
  .map((given) => connection(given));
const records = fc.array(record, { minLength: 1, maxLength: 60 });
const windows = fc.record({
  seconds: fc.constantFrom(0, 0.01, 2, 100),
  recentConnections: fc.integer({ min: 1, max: 12 }),
  hostConnections: fc.integer({ min: 1, max: 12 }),
});

function run(
  given: readonly ConnectionRecord[],
  options: KddOptions,
): { table: Table; records: readonly ConnectionRecord[] } {
  const window = new KddWindow(options);
  for (const one of given) window.push(one);
  window.flush();
  return window.take();
}

/** The features of a window, counted anew: `last` is the present connection. */
function counted(window: readonly ConnectionRecord[], rate: (k: number, n: number) => number): number[] {
  const last = window.at(-1)!;
  const flag = (of: ConnectionRecord): string => kddFlag(of);
  const host = window.filter(({ destination }) => destination === last.destination);
  const service = window.filter((other) => kddService(other) === kddService(last));
  const share = (of: readonly ConnectionRecord[], flags: readonly string[]): number =>
    rate(of.filter((other) => flags.includes(flag(other))).length, of.length);
  const distinct = (keys: readonly string[]): number => {
    const { size } = new Set(keys);
    return size === 1 ? 0 : rate(size, keys.length);
  };
  return [
    host.length,
    service.length,
    share(host, SYN_ERRORS),
    share(service, SYN_ERRORS),
    share(host, REJECTIONS),
    share(service, REJECTIONS),
    rate(host.filter((other) => kddService(other) === kddService(last)).length, host.length),
    distinct(host.map((other) => kddService(other))),
    distinct(service.map(({ destination }) => destination)),
    rate(host.filter(({ sourcePort }) => sourcePort === last.sourcePort).length, host.length),
  ];
}

const TIME_FEATURES = [
  ...["count", "srv_count", "serror_rate", "srv_serror_rate", "rerror_rate", "srv_rerror_rate"],
  ...["same_srv_rate", "diff_srv_rate", "srv_diff_host_rate"],
];
const HOST_FEATURES = [
  ...["dst_host_count", "dst_host_srv_count", "dst_host_serror_rate", "dst_host_srv_serror_rate"],
  ...["dst_host_rerror_rate", "dst_host_srv_rerror_rate", "dst_host_same_srv_rate", "dst_host_diff_srv_rate"],
  ...["dst_host_srv_diff_host_rate", "dst_host_same_src_port_rate"],
];

function cells(table: Table, row: number, names: readonly string[]): unknown[] {
  return names.map((name) => table.cell(name, row));
}

describe("for any records", () => {
  it("the features are those that counting anew finds, whatever the windows", () => {
    fc.assert(
      fc.property(records, windows, fc.constantFrom("rounded", "exact"), (given, options, rates) => {
        const { table, records: ordered } = run(given, { ...options, rates });
        const rate = rates === "rounded" ? roundedRate : (k: number, n: number) => k / n;
        for (const [row, { start }] of ordered.entries()) {
          const before = ordered.slice(0, row + 1);
          const recent = before
            .filter((other) => start - other.start <= options.seconds * 1e6)
            .slice(-options.recentConnections);
          expect(cells(table, row, TIME_FEATURES)).toEqual(counted(recent, rate).slice(0, 9));
          expect(cells(table, row, HOST_FEATURES)).toEqual(counted(before.slice(-options.hostConnections), rate));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("the order in which they come does not matter within the lateness", () => {
    fc.assert(
      fc.property(records, fc.array(fc.nat(5000), { minLength: 60, maxLength: 60 }), (given, delays) => {
        // Who comes by start and a delay of at most 5 s comes after none that began more than 5 s later.
        const inOrder = run(given, { lateness: 5000 });
        const delayed = given
          .map((one, at) => ({ one, at: one.start + delays[at]! * 1000 }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        const window = new KddWindow({ lateness: 5 });
        for (const one of delayed) window.push(one);
        window.flush();
        expect(window.counts.late).toBe(0);
        expect([...window.take().table]).toEqual([...inOrder.table]);
      }),
      { numRuns: 300 },
    );
  });

  it("every record has one row or a reason, and rows taken in pieces are those taken together", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            record,
            record.map((one) => ({ ...one, start: Number.NaN, protocol: "tcp" })),
            record.map((one) => ({ ...one, protocol: "gre" })),
          ),
        ),
        fc.nat(3),
        fc.constantFrom("keep" as const, "drop" as const),
        (given, lateness, late) => {
          const window = new KddWindow({ lateness, late });
          const rows: unknown[][] = [];
          const take = (): void => {
            const { table } = window.take();
            for (let row = 0; row < table.rows; row++) rows.push(cells(table, row, nslKdd.features));
          };
          for (const one of given) {
            window.push(one);
            take();
          }
          window.flush();
          take();
          const { counts } = window;
          const lost = counts.untimed + counts.otherProtocols + (late === "drop" ? counts.late : 0);
          expect([counts.records, counts.rows, rows.length]).toEqual([given.length, given.length - lost, counts.rows]);
          const { table } = run(given, { lateness, late });
          expect(rows).toEqual(Array.from({ length: table.rows }, (_, row) => cells(table, row, nslKdd.features)));
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** Rates with their denominators. */
const RATES: readonly (readonly [rate: string, of: string])[] = [
  ...["serror_rate", "rerror_rate", "same_srv_rate", "diff_srv_rate"].map((name) => [name, "count"] as const),
  ...["srv_serror_rate", "srv_rerror_rate", "srv_diff_host_rate"].map((name) => [name, "srv_count"] as const),
  ...["same_srv_rate", "diff_srv_rate", "same_src_port_rate", "serror_rate", "rerror_rate"].map(
    (name) => [`dst_host_${name}`, "dst_host_count"] as const,
  ),
  ...["srv_diff_host_rate", "srv_serror_rate", "srv_rerror_rate"].map(
    (name) => [`dst_host_${name}`, "dst_host_srv_count"] as const,
  ),
];

/**
 * How often each identity does not hold among rows, of those to which it applies. Numbers up to 50 have quotients that are all
 * different to two decimals; up to 90 the numerator can be told from the rate.
 */
function identityFaults(table: Table): Record<string, { applies: number; fails: number }> {
  const found: Record<string, { applies: number; fails: number }> = {};
  const check = (identity: string, applies: boolean, holds: () => boolean): void => {
    if (!applies) return;
    found[identity] ??= { applies: 0, fails: 0 };
    found[identity].applies++;
    if (!holds()) found[identity].fails++;
  };
  const quotients = Array.from(
    { length: 512 },
    (_, n) => new Set(Array.from({ length: n + 1 }, (_, k) => roundedRate(k, n))),
  );
  const column = new Map([...new Set(RATES.flat())].map((name) => [name, table.numbers(name)]));
  const flags = table.texts("flag");
  for (let row = 0; row < table.rows; row++) {
    const value = (name: string): number => column.get(name)![row]!;
    for (const [rate, of] of RATES) {
      const n = value(of);
      check(`${rate} is k of ${of}`, n > 0, () => quotients[n]!.has(value(rate)));
      if (/diff/.test(rate)) {
        check(`${rate} is never one of ${of}`, n > 1 && n <= 50, () => value(rate) !== roundedRate(1, n));
      }
    }
    for (const [prefix, most] of [
      ["", 511],
      ["dst_host_", 255],
    ] as const) {
      const n = value(`${prefix}count`);
      const of = n + value(`${prefix}srv_count`) - Math.round(value(`${prefix}same_srv_rate`) * n);
      check(`${prefix}count and ${prefix}srv_count are of ${most} connections`, n > 0 && n <= 90, () => of <= most);
      check(
        `${prefix}: a SYN error counts itself`,
        SYN_ERRORS.includes(flags[row]!) && n <= 50 && n > 0,
        () => value(`${prefix}serror_rate`) > 0,
      );
      check(
        `${prefix}: a rejection counts itself`,
        REJECTIONS.includes(flags[row]!) && n <= 50 && n > 0,
        () => value(`${prefix}rerror_rate`) > 0,
      );
      const neither = ["SF", "OTH"].includes(flags[row]!) && n <= 50 && n > 0;
      check(
        `${prefix}: others are no error`,
        neither,
        () => value(`${prefix}serror_rate`) < 1 && value(`${prefix}rerror_rate`) < 1,
      );
    }
  }
  return found;
}

function expectIdentities(table: Table): void {
  const faults = identityFaults(table);
  expect(Object.keys(faults).length).toBeGreaterThan(25);
  for (const [identity, { applies, fails }] of Object.entries(faults)) {
    expect(fails, `${identity}, of ${applies}`).toBe(0);
  }
}

describe("identities of the data", () => {
  it("hold in what is computed", () => {
    const random = fc
      .sample(record, { numRuns: 4000, seed: 7 })
      .map((one, at) => ({ ...one, start: at * 3000 + one.start }));
    expectIdentities(run(random, { lateness: 100 }).table);
  });

  const DATA = process.env["MLSEC_DATA"];
  it.skipIf(DATA === undefined)("hold in every row of NSL-KDD, on which the definitions rest", async () => {
    for (const file of ["KDDTrain+.txt", "KDDTest+.txt"]) {
      const table = await readCsv(csvFile(`${DATA}/nsl-kdd/${file}`), {
        headers: [...nslKdd.features, nslKdd.label, nslKdd.difficulty],
        schema: nslKdd,
      });
      expectIdentities(table);
    }
  });
});
