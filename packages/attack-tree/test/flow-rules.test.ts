import { join } from "node:path";
import { type InputRecord, type Preprocessor, Table, type TrainedPipeline, textColumn } from "@mlsec/preprocess";
import { readCsvFile } from "@mlsec/preprocess/node";
import { nextUp, Random } from "@mlsec/preprocess/numeric";
import { beforeAll, describe, expect, it } from "vitest";
import { type AttackTree, FlowRules, trainAttackClassifier } from "../src/index.js";
import { rawBoundary } from "../src/raw-boundary.js";
import { flows } from "./generated.js";

const DATA = process.env["MLSEC_DATA"];

type Pipeline = TrainedPipeline<"attack_classifier", AttackTree>;

/** A node of the portable rules, as JSON. */
interface JsonNode {
  readonly feature?: string;
  readonly upTo: number;
  readonly yes: number;
  readonly no: number;
  readonly class: string;
}

/** What another implementation would do with nothing but the rules' JSON. */
function classOf(nodes: readonly JsonNode[], record: InputRecord): string {
  let node = nodes[0]!;
  while (node.feature !== undefined) node = nodes[(record[node.feature] as number) <= node.upTo ? node.yes : node.no]!;
  return node.class;
}

function predicted({ preprocessor, model }: Pipeline, record: InputRecord): string {
  const table = Table.fromRecords([record], Object.keys(record));
  return model.classes[model.predict(preprocessor.transform(table))[0]!]!;
}

/** Checks what an explanation says by scoring again, and returns whether it had a flip. */
function verify(pipeline: Pipeline, rules: FlowRules, record: InputRecord): boolean {
  const { verdict, path, flip } = rules.explain(record);
  expect(verdict.class).toBe(predicted(pipeline, record));
  for (const [at, { feature, cell, upTo, yes, no, sentence }] of path.entries()) {
    expect(cell).toBe(record[feature]);
    const next = path[at + 1]?.node ?? verdict.leaf;
    expect(next).toBe(cell! <= upTo ? yes : no);
    expect(sentence.startsWith(`${feature} ${cell! <= upTo ? "≤" : ">"} ${upTo}`)).toBe(true);
    // The boundary is where the answer changes, to the last bit.
    for (const value of [upTo, nextUp(upTo)]) {
      const moved = rules.explain({ ...record, [feature]: value }).path[at];
      if (moved !== undefined && moved.feature === feature && moved.upTo === upTo)
        expect(moved.sentence.includes("≤")).toBe(value === upTo);
    }
  }
  if (flip === null) return false;
  expect(flip.from).toBe(record[flip.feature]);
  expect(flip.verdict.class).not.toBe(verdict.class);
  expect(predicted(pipeline, { ...record, [flip.feature]: flip.to })).toBe(flip.verdict.class);
  return true;
}

describe("FlowRules on generated flows", () => {
  let pipeline: Pipeline;
  let rules: FlowRules;
  const table = flows(120, { seed: 9 }).drop(["Flow ID", " Label"]);

  beforeAll(async () => {
    ({ pipeline } = await trainAttackClassifier(flows(120)));
    rules = FlowRules.of(pipeline);
  });

  it("tells the path that a flow takes, and a flip that is true when scored", () => {
    let flips = 0;
    for (let row = 0; row < table.rows; row++) flips += verify(pipeline, rules, table.record(row)) ? 1 : 0;
    expect(flips).toBeGreaterThan(0);
  });

  it("finds the least change of one feature: every nearer value on a grid leaves the verdict", () => {
    const { scale, features } = {
      features: pipeline.preprocessor.features,
      scale: pipeline.preprocessor.features.map(
        (_, i) => pipeline.preprocessor.transformNumber(i, 1) - pipeline.preprocessor.transformNumber(i, 0),
      ),
    };
    for (let row = 0; row < table.rows; row += 29) {
      const record = table.record(row);
      const { verdict, flip } = rules.explain(record);
      for (const [index, feature] of features.entries()) {
        for (let step = -200; step <= 200; step++) {
          const change = (step / 200) * (flip?.change ?? 10) * 0.999;
          const value = (record[feature] as number) + change / scale[index]!;
          expect(predicted(pipeline, { ...record, [feature]: value })).toBe(verdict.class);
        }
      }
    }
  });

  it("gives JSON that classifies flows without this library", () => {
    const { nodes, classes } = JSON.parse(JSON.stringify(rules.toJSON())) as { nodes: JsonNode[]; classes: string[] };
    expect(classes).toEqual(pipeline.classes);
    for (let row = 0; row < table.rows; row++) {
      const record = table.record(row);
      expect(classOf(nodes, record)).toBe(predicted(pipeline, record));
    }
  });

  it("writes text, DOT and SVG with raw thresholds", () => {
    const question = rules.questions[0]!;
    const shown = `${question.feature} <= ${question.upTo.toFixed(2)}`;
    expect(rules.toText()).toContain(shown);
    expect(rules.toDot()).toContain(`${question.feature} ≤ ${question.upTo.toFixed(3)}`);
    expect(rules.toSvg()).toMatch(/^<svg /);
  });

  it("refuses a record that lacks a column, as scoring does", () => {
    expect(() => rules.explain({ " Bytes": 1 })).toThrow(expect.objectContaining({ code: "missing-feature" }));
  });

  it("says nothing of a flip where no single feature makes a difference", async () => {
    const random = Random.seeded(4);
    const cells = Array.from({ length: 400 }, () => [random.below(2), random.below(2)] as const);
    const both = Table.of([
      ["Left", { kind: "number", values: Float64Array.from(cells, ([left], row) => left + row * 1e-6) }],
      ["Right", { kind: "number", values: Float64Array.from(cells, ([, right], row) => right + row * 1e-6) }],
      ["Label", textColumn(cells.map(([left, right]) => (left + right === 2 ? "Bot" : "BENIGN")))],
    ]);
    const { pipeline: conjunction } = await trainAttackClassifier(both);
    const explanation = (left: number, right: number) =>
      FlowRules.of(conjunction).explain({ Left: left, Right: right });
    expect(explanation(0, 0)).toMatchObject({ verdict: { class: "BENIGN" }, flip: null });
    expect(explanation(1.1, 0)).toMatchObject({ flip: { feature: "Right", verdict: { class: "Bot" } } });
  });

  it("stays among whole numbers where training and flow know no others", async () => {
    const counts = flows(60).with(" Bytes", {
      kind: "number",
      values: flows(60)
        .numbers(" Bytes")
        .map((value) => Math.round(value * 10)),
    });
    const whole = FlowRules.of((await trainAttackClassifier(counts)).pipeline);
    const flip = (bytes: number) => whole.explain({ " Bytes": bytes, Rate: 0, Zero: 0 }).flip;
    expect(Number.isInteger(flip(0)!.to)).toBe(true);
    expect(Number.isInteger(flip(20)!.to)).toBe(true);
  });
});

describe("rawBoundary", () => {
  it("is the last double that goes left, for any scaler and threshold", async () => {
    const { pipeline } = await trainAttackClassifier(flows(50));
    const { preprocessor } = pipeline;
    const random = Random.seeded(3);
    for (let trial = 0; trial < 300; trial++) {
      const feature = random.below(preprocessor.features.length);
      const threshold = random.normal() * 10 ** (random.below(13) - 6);
      const last = rawBoundary(preprocessor, feature, threshold);
      expect(Math.fround(preprocessor.transformNumber(feature, last))).toBeLessThanOrEqual(threshold);
      expect(Math.fround(preprocessor.transformNumber(feature, nextUp(last)))).toBeGreaterThan(threshold);
    }
  });

  it("crosses zero, and ends at the largest double where everything goes left", () => {
    const through = (map: (value: number) => number) =>
      ({ transformNumber: (_: number, value: number) => map(value) }) as unknown as Preprocessor;
    expect(
      rawBoundary(
        through((value) => value),
        0,
        0,
      ),
    ).toBeCloseTo(0, 40);
    expect(
      rawBoundary(
        through((value) => Math.min(value, 5)),
        0,
        5,
      ),
    ).toBe(Number.MAX_VALUE);
    // Beyond float32's range the tree refuses a value.
    const last = rawBoundary(
      through((value) => value),
      0,
      Number.MAX_VALUE,
    );
    expect([Math.fround(last), Math.fround(nextUp(last))]).toEqual([2 ** 128 - 2 ** 104, Number.POSITIVE_INFINITY]);
    expect(rawBoundary(through(Math.log1p), 0, 0)).toBeCloseTo(0, 40);
  });
});

describe.skipIf(DATA === undefined)("FlowRules on CIC-IDS2017", () => {
  it("states paths and flips of 1,000 real flows that are true when scored again", async () => {
    const table = await readCsvFile(join(DATA!, "cicids2017/improved-sample.csv"));
    const { pipeline } = await trainAttackClassifier(table, {
      excludeLabels: ["Heartbleed", "Infiltration - Portscan"],
      criterion: "entropy",
      classWeight: "balanced",
    });
    const rules = FlowRules.of(pipeline);
    const order = Random.seeded(1).shuffle(Int32Array.from({ length: table.rows }, (_, row) => row));
    const some = table.select(pipeline.preprocessor.inputs.map(({ name }) => name)).take(order.slice(0, 1000));
    const { nodes } = JSON.parse(JSON.stringify(rules.toJSON())) as { nodes: JsonNode[] };
    let flips = 0;
    for (let row = 0; row < some.rows; row++) {
      const record = some.record(row);
      flips += verify(pipeline, rules, record) ? 1 : 0;
      expect(classOf(nodes, record)).toBe(predicted(pipeline, record));
    }
    expect(flips).toBeGreaterThan(900);
    expect(rules.explain(some.record(0)).path.some(({ sentence }) => sentence.endsWith(" µs"))).toBe(true);
  });
});
