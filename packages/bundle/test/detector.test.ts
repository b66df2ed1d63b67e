import { readFileSync } from "node:fs";
import { readCsv, Table, toCsv } from "@mlsec/preprocess";
import { describe, expect, it } from "vitest";
import {
  compareDetectors,
  type Detector,
  detectBatches,
  detectModelKind,
  detectRows,
  explain,
  loadDetector,
  saveBundle,
  TwoStageDetector,
} from "../src/index.js";
import { attackPipeline, connections, flows, threatPipeline } from "./pipelines.js";

const pipelines = [
  ["threat_detector", await threatPipeline()],
  ["attack_classifier", await attackPipeline()],
] as const;
const [threat, attack] = (await Promise.all(
  pipelines.map(async ([, pipeline]) => loadDetector(await saveBundle(pipeline))),
)) as [Detector, Detector];

describe("Detector", () => {
  it("tells readers of files the types of its columns", async () => {
    expect([...threat.inputTypes]).toEqual([
      ["protocol", "text"],
      ["bytes", "number"],
      ["rate", "number"],
    ]);
    // Without them, protocols by their numbers would be a column of numbers, of which 06 is 6.
    const { inputTypes: types } = threat;
    const table = await readCsv("protocol,bytes,rate\n06,10,0.5\n17,20,0.25\n", { types });
    expect(threat.detectColumns(table).report.unseen.get("protocol")).toEqual(
      new Map([
        ["06", 1],
        ["17", 1],
      ]),
    );
  });

  it("judges records and tables alike, and counts categories that training had not", async () => {
    const detector = await loadDetector(await saveBundle(pipelines[0]![1]));
    const table = connections(5, 3);
    const records = Array.from({ length: 5 }, (_, row) =>
      Object.fromEntries(table.names.map((name) => [name, table.cell(name, row)])),
    );
    expect(detector.detect(records)).toEqual(detector.detect(table));
    const { report, probabilities } = detector.detectColumns([{ ...records[0]!, protocol: "sctp" }]);
    expect(report.unseen).toEqual(new Map([["protocol", new Map([["sctp", 1]])]]));
    expect(probabilities[0]).toBeGreaterThan(0);
    for (const verdict of detector.detect(table)) {
      expect(verdict.isAttack).toBe(verdict.class === "Attack");
      expect(verdict.isAttack).toBe(verdict.probability > 0.5);
    }
  });

  it("skips rows on which a network overflows, and no others", async () => {
    const file = new URL("./fixtures/hostile/weights-that-overflow.safetensors", import.meta.url);
    const detector = await loadDetector(readFileSync(file));
    const table = connections(40, 9);
    const judged = Array.from({ length: table.rows }, (_, row) => {
      try {
        return detector.detect(table.record(row)).probability;
      } catch (error) {
        expect(error).toMatchObject({ code: "not-finite" });
        return Number.NaN;
      }
    });
    expect(judged.some((probability) => Number.isNaN(probability))).toBe(true);
    expect([...detector.detectColumns(table, { invalidRows: "skip" }).probabilities]).toEqual(judged);
    expect(() => detector.detectColumns(table)).toThrowError(/overflows/);
  });

  it("names the nearest column for each feature that is missing", async () => {
    const detector = await loadDetector(await saveBundle(pipelines[1]![1]));
    expect(() => detector.detect([{ "Flow Duration": 1, "total bytes": 2, "Idle Max": 3 }])).toThrowError(
      /expected ' Flow Duration', found 'Flow Duration': same but for a leading space; expected 'Total Bytes', found 'total bytes'/,
    );
  });

  it("names rows with missing or infinite numbers, or skips them when told to", async () => {
    const detector = await loadDetector(await saveBundle(pipelines[1]![1]));
    const table = flows(6, 4);
    const values = table.numbers("Total Bytes").slice();
    values[1] = Number.NaN;
    values[4] = Number.NEGATIVE_INFINITY;
    const dirty = table.with("Total Bytes", { kind: "number", values });
    expect(() => detector.detect(dirty)).toThrowError(
      /2 cells are missing or infinite \(row 2, column "Total Bytes": missing; row 5/,
    );
    const { codes, probabilities } = detector.detectColumns(dirty, { invalidRows: "skip" });
    const whole = detector.detectColumns(table);
    for (const row of [0, 2, 3, 5])
      expect([codes[row], probabilities[row]]).toEqual([whole.codes[row], whole.probabilities[row]]);
    for (const row of [1, 4]) expect([codes[row], probabilities[row]]).toEqual([-1, Number.NaN]);
  });

  it("scores rows, of tables and records, that lack what the pipeline imputes, and skips only the others", async () => {
    const pipeline = await threatPipeline([{ step: "imputeMissing", columns: ["bytes"], strategy: "median" }]);
    const detector = await loadDetector(await saveBundle(pipeline));
    const records = [
      { protocol: "tcp", bytes: null, rate: 0.5 },
      { protocol: "udp", bytes: 10, rate: null },
      { protocol: null, bytes: 10, rate: 0.25 },
      { protocol: "tcp", bytes: Number.POSITIVE_INFINITY, rate: 0.5 },
      { bytes: undefined, protocol: "icmp", rate: 0.9 },
    ];
    const table = Table.fromRecords(records, ["protocol", "bytes", "rate"]);
    const alone = (row: number): number => detector.detect([records[row]!])[0]!.probability;
    for (const rows of [table, records]) {
      const { codes, probabilities } = detector.detectColumns(rows, { invalidRows: "skip" });
      expect(Array.from(codes, (code) => code === -1)).toEqual([false, true, false, true, false]);
      expect([...probabilities]).toEqual([alone(0), Number.NaN, alone(2), Number.NaN, alone(4)]);
    }
    expect(() => detector.detect(records)).toThrowError(/2 cells are missing or infinite \(row 4.*; row 2/);
  });

  it("refuses a category by the model's policy alike in a record, rows, batches and files, dropped columns apart", async () => {
    const strict = { step: "ordinalEncode", columns: ["protocol"], unknown: "error" } as const;
    const rows = [
      { protocol: "udp", bytes: 10, rate: 0.25 },
      { protocol: "sctp", bytes: 10, rate: 0.25 },
      { protocol: null, bytes: 10, rate: 0.25 },
    ];
    const table = Table.fromRecords(rows, ["protocol", "bytes", "rate"]);
    const drops = await loadDetector(
      await saveBundle(await threatPipeline([strict, { step: "keepColumns", columns: ["bytes", "rate"] }])),
    );
    const verdicts = rows.map((record) => drops.detect(record));
    const unknown = [[], ["protocol"], ["protocol"]];
    expect(verdicts.map(({ unknownCategories }) => unknownCategories)).toEqual(unknown);
    expect(new Set(verdicts.map(({ probability }) => probability)).size).toBe(1);
    for (const many of [rows, table]) {
      expect(drops.detect(many)).toEqual(verdicts);
      for (const invalidRows of ["error", "skip"] as const) {
        const { probabilities, report } = drops.detectColumns(many, { invalidRows });
        expect([...probabilities]).toEqual(verdicts.map(({ probability }) => probability));
        expect(report.unseen).toEqual(new Map([["protocol", new Map([["sctp", 1]])]]));
      }
    }
    for await (const { verdicts: batch } of detectBatches(drops, [{ table }]))
      expect([...batch.probabilities]).toEqual(verdicts.map(({ probability }) => probability));
    const written: Uint8Array[] = [];
    for await (const piece of detectRows(drops, toCsv(table))) written.push(piece);
    expect(Buffer.concat(written).toString().trimEnd().split("\n").slice(1)).toEqual(
      rows.map(
        ({ protocol, bytes, rate }, at) =>
          `${protocol ?? ""},${bytes},${rate},${verdicts[at]!.class},${verdicts[at]!.probability}`,
      ),
    );

    const keeps = await loadDetector(await saveBundle(await threatPipeline([strict])));
    expect(keeps.detect(rows[0]!).unknownCategories).toEqual([]);
    for (const [record, code] of [
      [rows[1]!, "unknown-category"],
      [rows[2]!, "missing-category"],
    ] as const) {
      for (const judge of [
        () => keeps.detect(record),
        () => keeps.detect([record]),
        () => keeps.detectColumns([rows[0]!, record], { invalidRows: "skip" }),
      ])
        expect(judge).toThrowError(expect.objectContaining({ code }));
    }
  });

  it("treats numbers that overflow the model's float32 as it treats infinite ones", async () => {
    for (const [pipeline, table, name] of [
      [pipelines[0]![1], connections(4, 3), "rate"],
      [pipelines[1]![1], flows(4, 4), "Total Bytes"],
    ] as const) {
      const detector = await loadDetector(await saveBundle(pipeline));
      const values = table.numbers(name).slice();
      values[2] = -1e300;
      const huge = table.with(name, { kind: "number", values });
      expect(() => detector.detect(huge)).toThrowError(new RegExp(`Row 3, column "${name}": the value is too large`));
      const { codes } = detector.detectColumns(huge, { invalidRows: "skip" });
      expect(Array.from(codes, (code) => code === -1)).toEqual([false, false, true, false]);
    }
  });

  it("takes a column that only later records have", async () => {
    const detector = await loadDetector(await saveBundle(pipelines[1]![1]));
    const records = [
      { " Flow Duration": 1, "Idle Max": 3 },
      { " Flow Duration": 1, "Total Bytes": 2, "Idle Max": 3 },
    ];
    expect(() => detector.detect(records)).toThrowError(/1 cell is missing or infinite \(row 1, column "Total Bytes"/);
  });

  it("gives the predicted class's probability for an attack classifier", async () => {
    const [, pipeline] = pipelines[1]!;
    const detector = await loadDetector(await saveBundle(pipeline));
    const table = flows(60, 4);
    const shares = pipeline.model.predictProba(pipeline.preprocessor.transform(table));
    for (const [row, verdict] of detector.detect(table).entries()) {
      const own = shares.subarray(row * 3, row * 3 + 3);
      expect(verdict.probability).toBe(Math.max(...own));
      expect(verdict.isAttack).toBe(verdict.class !== "BENIGN");
    }
  });

  it("judges one record as it judges a row of many", () => {
    for (const [detector, table] of [
      [threat, connections(40, 3)],
      [attack, flows(40, 3)],
    ] as const) {
      const verdicts = detector.detect(table);
      for (const row of [0, 7, 39]) expect(detector.detect(table.record(row))).toEqual(verdicts[row]);
      const { codes, probabilities } = detector.detectColumns(table);
      expect(verdicts.map(({ probability }) => probability)).toEqual([...probabilities]);
      expect(verdicts.map((verdict) => verdict.class)).toEqual(Array.from(codes, (code) => detector.classes[code]));
    }
  });

  it("takes a matrix of raw numbers", () => {
    const table = flows(20, 3);
    const features = [" Flow Duration", "Total Bytes", "Idle Max"];
    const matrix = { rows: 20, features, columns: features.map((name) => table.numbers(name)) };
    expect(attack.detect(matrix)).toEqual(attack.detect(table));
    expect(attack.detectColumns(matrix).codes).toEqual(attack.detectColumns(table).codes);
  });

  it("says what members think, how strange a connection is, and which categories are new", () => {
    const usual = connections(120).record(50); // a training row
    const verdict = threat.detect({ ...usual, protocol: "sctp" });
    expect(verdict).toMatchObject({
      unknownCategories: ["protocol"],
      threshold: 0.5,
      confidence: null,
      runnerUp: null,
    });
    expect(Object.keys(verdict.members!)).toEqual(["ann", "lstm"]);
    const { ann, lstm } = verdict.members!;
    expect(verdict.probability).toBeCloseTo((ann! + lstm!) / 2, 12);
    const known = threat.detect(usual);
    expect(known.unknownCategories).toEqual([]);
    expect(known.unfamiliar).toBeLessThan(1);
    expect(verdict.unfamiliar).toBeGreaterThan(known.unfamiliar!);
    expect(threat.detect([{ ...usual, protocol: null }])[0]!.unknownCategories).toEqual(["protocol"]);
  });

  it("says how sure a class is and which would be next", () => {
    const table = flows(30, 3);
    const sure = pipelines[1][1].model.verdicts(pipelines[1][1].preprocessor.transform(table));
    for (const [row, { confidence, runnerUp, members }] of attack.detect(table).entries()) {
      expect({ confidence, runnerUp }).toEqual({ confidence: sure[row]!.confidence, runnerUp: sure[row]!.runnerUp });
      expect(members).toBeNull();
    }
  });

  it("explains either kind, and refuses what cannot be judged", () => {
    const connection = connections(1, 5).record(0);
    const explanation = explain(threat, connection);
    expect(explanation).toMatchObject({ score: threat.detect(connection).probability });
    const flow = flows(1, 5).record(0);
    expect(explain(attack, flow)).toMatchObject({ verdict: { class: attack.detect(flow).class } });
    expect(() => explain(attack, { "Idle Max": 3 })).toThrowError(/2 of the 3 columns/);
    expect(() => attack.detect({ ...flow, "Total Bytes": 1e300 })).toThrowError(
      /Row 1, column "Total Bytes": the value is/,
    );
    expect(() => attack.detect({ ...flow, "Total Bytes": null })).toThrowError(/missing or infinite \(row 1/);
  });
});

describe("TwoStageDetector", () => {
  const both = new TwoStageDetector(threat, attack);
  const rows = connections(50, 8);
  const table = Table.of([...rows, ...flows(50, 8)].filter(([name]) => name !== "class" && name !== " Label"));

  it("names the attacks that the first stage flags, and no others", () => {
    const verdicts = both.detect(table);
    const [threats, attacks] = [threat.detect(table), attack.detect(table)];
    for (const [row, verdict] of verdicts.entries()) {
      expect(verdict.threat).toEqual(threats[row]);
      expect(verdict.attack).toEqual(threats[row]!.isAttack ? attacks[row] : null);
    }
    expect(both.detect(table.record(3))).toEqual(verdicts[3]);
    expect(both.columns.sort()).toEqual([...table.names].sort());
  });

  it("refuses the wrong kinds, and rows that lack a column of either", () => {
    expect(() => new TwoStageDetector(attack, threat)).toThrow(expect.objectContaining({ code: "kind-mismatch" }));
    expect(() => both.detect(table.drop(["Idle Max"]))).toThrow(expect.objectContaining({ code: "missing-feature" }));
  });
});

describe("compareDetectors", () => {
  it("counts where two detectors differ, with examples that are so", async () => {
    const weaker = await threatPipeline([{ step: "imputeMissing", columns: ["bytes"], strategy: "median" }]);
    const strict = { ...weaker, threshold: { value: 0.4, chosenBy: "test" } };
    const challenger = await loadDetector(await saveBundle(strict));
    const table = connections(300, 21);
    const comparison = compareDetectors(threat, challenger, table);
    const [ours, theirs] = [threat.detect(table), challenger.detect(table)];
    const same = ours.filter((verdict, row) => verdict.class === theirs[row]!.class).length;
    expect(comparison).toMatchObject({ rows: 300, skippedRows: 0, agreement: same / 300 });
    expect(comparison.classes.reduce((sum, { rows }) => sum + rows, 0)).toBe(300);
    expect(same).toBeLessThan(300);
    for (const { row, champion, challenger: other } of comparison.examples) {
      expect(champion).toEqual({ class: ours[row]!.class, probability: ours[row]!.probability });
      expect(other).toEqual({ class: theirs[row]!.class, probability: theirs[row]!.probability });
      expect(champion.class).not.toBe(other.class);
    }
    expect(compareDetectors(threat, threat, table)).toMatchObject({
      agreement: 1,
      probabilityDifference: 0,
      examples: [],
    });
  });

  it("skips rows that cannot be judged, and refuses detectors of different kinds", () => {
    const table = flows(6, 4);
    const values = table.numbers("Total Bytes").slice();
    values[1] = Number.NaN;
    expect(compareDetectors(attack, attack, table.with("Total Bytes", { kind: "number", values }))).toMatchObject({
      rows: 5,
      skippedRows: 1,
    });
    expect(() => compareDetectors(attack, threat, table)).toThrow(expect.objectContaining({ code: "kind-mismatch" }));
  });
});

describe("detectModelKind", () => {
  it("puts the model first that a file is for, and says what others lack", () => {
    const [first, second] = detectModelKind(connections(1).names, [attack, threat]);
    expect(first).toMatchObject({ kind: "threat_detector", fits: true, missing: [] });
    expect(second).toMatchObject({ kind: "attack_classifier", fits: false });
    expect(second!.missing).toHaveLength(3);
    const [near] = detectModelKind(["Flow Duration", "Total Bytes", "Idle Max"], [attack]);
    expect(near!.missing).toEqual([expect.stringContaining("same but for a leading space")]);
  });
});
