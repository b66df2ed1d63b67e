import { type State, Table, textColumn, toPlain, transformReport } from "@mlsec/preprocess";
import { beforeAll, describe, expect, it } from "vitest";
import { generateConnections } from "../../../examples/data/index.js";
import { fittedVotes } from "../src/combined-ensemble.js";
import { connections } from "../src/connections.js";
import { foldRows } from "../src/fold-rows.js";
import {
  explainConnection,
  FittedEnsemble,
  type ThreatDetectorOptions,
  type TrainedThreatDetector,
  trainThreatDetector,
} from "../src/index.js";

const table: Table = await generateConnections({ rows: 900, seed: 4 });
const options = {
  folds: 3,
  members: ["ann", "lstm", "forest"],
  forest: { nEstimators: 10 },
  voting: "fitted",
  calibration: "platt",
  threshold: { rule: "false-positive-budget", budget: 0.05 },
  nFeatures: 4,
  rfeTrees: 5,
  epochs: 4,
  seed: 2,
} as const satisfies ThreatDetectorOptions;

describe("a detector of three folds, with a forest, fitted votes and calibration", () => {
  let whole: TrainedThreatDetector;
  const checkpoints: string[] = [];
  const recordOf = (row: number) => Object.fromEntries(table.names.map((name) => [name, table.cell(name, row)]));

  beforeAll(async () => {
    whole = await trainThreatDetector(table, {
      ...options,
      onCheckpoint: (state: State) => void checkpoints.push(JSON.stringify(toPlain(state))),
    });
  });

  it("is made of every fold's members, whose votes sum to 1", () => {
    const { members, history } = whole.pipeline.model;
    expect(members.map(({ name, fold }) => `${name} ${fold}`)).toEqual(
      [1, 2, 3].flatMap((fold) => [`ann ${fold}`, `lstm ${fold}`, `forest ${fold}`]),
    );
    expect(members.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(history.map(({ member, fold }) => `${member} ${fold}`)).toEqual(
      [1, 2, 3].flatMap((fold) => [`ann ${fold}`, `lstm ${fold}`]),
    );
    const votes = Object.values(whole.report.members).map(({ vote }) => vote);
    expect(votes.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(whole.pipeline.provenance.options).toMatchObject({ folds: 3, voting: "fitted", calibration: "platt" });
  });

  it("measures on rows that no member saw, and chooses on all others", () => {
    const { rows, split, thresholdChosenBy, onValidation, auc } = whole.report;
    expect(rows).toMatchObject({ train: 720, validation: 720, test: 180 });
    expect(split).toBe("stratified 80/20, seed 2; the 80 % in 3 folds");
    expect(thresholdChosenBy).toContain("on 720 rows that folds left out");
    expect(onValidation.falsePositiveRate).toBeLessThanOrEqual(0.05);
    expect(auc).toBeGreaterThan(0.9);
  });

  it("has one preprocessor, of which each fold's members read their own columns", () => {
    const { preprocessor, model } = whole.pipeline;
    expect(preprocessor.features).toEqual(model.features);
    expect(new Set(preprocessor.features.map((name) => name.split(":")[0]))).toEqual(
      new Set([1, 2, 3].flatMap((fold) => [`fold ${fold} networks`, `fold ${fold} forest`])),
    );
    const matrix = preprocessor.transform(table);
    const batch = model.predictProba(matrix);
    const again = FittedEnsemble.fromJSON(JSON.parse(JSON.stringify(model.toJSON())));
    expect(again.predictProba(matrix)).toEqual(batch);
    for (let row = 0; row < 50; row++) {
      const values = preprocessor.transformRecord(recordOf(row), undefined, transformReport());
      expect(model.score(values)).toBe(batch[row]);
      expect(model.unfamiliar(values)).not.toBeNull();
    }
  });

  it("explains calibrated scores: the parts sum to the difference", () => {
    for (let row = 0; row < 30; row++) {
      const { score, typicalScore, features } = explainConnection(whole.pipeline, recordOf(row));
      const sum = features.reduce((total, { attribution }) => total + attribution, 0);
      expect(Math.abs(sum - (score - typicalScore))).toBeLessThan(1e-3);
    }
  });

  it("resumed from the checkpoint of any fold ends with the same bytes", async () => {
    const model = ({ pipeline }: TrainedThreatDetector): unknown => [
      pipeline.preprocessor.toJSON(),
      pipeline.model.toJSON(),
      pipeline.threshold,
    ];
    const folds = checkpoints.map((text) => (JSON.parse(text).folds as unknown[]).length);
    expect([...new Set(folds)]).toEqual([1, 2, 3]);
    for (const index of [folds.indexOf(1), folds.indexOf(3)]) {
      const again = await trainThreatDetector(table, { ...options, resume: JSON.parse(checkpoints[index]!) });
      expect(model(again)).toEqual(model(whole));
    }
    await expect(
      trainThreatDetector(table, { ...options, folds: 4, resume: JSON.parse(checkpoints[0]!) }),
    ).rejects.toMatchObject({ code: "checkpoint-mismatch" });
  });
});

describe("options of trainThreatDetector", () => {
  it("chooses votes and calibration on the validation rows where there are no folds", async () => {
    const { folds, ...once } = options;
    const { pipeline, report } = await trainThreatDetector(table, { ...once, calibration: "isotonic" });
    expect(pipeline.provenance.predictions).toMatchObject({
      measuredOn: "test rows",
      classes: { count: report.rows.test, missing: 0 },
      probabilities: { count: report.rows.test, missing: 0 },
    });
    expect(report.rows).toMatchObject({ train: 540, validation: 180, test: 180 });
    expect(pipeline.model.calibration?.toJSON()).toMatchObject({ method: "isotonic" });
    expect(pipeline.model.members.map(({ fold }) => fold)).toEqual([null, null, null]);
  });

  it("has a forest alone for a detector where that is asked for", async () => {
    const { pipeline, report } = await trainThreatDetector(table, {
      members: ["forest"],
      nFeatures: 4,
      rfeTrees: 5,
    });
    expect(Object.keys(report.members)).toEqual(["forest"]);
    expect(report.seconds).toHaveProperty("grow forest");
    expect(report.seconds).not.toHaveProperty("train networks");
    expect(pipeline.preprocessor.features).toEqual(report.selectedFeatures);
    expect(pipeline.model.familiarity).toBeNull();
  });

  it("takes test rows of another file with folds, and all rows of the first for training", async () => {
    const testTable = await generateConnections({ rows: 200, seed: 8 });
    const { pipeline, report } = await trainThreatDetector(table, {
      ...options,
      members: ["ann"],
      folds: 2,
      testTable,
    });
    // Rows of another file are not what to expect, and all folds' members score otherwise than those of one.
    expect(pipeline.provenance.predictions).toMatchObject({
      measuredOn: "rows that folds left out",
      classes: { count: report.rows.validation, missing: 0 },
      probabilities: null,
    });
    expect(report.rows).toMatchObject({ train: 900, validation: 900, test: 200 });
  });

  it("refuses what is no option before it trains", async () => {
    for (const wrong of [
      { voting: "loudest" },
      { voting: { ann: 1 } },
      { voting: { ann: 0, lstm: 0, forest: 0 } },
      { voting: { ann: 1, lstm: -1, forest: 1 } },
      { calibration: "guess" },
      { foldBy: "weekday" },
      { folds: 1 },
      { members: ["oracle"] },
    ]) {
      const run = trainThreatDetector(table, { ...options, ...(wrong as object) });
      await expect(run, JSON.stringify(wrong)).rejects.toMatchObject({ code: "invalid-option" });
    }
  });
});

describe("folds by attack type", () => {
  // Attacks of four types, told by their flag and their row.
  const classes = table.texts("class").map((name, row) => {
    if (name === "normal") return name;
    return `${table.cell("flag", row) === "SF" ? "quiet" : "loud"} ${row % 2}`;
  });
  const typed = Table.of([...[...table.drop(["class"])], ["class", textColumn(classes)]]);
  const made = connections(typed, "class", "normal");
  const { labels, types } = made;

  it("leave every row out once, and with an attack all of its type", () => {
    const folds = foldRows(made, "attack-type", { folds: 3, seed: 1 });
    const leftOut = folds.flatMap(({ test }) => [...test]).sort((a, b) => a - b);
    expect(leftOut).toEqual(Array.from({ length: table.rows }, (_, row) => row));
    for (const { train, test } of folds) {
      expect(train.length + test.length).toBe(table.rows);
      const learnt = new Set(Array.from(train, (row) => types[row]));
      for (const row of test) expect(learnt.has(types[row])).toBe(labels.codes[row] === 0);
      const normal = [...test].filter((row) => labels.codes[row] === 0).length;
      expect(normal / labels.codes.filter((code) => code === 0).length).toBeCloseTo(1 / 3, 1);
    }
    expect(() => foldRows(made, "attack-type", { folds: 99, seed: 1 })).toThrowError(/types of attacks for 99 folds/);
  });

  it("choose a threshold on attacks that no member knew, with votes as given", async () => {
    const { pipeline, report } = await trainThreatDetector(typed, {
      ...options,
      foldBy: "attack-type",
      voting: { ann: 1, lstm: 1, forest: 6 },
    });
    expect(Object.values(report.members).map(({ vote }) => vote)).toEqual([0.125, 0.125, 0.75]);
    expect(pipeline.provenance.options).toMatchObject({ foldBy: "attack-type", voting: { forest: 6 } });
    for (const rates of [report.attackTypes, report.onValidation.attackTypes]) {
      expect(Object.keys(rates).sort()).toEqual(["loud 0", "loud 1", "quiet 0", "quiet 1"]);
      const rows = Object.values(rates).reduce((sum, rate) => sum + rate.rows, 0);
      const found = Object.values(rates).reduce((sum, rate) => sum + rate.rows * rate.detectionRate, 0);
      expect(found / rows).toBeCloseTo(rates === report.attackTypes ? report.recall : report.onValidation.recall, 12);
      for (const { auc } of Object.values(rates)) expect(auc).toBeGreaterThan(0.5);
    }
    expect(report.auc).toBeGreaterThan(0.9);
  });
});

describe("fittedVotes", () => {
  it("gives the vote to who is right, and shares it where each is right about some", () => {
    const isAttack = [1, 1, 0, 0];
    const right = [0.9, 0.9, 0.1, 0.1];
    const wrong = [0.1, 0.1, 0.9, 0.9];
    const alone = fittedVotes(isAttack, new Map([["ann", right] as const, ["lstm", wrong] as const]));
    expect(alone.get("ann")).toBeGreaterThan(0.999);
    const mixed = fittedVotes(
      isAttack,
      new Map([["ann", [0.9, 0.1, 0.1, 0.9]] as const, ["forest", [0.1, 0.9, 0.9, 0.1]] as const]),
    );
    expect(mixed.get("ann")).toBeCloseTo(0.5, 6);
  });
});
