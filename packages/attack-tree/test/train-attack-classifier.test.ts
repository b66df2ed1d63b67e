import { concatTables, textColumn } from "@mlsec/preprocess";
import { describe, expect, it } from "vitest";
import { AttackTree, trainAttackClassifier } from "../src/index.js";
import { flows } from "./generated.js";

describe("trainAttackClassifier", () => {
  it("cleans, filters, trains and measures on the rows held back", async () => {
    const { pipeline, report } = await trainAttackClassifier(flows(100), { seed: 4 });
    expect(report.labelColumn).toBe(" Label");
    expect(report.classes).toEqual(["BENIGN", "DDoS", "PortScan"]);
    expect(report.features).toEqual([" Bytes", "Rate", "Zero"]);
    expect(report.removedFeatures).toEqual([expect.objectContaining({ feature: " Bytes.1", because: " Bytes" })]);
    expect(report.constantFeatures).toEqual(["Zero"]);
    expect(report.cleaning).toMatchObject({
      rowsRead: 300,
      droppedColumns: ["Flow ID"],
      rowsKept: 300,
      featureColumns: 4,
    });
    expect(report.rows).toEqual({ train: 240, test: 60 });
    expect(report.accuracy).toBeGreaterThan(0.95);
    expect(report.confusionMatrix.flat().reduce((a, b) => a + b)).toBe(60);
    expect(report.importances.reduce((sum, { importance }) => sum + importance, 0)).toBeCloseTo(1, 12);
    expect(pipeline.preprocessor.inputs.map(({ name }) => name)).toEqual([" Bytes", "Rate", "Zero"]);
    expect(pipeline.provenance.fingerprint.rows).toBe(240);
    expect(pipeline.provenance.predictions).toMatchObject({
      measuredOn: "test rows",
      classes: { count: report.rows.test },
      probabilities: { count: report.rows.test },
    });
    expect(Object.keys(report.seconds)).toEqual([
      "clean",
      "split",
      "correlation filter",
      "scale",
      "train tree",
      "evaluate",
    ]);
  });

  it("fits on training rows only: rows held back change nothing in the model", async () => {
    const train = flows(60, { seed: 1 });
    const [one, other] = await Promise.all(
      [2, 3].map((seed) => trainAttackClassifier(train, { testTable: flows(30, { seed }) })),
    );
    expect(one!.pipeline.model.toJSON()).toEqual(other!.pipeline.model.toJSON());
    expect(one!.pipeline.preprocessor.toJSON()).toEqual(other!.pipeline.preprocessor.toJSON());
    expect(one!.report.rows).toEqual({ train: 180, test: 90 });
    // Rows of another file are not what to expect of new ones.
    expect(one!.pipeline.provenance.predictions).toEqual(other!.pipeline.provenance.predictions);
    expect(one!.pipeline.provenance.predictions).toMatchObject({
      measuredOn: "training rows",
      classes: { count: 180 },
      probabilities: null,
    });
  });

  it("counts what cleaning drops, in order: excluded labels, missing, infinite, duplicates", async () => {
    const base = flows(50);
    const values = base.numbers("Rate").slice();
    values[3] = Number.NaN;
    values[4] = Number.POSITIVE_INFINITY;
    const dirty = base.with("Rate", { kind: "number", values });
    const twice = concatTables([
      dirty.drop(["Flow ID"]),
      dirty.take(Int32Array.of(10, 11)).drop(["Flow ID"]),
      flows(5, { labels: ["Heartbleed"] }).drop(["Flow ID"]),
    ]);
    const { report } = await trainAttackClassifier(twice, { excludeLabels: ["Heartbleed"] });
    expect(report.cleaning).toMatchObject({
      rowsRead: 157,
      excludedRows: 5,
      missingRows: 1,
      infiniteRows: 1,
      duplicateRows: 2,
      rowsKept: 148,
    });
  });

  it("knows labels by any spelling, excludes by the file's name or ours, and refuses unknown ones", async () => {
    const spelled = flows(40, { labels: ["BENIGN", "Portscan", "Web Attack \uFFFD XSS", "Botnet"] });
    expect((await trainAttackClassifier(spelled)).report.classes).toEqual([
      "BENIGN",
      "Bot",
      "PortScan",
      "Web Attack XSS",
    ]);
    expect((await trainAttackClassifier(spelled, { excludeLabels: ["Bot", "Portscan"] })).report.classes).toEqual([
      "BENIGN",
      "Web Attack XSS",
    ]);
    await expect(trainAttackClassifier(flows(40, { labels: ["BENIGN", "Heartbleed", "DDoS"] }))).rejects.toMatchObject({
      code: "unknown-class",
    });
  });

  it("keeps, excludes or refuses labels that are none of the fourteen, and says which", async () => {
    const table = flows(40, { labels: ["BENIGN", "Heartbleed ", "DDoS"] });
    const kept = await trainAttackClassifier(table, { otherLabels: "keep" });
    expect(kept.report.classes).toEqual(["BENIGN", "DDoS", "Heartbleed"]);
    expect(kept.report.cleaning).toMatchObject({ otherLabels: { "Heartbleed ": 40 }, excludedRows: 0 });
    const without = await trainAttackClassifier(table, { otherLabels: "exclude" });
    expect(without.report.classes).toEqual(["BENIGN", "DDoS"]);
    expect(without.report.cleaning).toMatchObject({ otherLabels: { "Heartbleed ": 40 }, excludedRows: 40 });
    await expect(trainAttackClassifier(table)).rejects.toMatchObject({
      code: "unknown-class",
      details: { got: ["Heartbleed "] },
    });
  });

  it("searches on the training rows where asked to, and records what was chosen", async () => {
    const search = { criterion: ["entropy"], classWeight: [null, "balanced"], repeats: 1 } as const;
    const { report, pipeline } = await trainAttackClassifier(flows(60), { search });
    expect(report.search!.candidates).toHaveLength(8);
    expect(report.search!.candidates).toContainEqual(report.search!.chosen);
    expect(pipeline.provenance.options).toMatchObject({ criterion: "entropy", maxDepth: 10 });
    expect((await trainAttackClassifier(flows(60))).report.search).toBeNull();
  });

  it("refuses what cannot work, by name", async () => {
    await expect(trainAttackClassifier(flows(40), { label: "Class" })).rejects.toMatchObject({
      code: "missing-column",
    });
    await expect(trainAttackClassifier(flows(40), { testSize: 1 })).rejects.toMatchObject({ code: "invalid-option" });
    await expect(trainAttackClassifier(flows(40), { dropColumns: [" Label"] })).rejects.toMatchObject({
      code: "invalid-option",
    });
    await expect(trainAttackClassifier(flows(1))).rejects.toMatchObject({ code: "class-too-small" });
    await expect(trainAttackClassifier(flows(40, { labels: ["BENIGN"] }))).rejects.toMatchObject({
      code: "single-class",
    });
    // It would make a bundle that does not load: no verdict could say what is no attack.
    const attacks = flows(40, { labels: ["Bot", "DDoS"] });
    for (const [table, options] of [
      [attacks, {}],
      [attacks, { testTable: flows(40) }],
      [flows(40), { excludeLabels: ["BENIGN"] }],
    ] as const) {
      await expect(trainAttackClassifier(table, options)).rejects.toMatchObject({
        code: "normal-label",
        details: { expected: "BENIGN", got: expect.arrayContaining(["DDoS"]) },
      });
    }
    const withText = flows(40).with("Proto", textColumn(Array(120).fill("tcp")));
    await expect(trainAttackClassifier(withText)).rejects.toMatchObject({
      code: "wrong-type",
      details: { columns: ["Proto"] },
    });
    const unknownInTest = flows(40, { labels: ["BENIGN", "Bot", "DDoS"] });
    await expect(trainAttackClassifier(flows(40), { testTable: unknownInTest })).rejects.toMatchObject({
      code: "unknown-class",
    });
  });

  it("gives the same model for the same seed", async () => {
    const [a, b] = await Promise.all(
      [1, 1].map(() => trainAttackClassifier(flows(60), { seed: 5, criterion: "entropy", classWeight: "balanced" })),
    );
    expect(a!.pipeline.model.toJSON()).toEqual(b!.pipeline.model.toJSON());
  });
});

describe("AttackTree", () => {
  it("survives JSON bit for bit", async () => {
    const { pipeline } = await trainAttackClassifier(flows(80));
    const matrix = pipeline.preprocessor.transform(flows(30, { seed: 8 }));
    const again = AttackTree.fromJSON(JSON.parse(JSON.stringify(pipeline.model.toJSON())));
    expect(again.predictProba(matrix)).toEqual(pipeline.model.predictProba(matrix));
    expect(again.classes).toEqual(pipeline.classes);
  });
});
