import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Table, toCsv } from "@mlsec/preprocess";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateConnections, generateFlows } from "../data/index.js";
import { run } from "./run-program.js";

let folder: string;
const path = (name: string): string => join(folder, name);
const save = (name: string, table: Table): Promise<void> => writeFile(path(name), toCsv(table));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlsec-audit-"));
  const flows = await generateFlows({ rows: 3000, seed: 5 });
  const sources = Float64Array.from({ length: flows.rows }, (_, row) => row % 90);
  await save("flows.csv", flows);
  await save("numbered.csv", flows.with("Source IP", { kind: "number", values: sources }));
  await save("connections.csv", await generateConnections({ rows: 1500, seed: 5 }));
  await save("later.csv", await generateConnections({ rows: 1000, seed: 6 }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("audit-data", () => {
  it("finds what the generator of flows makes as the real files have it, and ends with 0 where nothing is an error", async () => {
    const { code, output } = await run("audit-data.ts", "--csv", path("flows.csv"), "--label", "Label");
    expect(code).toBe(0);
    expect(output).toMatch(/^3000 rows, 79 columns\.\nClasses of " Label": "BENIGN" \d+, /);
    expect(output).toContain('Column "Fwd Avg Bytes/Bulk" is 0 in every row.');
    expect(output).toContain('Columns " Fwd Header Length", " Fwd Header Length.1" are the same in every row');
    expect(output).toMatch(/Column " Flow Packets\/s" has \d+ infinite cells/);
    expect(output).toMatch(/rows? \(\d\.\d\d %\) equal an earlier row/);
    expect(output).toMatch(/\n0 errors, \d+ warnings, \d+ notes\.\n$/);
  });

  it("ends with 1 where something is an error, and writes the audit as JSON, too", async () => {
    const json = path("out/audit.json");
    const args = ["--csv", path("numbered.csv"), "--label", "Label", "--random_state", "3", "--json", json];
    const { code, output } = await run("audit-data.ts", ...args);
    expect(code).toBe(1);
    expect(output).toContain('ERROR    Column "Source IP" is an identifier by its name');
    const audit = JSON.parse(await readFile(json, "utf8"));
    expect(audit).toMatchObject({ rows: 3000, testRows: null, columns: 80, label: " Label" });
    expect(audit.findings[0]).toMatchObject({ check: "identifier", severity: "error", columns: ["Source IP"] });
  });

  it("compares a test file, and prints nothing but JSON where it is asked for without a file", async () => {
    const args = ["--csv", path("connections.csv"), "--test-csv", path("later.csv"), "--label", "class", "--json"];
    const { output } = await run("audit-data.ts", ...args);
    const audit = JSON.parse(output);
    expect(audit).toMatchObject({ rows: 1500, testRows: 1000 });
    expect(audit.findings.map(({ check }: { check: string }) => check)).toContain("constant-column");
  });

  it("says what is wrong with its input in one paragraph, and writes nothing", async () => {
    const json = path("never.json");
    const attempt = (...args: string[]) => run("audit-data.ts", "--csv", path("flows.csv"), "--json", json, ...args);
    expect(await attempt("--label", "Labels")).toMatchObject({
      code: 1,
      output: expect.stringContaining("expected 'Labels', found ' Label'"),
    });
    expect(await attempt("--label", "Label", "--test-csv", path("later.csv"))).toMatchObject({
      code: 1,
      output: expect.stringContaining("The test table lacks 79 of the training table's columns"),
    });
    expect(await attempt("--label", "Label", "--random-state", "-1")).toMatchObject({ code: 1 });
    expect(existsSync(json)).toBe(false);
  });
});
