import { join } from "node:path";
import { nslKdd } from "@mlsec/preprocess";
import { readCsvFile } from "@mlsec/preprocess/node";
import { describe, expect, it } from "vitest";
import { trainThreatDetector } from "../src/index.js";

const DATA = process.env["MLSEC_DATA"];
const ALWAYS = [
  "protocol_type",
  "flag",
  "src_bytes",
  "dst_bytes",
  "count",
  "same_srv_rate",
  "diff_srv_rate",
  "dst_host_same_srv_rate",
];
const SOMETIMES = ["service", "dst_host_srv_count", "dst_host_same_src_port_rate"];

describe.skipIf(DATA === undefined)("on NSL-KDD", () => {
  const file = (name: string): string => join(DATA!, "nsl-kdd", name);

  it("selects scikit-learn's features and beats the Python reference on the 25,192-row file", {
    timeout: 600_000,
  }, async () => {
    const table = await readCsvFile(file("Train_data.csv"));
    const { report } = await trainThreatDetector(table, { seed: 42 });
    expect(report.selectedFeatures).toHaveLength(10);
    expect(report.selectedFeatures).toEqual(expect.arrayContaining(ALWAYS));
    const others = report.selectedFeatures.filter((name) => !ALWAYS.includes(name));
    for (const name of others) expect(SOMETIMES).toContain(name);
    expect(report.rows).toEqual({ train: 15_115, validation: 5039, test: 5038, dropped: 0 });
    expect(report.normalLabel).toBe("normal");
    // The reference, on a split of its own: 98.27 %.
    expect(report.accuracy).toBeGreaterThanOrEqual(0.993);
    expect(report.auc).toBeGreaterThan(0.998);
  });

  it("measures a real shift on the headerless files, difficulty left out, unseen services counted", {
    timeout: 300_000,
  }, async () => {
    const headers = [...nslKdd.features, nslKdd.label, nslKdd.difficulty];
    const [table, testTable] = await Promise.all(
      ["KDDTrain+_20Percent.txt", "KDDTest+.txt"].map((name) =>
        readCsvFile(file(name), { headers, types: nslKdd.types }),
      ),
    );
    const { report } = await trainThreatDetector(table!, {
      testTable,
      features: [...ALWAYS, "service"],
      epochs: 4,
    });
    expect(report.droppedColumns).toEqual(["difficulty"]);
    expect(report.rows).toMatchObject({ train: 20_154, validation: 5038, test: 22_544 });
    expect(report.thresholdChosenBy).toBe("default");
    // Far below the 99 % of a random split: the test file has attacks that training never saw.
    expect(report.accuracy).toBeGreaterThan(0.74);
    expect(report.accuracy).toBeLessThan(0.9);
    expect(report.falsePositiveRate).toBeLessThan(0.15);
  });
});
