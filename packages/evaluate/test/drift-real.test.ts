import { join } from "node:path";
import { fingerprintTable, nslKdd, type Table, type TrainingFingerprint } from "@mlsec/preprocess";
import { readCsvFile } from "@mlsec/preprocess/node";
import { Random } from "@mlsec/preprocess/numeric";
import { beforeAll, describe, expect, it } from "vitest";
import { DriftMonitor, detectDrift, type NumberDrift } from "../src/index.js";

const DATA = process.env["MLSEC_DATA"];
const SEEDS = 100;

/** The rows in two random halves. */
function halves(table: Table, seed: number): readonly [Table, Table] {
  const order = Random.seeded(seed).shuffle(Int32Array.from({ length: table.rows }, (_, row) => row));
  const half = table.rows >>> 1;
  return [table.take(order.subarray(0, half)), table.take(order.subarray(half))];
}

/** How many of 100 seeds have an alert between random halves of a table. */
async function alerts(table: Table): Promise<number> {
  let count = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const [training, now] = halves(table, seed);
    if (detectDrift(await fingerprintTable(training), now).verdict !== "none") count++;
  }
  return count;
}

describe.skipIf(DATA === undefined)("drift on NSL-KDD", () => {
  const read = (name: string): Promise<Table> =>
    readCsvFile(join(DATA!, "nsl-kdd", name), {
      headers: [...nslKdd.features, nslKdd.label, nslKdd.difficulty],
      types: nslKdd.types,
    });
  let train: Table;
  let test: Table;
  let fingerprint: TrainingFingerprint;

  beforeAll(async () => {
    train = (await read("KDDTrain+.txt")).select(nslKdd.features);
    test = (await read("KDDTest+.txt")).select(nslKdd.features);
    fingerprint = await fingerprintTable(train);
  }, 60_000);

  it("none between random halves of the same file, in 95 of 100 seeds at least", async () => {
    const file = await readCsvFile(join(DATA!, "nsl-kdd", "Train_data.csv"));
    expect(await alerts(file)).toBeLessThanOrEqual(5);
  }, 300_000);

  it("between the training and the test file, in the columns that the new attacks change", () => {
    const report = detectDrift(fingerprint, test);
    expect(report.verdict).toBe("drift");
    const drifted = report.features.filter(({ level }) => level === "drift").map(({ name }) => name);
    expect(drifted).toEqual(["flag", "dst_host_serror_rate", "dst_host_srv_serror_rate", "dst_host_rerror_rate"]);
    // The test file has no service, protocol or flag that training had not.
    for (const feature of report.features) if (feature.type === "text") expect(feature.newCategories!.rows).toBe(0);
    // Far more failed logins, a rare thing: no index is large, and the distance says by how much.
    const logins = report.features.find(({ name }) => name === "num_failed_logins") as NumberDrift;
    expect(logins).toMatchObject({ level: "none" });
    expect(logins.normalizedWasserstein).toBeGreaterThan(10);
  });

  it("is there from a few hundred rows on, and not in as many rows of training", () => {
    const order = Random.seeded(1).shuffle(Int32Array.from({ length: test.rows }, (_, row) => row));
    expect(detectDrift(fingerprint, test.take(order.subarray(0, 500))).verdict).toBe("drift");
    let alerts = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const rows = Random.seeded(seed).shuffle(Int32Array.from({ length: train.rows }, (_, row) => row));
      const monitor = new DriftMonitor(fingerprint);
      monitor.add(train.take(rows.subarray(0, 500)));
      if (monitor.report().verdict !== "none") alerts++;
    }
    expect(alerts).toBeLessThanOrEqual(5);
  });
});

describe.skipIf(DATA === undefined)("drift on CIC-IDS2017", () => {
  const file = (name: string): string => join(DATA!, "cicids2017", name);

  it("none between random halves of the original sample, in 95 of 100 seeds at least", async () => {
    expect(await alerts(await readCsvFile(file("original-sample.csv"), { headers: "suffix" }))).toBeLessThanOrEqual(5);
  }, 300_000);

  it("from one day of capture to another, in the hosts, ports and times first", async () => {
    const table = await readCsvFile(file("improved-sample.csv"));
    const day = Array.from(table.texts("Timestamp"), (time) => time!.slice(0, 10));
    const of = (test: (day: string) => boolean): Table =>
      table.take(Int32Array.from(day.keys()).filter((row) => test(day[row]!)));
    const last = [...new Set(day)].sort().at(-1)!;
    const report = detectDrift(
      await fingerprintTable(of((one) => one !== last)),
      of((one) => one === last),
    );
    expect(report.verdict).toBe("drift");
    const drifted = report.features.filter(({ level }) => level === "drift").map(({ name }) => name);
    expect(drifted).toEqual(expect.arrayContaining(["id", "Dst Port"]));
  });
});
