import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Table, toCsv } from "@mlsec/preprocess";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateConnections, generateFlows } from "../data/index.js";
import { type Ended, run } from "./run-program.js";

let folder: string;
let attack: string;
const path = (name: string): string => join(folder, name);
const save = (name: string, table: Table): Promise<void> => writeFile(path(name), toCsv(table));
const drift = (csv: string, ...args: string[]): Promise<Ended> =>
  run("drift.ts", "--bundle", attack, "--csv", path(csv), ...args);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlsec-drift-"));
  const later = await generateFlows({ rows: 3000, seed: 6, dirty: false });
  const slower = later.numbers(" Flow Duration").map((value) => value * 30 + 1000);
  const shares = later.texts(" Label").flatMap((label, row) => (label === "BENIGN" && row % 10 > 0 ? [] : [row]));
  await save("flows.csv", await generateFlows({ rows: 6000, seed: 5, dirty: false }));
  await save("later.csv", later);
  await save("slower.csv", later.with(" Flow Duration", { kind: "number", values: slower }));
  await save("attacked.csv", later.take(Int32Array.from(shares)));
  await save("connections.csv", await generateConnections({ rows: 100, seed: 5 }));
  attack = path("attack_classifier.safetensors");
  const trained = await run("train-attack.ts", "--train-csvs", path("flows.csv"), "--out-dir", folder);
  expect(trained).toMatchObject({ code: 0 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("drift", () => {
  it("ends with 0 where new rows are like the training rows, predictions among them", async () => {
    const { code, output } = await drift("later.csv");
    expect(output).toMatch(
      /^Verdict: no drift\. 3000 rows compared with \d+ training rows\.\nOf \d+ columns 0 drifted, 0 changed; predictions: no drift\.\n$/,
    );
    expect(code).toBe(0);
  });

  it("ends with 3 where a column drifted, names it, and writes the report as JSON and as Markdown, too", async () => {
    const json = path("out/drift.json");
    const { code, output } = await drift("slower.csv", "--json", json, "--all_columns");
    expect(code).toBe(3);
    expect(output).toContain('DRIFT  Column " Flow Duration": ');
    const report = JSON.parse(await readFile(json, "utf8"));
    expect(report).toMatchObject({ verdict: "drift", rows: 3000, significance: 0.01 });
    expect(report.features.length).toBeGreaterThan(70);
    expect((await drift("slower.csv", "--all-columns", "--markdown")).output).toContain(
      '| Column " Flow Duration" | drift |',
    );
  });

  it("ends with 3 where the predictions drifted", async () => {
    const { code, output } = await drift("attacked.csv", "--json");
    expect(code).toBe(3);
    expect(JSON.parse(output)).toMatchObject({ predictions: { level: "drift", measuredOn: "test rows" } });
  });

  it("says what is wrong with its input in one paragraph, and writes nothing", async () => {
    const json = path("never.json");
    expect(await drift("connections.csv", "--json", json)).toMatchObject({
      code: 1,
      output: expect.stringContaining("of the"),
    });
    expect(await drift("nowhere.csv", "--json", json)).toMatchObject({ code: 1 });
    const wrong = await drift("later.csv", "--significance", "2", "--json", json);
    expect(wrong).toMatchObject({
      code: 1,
      output: expect.stringContaining("significance must be a number between 0 and 1"),
    });
    expect(existsSync(json)).toBe(false);
  });
});
