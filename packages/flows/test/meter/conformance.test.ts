import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readCsv, type Table } from "@mlsec/preprocess";
import { csvFile, readCsvFile } from "@mlsec/preprocess/node";
import { describe, expect, it } from "vitest";
import { type CicFixes, meterTable } from "../../src/index.js";

const DATA = process.env["MLSEC_DATA"];
const file = (folder: string, name: string): string => join(DATA ?? "", "flows", folder, name);

/** What tells the flows of these small captures apart. */
const keyOf = (table: Table, row: number): string => `${table.cell("Flow ID", row)} ${table.cell("Timestamp", row)}`;

/** Cells that differ, in words. Texts must be equal, numbers within a relative 1e-6. */
function differences(ours: Table, theirs: Table, tolerance: number): string[] {
  const rows = new Map(Array.from({ length: ours.rows }, (_, row) => [keyOf(ours, row), row]));
  const found: string[] = [];
  for (let row = 0; row < theirs.rows; row++) {
    const own = rows.get(keyOf(theirs, row));
    if (own === undefined) found.push(`no flow ${keyOf(theirs, row)}`);
    else for (const name of ours.names) compare(name, own, row);
  }
  return found;

  function compare(name: string, own: number, row: number): void {
    const [got, expected] = [ours.cell(name, own), theirs.cell(name, row)];
    const isSame =
      typeof got === "number" && typeof expected === "number"
        ? Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected))
        : got === expected;
    if (!isSame) found.push(`${keyOf(theirs, row)} ${name}: ${got}, not ${expected}`);
  }
}

describe.skipIf(DATA === undefined)("the corrected fork's own tables of captures", () => {
  it.each(["ping", "nmap-ss"])("are reproduced in every flow and column: %s", async (name) => {
    const ours = await meterTable(csvFile(file("cicflowmeter", `${name}.dump.pcap`)), { profile: "cic-fixed" });
    const theirs = await readCsvFile(file("cicflowmeter", `${name}.cicflowmeter.csv`));
    expect(ours.rows).toBe(theirs.rows);
    // Ours are the first columns in the same order; after them come labels.
    expect(theirs.names.slice(0, ours.names.length)).toEqual(ours.names);
    expect(theirs.names[ours.names.length]).toBe("Label");
    expect(differences(ours, theirs, 1e-6)).toEqual([]);
  });
});

describe.skipIf(DATA === undefined)("a flow cut out of CIC-IDS2017", () => {
  /** The state of the meter that made the sample: flow rules of 2017, features of some time after. */
  const SAMPLE_FIXES: Partial<CicFixes> = {
    ...{ flagOrder: true, everyPacket: true, subflowGap: true, bwdBytesPerBulk: true, bulkDirection: true },
    ...{ realRatio: true, zeroWindows: true, unpaddedPayload: true, udpHeaders: true },
  };

  it.each([
    ["sample.json", {}],
    ["sample.csv", { firstBwdWindow: true, singleFirstLength: true }],
  ])("has the values of %s", async (name, more) => {
    const options = { profile: "cic2017", names: "v4", fixes: { ...SAMPLE_FIXES, ...more } } as const;
    const ours = await meterTable(csvFile(file("cicsample", "sample.pcap")), options);
    const [theirs] = await sampleRows(name);
    const row = Array.from({ length: ours.rows }, (_, at) => at).find(
      (at) => ours.cell("Src Port", at) === theirs!["Src Port"],
    );
    const wrong = ours.names
      .filter((column) => column !== "Timestamp")
      .map((column) => [column, ours.cell(column, row!), theirs![column]] as const)
      // The samples' values are rounded to nine digits, those of the CSV in places to three.
      .filter(([, got, expected]) => !isRounded(got, expected, name.endsWith("json") ? 1e-8 : 5e-3));
    expect(wrong).toEqual([]);
  });

  function isRounded(got: unknown, expected: unknown, tolerance: number): boolean {
    if (typeof got !== "number" || typeof expected !== "number") return got === expected;
    return Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected));
  }

  async function sampleRows(name: string): Promise<Record<string, unknown>[]> {
    if (name.endsWith("json")) return JSON.parse(readFileSync(file("cicsample", name), "utf8"));
    const table: Table = await readCsv(readFileSync(file("cicsample", name)));
    return [table.record(0)];
  }
});
