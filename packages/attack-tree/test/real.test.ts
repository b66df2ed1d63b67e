import { join } from "node:path";
import { correlationFilter } from "@mlsec/feature-select";
import { cicIds2017, dropDuplicates, dropInfinite, dropMissing, featureMatrix } from "@mlsec/preprocess";
import { readCsvFile } from "@mlsec/preprocess/node";
import { describe, expect, it } from "vitest";
import { type AttackReport, trainAttackClassifier } from "../src/index.js";

const DATA = process.env["MLSEC_DATA"];

describe.skipIf(DATA === undefined)("on CIC-IDS2017", () => {
  const file = (name: string): string => join(DATA!, "cicids2017", name);

  it("reaches scikit-learn's accuracy and macro F1 on the improved sample, over five seeds", async () => {
    const table = await readCsvFile(file("improved-sample.csv"));
    const reports: AttackReport[] = [];
    for (let seed = 0; seed < 5; seed++) {
      const options = {
        seed,
        excludeLabels: ["Heartbleed", "Infiltration - Portscan"],
        criterion: "entropy",
        classWeight: "balanced",
      } as const;
      reports.push((await trainAttackClassifier(table, options)).report);
    }
    for (const { cleaning, classes, features } of reports) {
      expect(cleaning.droppedColumns).toEqual([
        "id",
        "Flow ID",
        "Src IP",
        "Src Port",
        "Dst IP",
        "Timestamp",
        "Attempted Category",
      ]);
      expect(cleaning).toMatchObject({ excludedRows: 2511, duplicateRows: 35, rowsKept: 22_581, featureColumns: 83 });
      expect(classes).toEqual(cicIds2017.classes);
      expect(features.length).toBeGreaterThanOrEqual(41);
      expect(features.length).toBeLessThanOrEqual(43);
    }
    const mean = (value: (report: AttackReport) => number): number =>
      reports.reduce((sum, report) => sum + value(report), 0) / reports.length;
    expect(mean(({ accuracy }) => accuracy)).toBeGreaterThanOrEqual(0.997);
    expect(mean(({ macroF1 }) => macroF1)).toBeGreaterThanOrEqual(0.95);
  });

  it("keeps 41 of the original sample's 78 features over all cleaned rows, 40 or 41 on a training part", async () => {
    const table = await readCsvFile(file("original-sample.csv"));
    const clean = dropDuplicates(dropInfinite(dropMissing(table).table).table).table.drop([" Label"]);
    expect([clean.rows, clean.names.length]).toEqual([9485, 78]);
    const matrix = featureMatrix(
      clean.names,
      clean.names.map((name) => clean.numbers(name)),
    );
    expect(correlationFilter(matrix, { threshold: 0.85 }).kept).toHaveLength(41);

    const { report } = await trainAttackClassifier(table);
    expect([40, 41]).toContain(report.features.length);
    expect(report.cleaning).toMatchObject({ missingRows: 6, infiniteRows: 3, duplicateRows: 477 });
    expect(report.classes).toContain("Web Attack Sql Injection");
  });
});
