import { type NumberColumn, Table, textColumn, toCsv } from "@mlsec/preprocess";
import { FittedEnsemble } from "@mlsec/threat-ensemble";
import { describe, expect, it } from "vitest";
import {
  exampleCsv,
  exampleTable,
  type Finding,
  loadDetector,
  profileOf,
  saveBundle,
  validateBundle,
  validateCsv,
} from "../src/index.js";
import { attackPipeline, connections, flows, threatPipeline } from "./pipelines.js";

const threat = await threatPipeline();
const attack = await attackPipeline();
const threatDetector = await loadDetector(await saveBundle(threat));
const attackDetector = await loadDetector(await saveBundle(attack));

const withoutInfo = (findings: readonly Finding[]): [string, string, string | null, number][] =>
  findings
    .filter(({ severity }) => severity !== "info")
    .map(({ severity, check, column, count }) => [severity, check, column, count]);

/** A table with one cell changed. */
function changed(table: Table, name: string, row: number, value: number): Table {
  const values = table.numbers(name).slice();
  values[row] = value;
  return table.with(name, { kind: "number", values });
}

describe("validateCsv", () => {
  it("finds nothing wrong with rows like those of the training", async () => {
    const result = await validateCsv(attackDetector, toCsv(flows(300)));
    expect(result).toMatchObject({ fits: true, rows: 300, predictedRows: 300 });
    expect(withoutInfo(result.findings)).toEqual([]);
    expect(Object.values(result.predictions).reduce((a, b) => a + b)).toBe(300);
    expect(result.findings.find(({ check }) => check === "extra-columns")?.examples).toEqual(['" Label"']);
  });

  it("takes infinite cells that count as missing for no fault, where the pipeline fills them", async () => {
    const pipeline = await threatPipeline([{ step: "imputeMissing", columns: ["bytes"], infinite: "missing" }]);
    const detector = await loadDetector(await saveBundle(pipeline));
    const result = await validateCsv(detector, toCsv(changed(connections(120), "bytes", 3, Infinity)));
    expect(withoutInfo(result.findings)).toEqual([["warning", "finite", "bytes", 1]]);
    expect(result).toMatchObject({ fits: true, predictedRows: 120 });
  });

  it("takes missing cells that the pipeline imputes for no fault, and predicts their rows", async () => {
    const pipeline = await threatPipeline([{ step: "imputeMissing", columns: ["bytes"] }]);
    const detector = await loadDetector(await saveBundle(pipeline));
    const table = changed(changed(connections(120), "bytes", 3, Number.NaN), "rate", 5, Number.NaN);
    const result = await validateCsv(detector, toCsv(table));
    expect(withoutInfo(result.findings)).toEqual([
      ["warning", "missing-values", "bytes", 1],
      ["error", "missing-values", "rate", 1],
    ]);
    expect(result.findings[0]!.message).toBe(
      'Column "bytes" has missing cells; they are filled as the model\'s preprocessing says.',
    );
    expect(result).toMatchObject({ fits: false, rows: 120, predictedRows: 119 });
  });

  it("reports every kind of fault of one file at once, and predicts the other rows", async () => {
    let table = changed(changed(flows(300), "Total Bytes", 4, Number.POSITIVE_INFINITY), "Idle Max", 7, 1e6);
    table = changed(changed(table, "Total Bytes", 9, Number.NaN), "Total Bytes", 10, Number.NaN);
    const csv = toCsv(table).replace(/\n[^,]+/, "\nabc");
    const result = await validateCsv(attackDetector, csv);
    expect(withoutInfo(result.findings)).toEqual([
      ["error", "numeric", " Flow Duration", 1],
      ["error", "missing-values", "Total Bytes", 2],
      ["error", "finite", "Total Bytes", 1],
      ["warning", "training-range", "Idle Max", 1],
    ]);
    expect(result).toMatchObject({ fits: false, rows: 300, predictedRows: 296 });
    const examples = result.findings.map(({ check, examples: rows }) => [check, rows[0]]);
    expect(examples).toContainEqual(["missing-values", "row 10"]);
    expect(examples).toContainEqual(["training-range", "row 8: 1000000"]);
    expect(examples).toContainEqual([
      "numeric",
      expect.stringMatching(/^row 1, column " Flow Duration": "abc" is not a number$/),
    ]);
  });

  it("finds numbers that are finite but too large for the model", async () => {
    const result = await validateCsv(attackDetector, toCsv(changed(flows(60), "Idle Max", 5, 1e200)));
    expect(withoutInfo(result.findings)).toEqual([
      ["warning", "training-range", "Idle Max", 1],
      ["error", "finite", null, 1],
    ]);
    expect(result).toMatchObject({ fits: false, predictedRows: 59 });
  });

  it("names the nearest column for each feature that is missing, and predicts nothing", async () => {
    const table = flows(30);
    const renamed = Table.of([...table].map(([name, column]) => [name.trim().toLowerCase(), column]));
    const result = await validateCsv(attackDetector, toCsv(renamed));
    expect(withoutInfo(result.findings).map(([, check, column]) => [check, column])).toEqual(
      [" Flow Duration", "Total Bytes", "Idle Max"].map((name) => ["features-present", name]),
    );
    expect(result.findings[0]!.message).toContain("found 'flow duration'");
    expect(result).toMatchObject({ fits: false, predictedRows: 0 });
  });

  it("warns of unseen and missing categories without refusing the file", async () => {
    const table = connections(20).drop(["class"]);
    const protocols = table.texts("protocol");
    const odd = table.with(
      "protocol",
      textColumn(protocols.map((name, row) => (row === 3 ? "sctp" : row === 5 ? null : name))),
    );
    const result = await validateCsv(threatDetector, toCsv(odd));
    expect(withoutInfo(result.findings)).toEqual([
      ["warning", "missing-values", "protocol", 1],
      ["warning", "unseen-categories", "protocol", 1],
    ]);
    expect(result).toMatchObject({ fits: true, predictedRows: 20 });
  });

  it("reports ragged rows, and says of an empty file, a bare header or twice the same name that it cannot be read", async () => {
    const ragged = await validateCsv(attackDetector, `${toCsv(flows(40))}1,2\n`);
    expect(withoutInfo(ragged.findings)[0]).toEqual(["error", "row-shape", null, 1]);
    for (const csv of ["", "a,b\n", "a,a\n1,2\n"]) {
      const result = await validateCsv(attackDetector, csv);
      expect(withoutInfo(result.findings)).toEqual([["error", "readable", null, 1]]);
    }
  });
});

describe("exampleTable", () => {
  it.each([
    ["threat_detector", threat, threatDetector],
    ["attack_classifier", attack, attackDetector],
  ] as const)("makes rows for a %s that validate and predict", async (_, pipeline, detector) => {
    const table = exampleTable(pipeline, 200, 7);
    expect(table.names).toEqual(pipeline.preprocessor.inputs.map(({ name }) => name));
    expect(exampleCsv(pipeline, 200, 7)).toBe(toCsv(table));
    expect(toCsv(exampleTable(pipeline, 200, 8))).not.toBe(toCsv(table));
    const result = await validateCsv(detector, toCsv(table));
    expect(result).toMatchObject({ fits: true, predictedRows: 200 });
    expect(withoutInfo(result.findings)).toEqual([]);
  });

  it("keeps whole numbers whole, ranges, and the shares of categories", () => {
    const table = exampleTable(threat, 3000);
    const { sketch } = threat.provenance.fingerprint.columns.find(({ name }) => name === "bytes")! as any;
    const bytes = (table.column("bytes") as NumberColumn).values;
    expect(bytes.every(Number.isInteger)).toBe(true);
    expect(Math.min(...bytes)).toBeGreaterThanOrEqual(sketch.quantiles[0]);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(sketch.quantiles.at(-1));
    const share = table.texts("protocol").filter((name) => name === "tcp").length / 3000;
    const trained =
      connections(120)
        .texts("protocol")
        .filter((name) => name === "tcp").length / 120;
    expect(share).toBeCloseTo(trained, 1);
  });

  it("draws from columns of more rows than an integer is drawn of", () => {
    const { fingerprint } = threat.provenance;
    const many = fingerprint.columns.map(({ name, sketch }) => ({
      name,
      sketch:
        sketch.type === "number" ? sketch : { ...sketch, categories: [["tcp", 5e9] as const, ["udp", 5e9] as const] },
    }));
    const provenance = { ...threat.provenance, fingerprint: { ...fingerprint, columns: many } };
    const protocols = exampleTable({ ...threat, provenance }, 2000).texts("protocol");
    expect(protocols.filter((name) => name === "tcp").length / 2000).toBeCloseTo(0.5, 1);
    expect(new Set(protocols)).toEqual(new Set(["tcp", "udp"]));
  });

  it("refuses no rows and too many", () => {
    for (const rows of [0, 1.5, 1_000_001])
      expect(() => exampleTable(threat, rows)).toThrowError(/from 1 to 1000000 rows/);
  });
});

describe("validateBundle", () => {
  it("finds fault with a model that loads and judges no row, such as one whose weights overflow", async () => {
    const state = JSON.parse(JSON.stringify(threat.model.toJSON()));
    for (const { network } of state.members)
      for (const layer of network.weights)
        for (const [name, values] of Object.entries<number[]>(layer))
          layer[name] = values.map(() => (name === "variance" ? 0 : Math.fround(3e38)));
    for (const { network } of state.members) network.weights.at(-1).kernel.fill(0);
    const overflowing = await saveBundle({ ...threat, model: FittedEnsemble.fromJSON(state) });
    const { fits, findings } = await validateBundle(overflowing);
    expect(fits).toBe(false);
    expect(findings.find(({ check }) => check === "test-prediction")?.message).toMatch(/overflows/);
  });

  it("passes a bundle whose profile agrees", async () => {
    const bytes = await saveBundle(threat);
    const { fits, findings, bundle } = await validateBundle(bytes, JSON.parse(JSON.stringify(profileOf(threat))));
    expect([fits, findings.map(({ check }) => check)]).toEqual([true, ["size", "loads", "profile", "test-prediction"]]);
    expect(bundle?.kind).toBe("threat_detector");
  });

  it("names every field in which the profile disagrees", async () => {
    const profile = JSON.parse(JSON.stringify(profileOf(threat)));
    profile.expected_features[0] = "protocol ";
    profile.preprocessing_pipeline.scaler_type = "MinMaxScaler";
    const { fits, findings } = await validateBundle(await saveBundle(threat), profile);
    expect(fits).toBe(false);
    expect(findings.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual([
      expect.stringContaining("expected_features is"),
      expect.stringContaining(
        'preprocessing_pipeline.scaler_type is "MinMaxScaler" where the bundle says "StandardScaler"',
      ),
    ]);
  });

  it("warns where there is no profile, and refuses an altered bundle", async () => {
    const bytes = await saveBundle(threat);
    expect((await validateBundle(bytes)).findings.filter(({ severity }) => severity === "warning")).toHaveLength(1);
    bytes[bytes.length - 1]! ^= 1;
    expect(await validateBundle(bytes)).toMatchObject({ fits: false, bundle: null });
  });

  it("loads what the detector loads", async () => {
    expect((await loadDetector(await saveBundle(attack))).kind).toBe("attack_classifier");
  });
});
