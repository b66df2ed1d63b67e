import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toCsv } from "@mlsec/preprocess";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateConnections, generateFlows } from "../data/index.js";
import { ended, run, start } from "./run-program.js";

const readJson = async (path: string): Promise<any> => JSON.parse(await readFile(path, "utf8"));

let folder: string;
let connections: string;
let flows: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlsec-examples-"));
  connections = join(folder, "connections.csv");
  flows = join(folder, "flows.csv");
  await writeFile(connections, toCsv(await generateConnections({ rows: 1500, seed: 5 })));
  await writeFile(flows, toCsv(await generateFlows({ rows: 3000, seed: 5, dirty: false })));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The sections of a report, in order. */
const sectionsOf = (html: string): string[] => [...html.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id!);

describe("train-attack and predict", () => {
  it("train, save, and predict the same bytes from another process", async () => {
    const out = join(folder, "attack");
    const reportFile = join(folder, "reports", "attack.html");
    const trained = await run(
      "train-attack.ts",
      "--report",
      reportFile,
      "--train_csvs",
      flows,
      "--random_state",
      "7",
      "--max-depth=8",
      "--predict-csv",
      flows,
      "--out-dir",
      out,
    );
    expect(trained).toMatchObject({ code: 0 });
    expect(trained.output).toContain('Label column "Label" is absent; took " Label".');
    expect((await readdir(out)).sort()).toEqual([
      "attack_classifier.safetensors",
      "attack_classifier_metrics.json",
      "attack_classifier_profile.json",
      "attack_predictions.csv",
    ]);
    const metrics = await readJson(join(out, "attack_classifier_metrics.json"));
    for (const field of [
      "accuracy",
      "macroF1",
      "perClass",
      "confusionMatrix",
      "classes",
      "features",
      "removedFeatures",
      "importances",
      "cleaning",
      "seconds",
    ]) {
      expect(metrics).toHaveProperty(field);
    }
    expect(metrics.accuracy).toBeGreaterThan(0.9);
    expect(metrics.tree.depth).toBeLessThanOrEqual(8);
    expect(metrics.split).toContain("seed 7");
    const report = await readFile(reportFile, "utf8");
    expect(sectionsOf(report)).toEqual(["classes", "class-curves", "importances", "audit", "model"]);
    for (const shown of [metrics.accuracy, metrics.macroF1, metrics.importances[0].importance])
      expect(report).toContain(`<data value="${shown}">`);
    for (const { class: name } of metrics.perClass) expect(report).toContain(`<bdi class="name">${name}</bdi>`);
    expect(await readdir(join(folder, "reports"))).toEqual(["attack.html"]);

    const predictions = join(folder, "again", "predictions.csv");
    const predicted = await run(
      "predict.ts",
      "--bundle",
      join(out, "attack_classifier.safetensors"),
      "--csv",
      flows,
      "--out",
      predictions,
    );
    expect(predicted).toMatchObject({ code: 0 });
    const text = await readFile(predictions, "utf8");
    expect(text).toBe(await readFile(join(out, "attack_predictions.csv"), "utf8"));
    const lines = text.trimEnd().split("\n");
    expect(lines.map((line) => line.split(",").slice(0, -2).join(","))).toEqual(
      (await readFile(flows, "utf8")).trimEnd().split("\n"),
    );
    expect(lines[0]).toMatch(/, Label,prediction,probability$/);
    for (const line of lines.slice(1)) {
      const [prediction, probability] = line.split(",").slice(-2);
      expect(metrics.classes).toContain(prediction);
      expect(Number(probability)).toBeGreaterThan(0);
    }
  });

  it("refuse a bundle of the other kind, and rows with infinite numbers unless told to skip them", async () => {
    const bundle = join(folder, "attack", "attack_classifier.safetensors");
    const out = join(folder, "refused.csv");
    const wrongKind = await run(
      "predict.ts",
      "--bundle",
      bundle,
      "--csv",
      flows,
      "--out",
      out,
      "--model-type",
      "threat_detector",
    );
    expect(wrongKind.code).toBe(1);
    expect(wrongKind.output).toMatch(/holds a model of the kind attack_classifier, not threat_detector/);

    const dirty = join(folder, "dirty.csv");
    await writeFile(dirty, toCsv(await generateFlows({ rows: 3000, seed: 6 })));
    const refused = await run("predict.ts", "--bundle", bundle, "--csv", dirty, "--out", out);
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/Row \d+, column "[^"]+": (missing|-?Infinity)\. Rows with missing, infinite/);
    expect(existsSync(out)).toBe(false);

    const skipped = await run("predict.ts", "--bundle", bundle, "--csv", dirty, "--out", out, "--invalid-rows", "skip");
    expect(skipped.code).toBe(0);
    const empty = (await readFile(out, "utf8")).split("\n").filter((line) => line.endsWith(",,")).length;
    expect(skipped.output).toContain(`${empty} rows have missing or infinite numbers`);
    expect(empty).toBeGreaterThan(0);
  });

  it("search for options, and write the rules of what they found", async () => {
    const out = join(folder, "searched");
    const rules = (name: string): string => join(out, "rules", name);
    const train = ["--train-csvs", flows, "--out-dir", out];
    const { code, output } = await run("train-attack.ts", ...train, "--search", "--rules", rules("tree.json"));
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/Of 24 candidates the best[\s\S]*taken[\s\S]*Wrote the rules to/),
    ]);
    const { nodes, format } = await readJson(rules("tree.json"));
    expect(format).toBe("mlsec-flow-rules");
    const { tree, search } = await readJson(join(out, "attack_classifier_metrics.json"));
    expect(nodes.filter((node: object) => "class" in node)).toHaveLength(tree.leaves);
    expect(search.candidates).toHaveLength(24);

    for (const [name, start] of [
      ["tree.svg", "<svg "],
      ["tree.dot", "digraph"],
      ["tree.txt", "|---"],
    ] as const) {
      const plain = await run(
        "train-attack.ts",
        ...train,
        "--ccp-alpha",
        "cross-validated",
        "--class-weight",
        "square-root",
        "--rules",
        rules(name),
      );
      expect(plain).toMatchObject({ code: 0 });
      expect((await readFile(rules(name), "utf8")).startsWith(start)).toBe(true);
    }
    const refused = await run("train-attack.ts", ...train, "--rules", "tree.pdf");
    expect([refused.code, refused.output]).toEqual([
      1,
      expect.stringContaining("--rules writes .txt, .dot, .svg, .json"),
    ]);
  });

  it("take several training files, and label and column lists to the letter", async () => {
    const out = join(folder, "several");
    const { code, output } = await run(
      "train-attack.ts",
      ...[
        "--train-csvs",
        flows,
        flows,
        "--exclude-labels",
        "Bot,Web Attack XSS",
        "--drop-columns",
        " Destination Port",
        "--out-dir",
        out,
      ],
    );
    expect([code, output]).toEqual([0, expect.stringContaining("Dropped columns:  Destination Port.")]);
    const metrics = await readJson(join(out, "attack_classifier_metrics.json"));
    expect(metrics.classes).toHaveLength(12);
    expect(metrics.cleaning.rowsRead).toBe(6000);
    expect(metrics.cleaning.duplicateRows).toBeGreaterThanOrEqual(2900);
  });
});

describe("train-threat", () => {
  it("trains with RFE and writes every metric, and a report of them", { timeout: 120_000 }, async () => {
    const out = join(folder, "threat");
    const reportFile = join(out, "threat.html");
    const { code, output } = await run(
      "train-threat.ts",
      ...[
        "--train_csv",
        connections,
        "--n_features",
        "6",
        "--rfe-trees",
        "5",
        "--epochs",
        "3",
        "--threshold",
        "0.4",
        "--out_dir",
        out,
        "--report",
        reportFile,
      ],
    );
    expect([code, output]).toEqual([0, expect.stringContaining('Normal label: "normal" (detected)')]);
    const metrics = await readJson(join(out, "threat_detector_metrics.json"));
    for (const field of [
      "accuracy",
      "precision",
      "recall",
      "f1",
      "falsePositiveRate",
      "auc",
      "confusionMatrix",
      "split",
      "rows",
      "seconds",
    ]) {
      expect(metrics).toHaveProperty(field);
    }
    expect(metrics).toMatchObject({ threshold: 0.4, thresholdChosenBy: "given", classes: ["Normal", "Attack"] });
    expect(metrics.selectedFeatures).toHaveLength(6);
    const profile = await readJson(join(out, "threat_detector_profile.json"));
    expect(profile.expected_features).toEqual(metrics.selectedFeatures);
    const report = await readFile(reportFile, "utf8");
    expect(sectionsOf(report)).toEqual(["detection", "curves", "importances", "training", "audit", "model"]);
    const { accuracy, recall, falsePositiveRate, auc, f1 } = metrics;
    for (const shown of [accuracy, recall, falsePositiveRate, auc, f1])
      expect(report).toContain(`<data value="${shown}">`);
    // The epochs that were trained, with the validation loss of the one that was kept.
    expect(metrics.history).toHaveLength(2);
    for (const { epochs, bestEpoch, validationLoss } of metrics.history) {
      expect(report).toContain(`The best of <data value="${epochs}">${epochs}</data> epochs is the ${bestEpoch}`);
      expect(report).toContain(`<data value="${validationLoss}">`);
    }
    for (const feature of metrics.selectedFeatures) expect(report).toContain(`<bdi class="name">${feature}</bdi>`);
  });

  it("chooses the threshold on the validation rows, and says what it means at work", { timeout: 120_000 }, async () => {
    const out = join(folder, "budget");
    const args = ["--train-csv", connections, "--features", "flag,src_bytes,count", "--epochs", "3", "--out-dir", out];
    const traffic = ["--flows-per-day", "1000000", "--prevalence", "0.001"];
    const { code, output } = await run("train-threat.ts", ...args, "--false-positive-budget", "0.05", ...traffic);
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/A day at these rates: \d+ alerts, \d+\.\d\d % of them attacks/),
    ]);
    const { threshold, thresholdChosenBy, onValidation, recall, falsePositiveRate, alertsPerDay } = await readJson(
      join(out, "threat_detector_metrics.json"),
    );
    expect(thresholdChosenBy).toBe("largest recall at a false-positive rate of at most 0.05, on 300 validation rows");
    expect(threshold).not.toBe(0.5);
    expect(onValidation.falsePositiveRate).toBeLessThanOrEqual(0.05);
    expect(alertsPerDay.attacksFound).toBeCloseTo(1000 * recall, 6);
    expect(alertsPerDay.falseAlarms).toBeCloseTo(999_000 * falsePositiveRate, 6);
    // Nobody within a smaller budget finds more.
    const other = await run("train-threat.ts", ...args, "--threshold-rule", "youden");
    expect(other.output).toContain("Youden's J");
  });

  it("reads a headerless NSL-KDD file, takes a test file and a feature list, and predicts", {
    timeout: 120_000,
  }, async () => {
    const [, ...rows] = (await readFile(connections, "utf8")).trimEnd().split("\n");
    const headerless = join(folder, "headerless.txt");
    const test = join(folder, "test.txt");
    await writeFile(headerless, rows.map((row) => `${row.replace(/anomaly$/, "neptune")},21\n`).join(""));
    await writeFile(
      test,
      rows
        .slice(0, 300)
        .map((row) => `${row.replace(/anomaly$/, "mscan")},7\n`)
        .join(""),
    );
    const out = join(folder, "headerless");
    const { code, output } = await run(
      "train-threat.ts",
      ...[
        "--train-csv",
        headerless,
        "--test-csv",
        test,
        "--features",
        "flag,src_bytes,count",
        "--epochs",
        "2",
        "--predict-csv",
        test,
        "--out-dir",
        out,
      ],
    );
    expect([code, output]).toEqual([0, expect.stringContaining("Left out: difficulty.")]);
    const metrics = await readJson(join(out, "threat_detector_metrics.json"));
    expect(metrics.rows.test).toBe(300);
    expect(metrics.selectedFeatures).toEqual(["flag", "src_bytes", "count"]);
    const lines = (await readFile(join(out, "threat_predictions.csv"), "utf8")).trimEnd().split("\n");
    expect(lines).toHaveLength(301);
    expect(lines[0]).toMatch(/^duration,protocol_type,.*,class,difficulty,prediction,probability$/);
  });

  it("leaves nothing behind when it is interrupted", { timeout: 60_000 }, async () => {
    const out = join(folder, "interrupted");
    const child = start("train-threat.ts", ["--train-csv", connections, "--rfe-trees", "500", "--out-dir", out]);
    child.stdout?.on("data", (piece) => {
      // By then it is in the middle of RFE, which goes on for minutes.
      if (String(piece).includes("Read 1500 rows")) setTimeout(() => child.kill("SIGINT"), 2000);
    });
    expect(await ended(child)).toMatchObject({
      code: 130,
      output: expect.stringContaining("Nothing was left half-written"),
    });
    expect(existsSync(out)).toBe(false);
  });
});

describe("every program", () => {
  const programs = [
    "quickstart",
    "train-threat",
    "train-attack",
    "predict",
    "validate",
    "export-sample",
    "integrate",
    "generate",
    "export",
  ];

  it.each(programs)("%s explains itself", async (program) => {
    const { code, output } = await run(`${program}.ts`, "--help");
    expect([code, output]).toEqual([0, expect.stringMatching(/^Usage: npm run /)]);
  });
});

describe("validate, export-sample and integrate", () => {
  const bundle = (): string => join(folder, "attack", "attack_classifier.safetensors");

  it("export a sample that validates and predicts", async () => {
    const sample = join(folder, "samples", "sample.csv");
    const exported = await run("export-sample.ts", "--bundle", bundle(), "--rows", "50", "--out", sample);
    expect(exported).toMatchObject({ code: 0 });
    const { expected_features: features } = await readJson(join(folder, "attack", "attack_classifier_profile.json"));
    const [header, ...rows] = (await readFile(sample, "utf8")).trimEnd().split("\n");
    expect([header!.split(","), rows.length]).toEqual([features, 50]);

    const findings = join(folder, "findings.json");
    const validated = await run("validate.ts", "--bundle", bundle(), "--csv", sample, "--json", findings);
    expect([validated.code, validated.output]).toEqual([
      0,
      expect.stringMatching(/profile agrees with the bundle.*Fits\.\n$/s),
    ]);
    expect(await readJson(findings)).toMatchObject({ fits: true, csv: { rows: 50, predictedRows: 50 } });
    const predicted = await run(
      "predict.ts",
      "--bundle",
      bundle(),
      "--csv",
      sample,
      "--out",
      join(folder, "samples", "p.csv"),
    );
    expect(predicted).toMatchObject({ code: 0 });
  });

  it("report every finding of a file that does not fit, as text and as data, with exit code 1", async () => {
    const dirty = join(folder, "dirty-again.csv");
    await writeFile(dirty, toCsv(await generateFlows({ rows: 3000, seed: 6 })));
    const findings = join(folder, "dirty-findings.json");
    const { code, output } = await run("validate.ts", "--bundle", bundle(), "--csv", dirty, "--json", findings);
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/ERROR {4}Column "Flow Bytes\/s" has infinite cells.*Does not fit/s),
    ]);
    const { fits, csv } = await readJson(findings);
    expect(fits).toBe(false);
    expect(csv.findings).toContainEqual(
      expect.objectContaining({
        severity: "error",
        check: "finite",
        count: expect.any(Number),
        examples: expect.any(Array),
      }),
    );
  });

  it("say where the profile beside a bundle disagrees", async () => {
    const { code, output } = await run("validate.ts", "--bundle", bundle(), "--profile", join(folder, "findings.json"));
    expect([code, output]).toEqual([1, expect.stringMatching(/ERROR {4}The profile's expected_features is absent/)]);
  });

  it("install a model, activate it, and keep the one before", async () => {
    const models = join(folder, "models");
    const first = await run("integrate.ts", "--bundle", bundle(), "--models-dir", models, "--test-load");
    expect([first.code, first.output]).toEqual([
      0,
      expect.stringMatching(/No other model was active before.*predicted 5 example rows/s),
    ]);
    const out = join(folder, "attack-again");
    expect(await run("train-attack.ts", "--train-csvs", flows, "--out-dir", out)).toMatchObject({ code: 0 });
    const done = join(folder, "integrated.json");
    const second = await run(
      "integrate.ts",
      "--bundle",
      join(out, "attack_classifier.safetensors"),
      "--models-dir",
      models,
      "--json",
      done,
    );
    expect([second.code, second.output]).toEqual([0, expect.stringContaining("stays installed")]);
    const { model, previous } = await readJson(done);
    expect(await readJson(join(models, "attack_classifier", "state.json"))).toMatchObject({
      active: model,
      previous,
      aliases: {},
    });
    const installed = (await readdir(join(models, "attack_classifier"))).sort();
    expect(installed).toEqual([previous, model, "changes", "history.jsonl", "state.json"].sort());
    expect((await readdir(join(models, "attack_classifier", previous))).sort()).toEqual([
      "bundle.safetensors",
      "profile.json",
      "record.json",
    ]);
  });
});
