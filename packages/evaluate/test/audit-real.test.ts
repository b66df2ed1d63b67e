import { join } from "node:path";
import { type Cell, nslKdd, type Table } from "@mlsec/preprocess";
import { readCsvFile } from "@mlsec/preprocess/node";
import { beforeAll, describe, expect, it } from "vitest";
import { type AuditCheck, type AuditEvidence, auditDataset, type DatasetAudit } from "../src/index.js";

const DATA = process.env["MLSEC_DATA"];

const columnsOf = (audit: DatasetAudit, check: AuditCheck): string[] =>
  audit.findings.filter((one) => one.check === check).flatMap(({ columns }) => columns);

function evidenceOf<Check extends AuditCheck>(
  audit: DatasetAudit,
  check: Check,
  column?: string,
): AuditEvidence[Check] {
  const found = audit.findings.filter(
    (one) => one.check === check && (column === undefined || one.columns.includes(column)),
  );
  expect(found, `${check} ${column ?? ""}`).toHaveLength(1);
  return found[0]!.evidence as AuditEvidence[Check];
}

/** The cells of some columns of every row as one text, by which the figures below are counted again. */
function rowTexts(table: Table, names: readonly string[]): string[] {
  const columns = names.map((name): ((row: number) => Cell) => {
    const column = table.column(name);
    return (row) =>
      column.kind === "number" ? column.values[row]! : column.codes[row]! < 0 ? null : table.cell(name, row);
  });
  return Array.from({ length: table.rows }, (_, row) => columns.map((cell) => cell(row)).join("|"));
}

describe.skipIf(DATA === undefined)("the traps of NSL-KDD", () => {
  const file = (name: string): string => join(DATA!, "nsl-kdd", name);
  const read = (name: string): Promise<Table> =>
    readCsvFile(file(name), {
      headers: [...nslKdd.features, nslKdd.label, nslKdd.difficulty],
      types: nslKdd.types,
    });
  let train: Table;
  let test: Table;
  let audit: DatasetAudit;

  beforeAll(async () => {
    train = await read("KDDTrain+.txt");
    test = await read("KDDTest+.txt");
    audit = await auditDataset(train, { label: "class", test });
  }, 60_000);

  it("attacks that training never had, others that are not tested, rare ones, and other shares", () => {
    const { rows, classes } = evidenceOf(audit, "new-classes");
    expect([rows, classes.length, classes[0]]).toEqual([3750, 17, { class: "mscan", rows: 996 }]);
    expect(evidenceOf(audit, "untested-classes").classes).toEqual([
      { class: "warezclient", rows: 890 },
      { class: "spy", rows: 2 },
    ]);
    expect(evidenceOf(audit, "rare-classes").classes[0]).toEqual({ class: "spy", rows: 2 });
    expect(evidenceOf(audit, "class-shares").totalVariation).toBeCloseTo(0.285, 3);
  });

  it("the difficulty, which the label's predictability made", () => {
    expect(columnsOf(audit, "label-derived")).toEqual(["difficulty"]);
  });

  it("training rows among the test rows, and rows that contradict each other, once the difficulty is left out", () => {
    const known = new Set(rowTexts(train, nslKdd.features));
    const labelled = new Set(rowTexts(train, [...nslKdd.features, "class"]));
    const testRows = rowTexts(test, nslKdd.features);
    const shared = testRows.filter((text) => known.has(text)).length;
    const alike = rowTexts(test, [...nslKdd.features, "class"]).filter((text) => labelled.has(text)).length;
    expect(evidenceOf(audit, "test-rows-in-training")).toMatchObject({
      rows: shared,
      otherLabel: shared - alike,
      leftOut: ["difficulty"],
    });
    expect(shared).toBeGreaterThan(600);
    expect(evidenceOf(audit, "label-conflicts")).toMatchObject({ rows: 31, groups: 15 });
  });

  it("a column that is 0 in every row, one column that tells attacks from normal, services and rates that shift", () => {
    expect(columnsOf(audit, "constant-column")).toEqual(["num_outbound_cmds"]);
    expect(evidenceOf(audit, "shortcut", "src_bytes").balancedAccuracy).toBeGreaterThan(0.95);
    expect(columnsOf(audit, "shift")).toEqual(expect.arrayContaining(["service", "flag", "dst_host_rerror_rate"]));
    expect(evidenceOf(audit, "shift", "service")).toMatchObject({ measure: "total-variation" });
  });

  it("in the file as it circulates: two classes, one column of which decides them nearly alone", async () => {
    const circulating = await auditDataset(await readCsvFile(file("Train_data.csv")), { label: "class" });
    expect(columnsOf(circulating, "shortcut")).toEqual(["src_bytes"]);
    expect(columnsOf(circulating, "constant-column")).toEqual(["num_outbound_cmds", "is_host_login"]);
    expect(circulating.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });
});

describe.skipIf(DATA === undefined)("the traps of CIC-IDS2017", () => {
  const file = (name: string): string => join(DATA!, "cicids2017", name);

  it("in the original: duplicates, constants, infinite and missing cells, the repeated column, the destination port", async () => {
    const audit = await auditDataset(await readCsvFile(file("original-sample.csv"), { headers: "suffix" }), {
      label: "Label",
    });
    expect(audit).toMatchObject({ rows: 9971, columns: 79, label: " Label" });
    expect(evidenceOf(audit, "duplicate-rows").rows).toBe(482);
    expect(columnsOf(audit, "constant-column")).toHaveLength(8);
    expect(columnsOf(audit, "infinite-cells")).toEqual(["Flow Bytes/s", " Flow Packets/s"]);
    const infinite = columnsOf(audit, "infinite-cells").map((name) => evidenceOf(audit, "infinite-cells", name).rows);
    expect(infinite).toEqual([3, 9]);
    expect(evidenceOf(audit, "missing-cells", "Flow Bytes/s").rows).toBe(6);
    expect(
      audit.findings.filter(({ check }) => check === "equal-columns").map(({ columns }) => columns),
    ).toContainEqual([" Fwd Header Length", " Fwd Header Length.1"]);
    expect(columnsOf(audit, "shortcut")).toEqual([" Destination Port"]);
    expect(
      evidenceOf(audit, "shortcut")
        .classes.slice(0, 2)
        .map((one) => one.class),
    ).toEqual(expect.arrayContaining(["FTP-Patator", "SSH-Patator"]));
  });

  it("in the corrected one: six identifiers, what derives from the label, rare classes, hosts and ports that decide it", async () => {
    const table = await readCsvFile(file("improved-sample.csv"));
    const audit = await auditDataset(table, { label: "Label" });
    expect(columnsOf(audit, "identifier")).toEqual(["id", "Flow ID", "Src IP", "Src Port", "Dst IP", "Timestamp"]);
    expect(columnsOf(audit, "label-derived")).toEqual(["Attempted Category"]);
    expect(evidenceOf(audit, "rare-classes").classes).toEqual([
      { class: "Heartbleed", rows: 11 },
      { class: "Web Attack - SQL Injection", rows: 13 },
      { class: "Web Attack - XSS", rows: 18 },
      { class: "Infiltration", rows: 36 },
      { class: "Web Attack - Brute Force", rows: 73 },
    ]);
    expect(columnsOf(audit, "shortcut")).toEqual(expect.arrayContaining(["Src IP", "Dst IP", "Dst Port"]));
    const known = Int32Array.from({ length: table.rows }, (_, row) => row).filter(
      (row) => !["Heartbleed", "Infiltration - Portscan"].includes(String(table.cell("Label", row))),
    );
    const trained = await auditDataset(table.take(known), { label: "Label" });
    expect(evidenceOf(trained, "duplicate-rows").rows).toBe(35);
  });

  it("finds hosts, ids and times by their cells, whatever they are called", async () => {
    const table = await readCsvFile(file("improved-sample.csv"));
    const renamed = ["Flow ID", "Src IP", "Dst IP", "Timestamp"].reduce(
      (rest, name, index) => rest.drop([name]).with(`x${index}`, table.column(name)),
      table.drop(["id", "Src Port", "Attempted Category"]),
    );
    const audit = await auditDataset(renamed, { label: "Label" });
    const signs = ["x0", "x1", "x2", "x3"].map((name) => evidenceOf(audit, "identifier", name).sign);
    expect(signs).toEqual(["addresses", "addresses", "addresses", "times"]);
    expect(columnsOf(audit, "identifier")).toHaveLength(4);
  });
});
