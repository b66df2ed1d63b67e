import { join } from "node:path";
import {
  attackClassNames,
  cicIds2017,
  csvRecords,
  detectNormalLabel,
  dropDuplicates,
  dropInfinite,
  dropMissing,
  encodeLabels,
  fingerprintTable,
  identifierColumns,
  nslKdd,
  nslKddHeaders,
  readCsv,
  stratifiedSplit,
  type Table,
  type TextColumn,
  toCsv,
} from "@mlsec/preprocess";
import { csvFile, readCsvFile } from "@mlsec/preprocess/node";
import { describe, expect, test } from "vitest";

const data = process.env["MLSEC_DATA"];

/** The distinct texts of a column. */
function textsOf(table: Table, column: string): readonly string[] {
  return (table.column(column) as TextColumn).dictionary;
}

/** The table without the rows whose label is among the given ones. */
function without(table: Table, label: string, excluded: readonly string[]): Table {
  const rows = table.texts(label).flatMap((name, row) => (excluded.includes(name ?? "") ? [] : [row]));
  return table.take(Int32Array.from(rows));
}

/** What cleaning drops, step by step, and what is left. */
function clean(table: Table): { dropped: number[]; table: Table } {
  const complete = dropMissing(table);
  const finite = dropInfinite(complete.table);
  const distinct = dropDuplicates(finite.table);
  return { dropped: [complete, finite, distinct].map(({ droppedRows }) => droppedRows), table: distinct.table };
}

describe.skipIf(data === undefined)("on the real datasets", () => {
  const path = (...names: string[]): string => join(data!, ...names);

  test("improved CIC-IDS2017: 25,127 rows come down to 22,581 of fourteen classes and 83 features", async () => {
    const raw = await readCsvFile(path("cicids2017", "improved-sample.csv"));
    expect(raw.rows).toBe(25_127);
    const named = without(raw, "Label", ["Heartbleed", "Infiltration - Portscan"]);
    const { dropped, table } = clean(named.drop(identifierColumns(named.names)));
    expect(dropped).toEqual([0, 0, 35]);
    expect(table.rows).toBe(22_581);
    expect(table.drop(["Label"]).names).toHaveLength(83);
    const labels = table.texts("Label").map((name) => name ?? "");
    const names = attackClassNames([...new Set(labels)]);
    const encoded = encodeLabels(labels.map((label) => names.get(label)!));
    expect(encoded.classes).toEqual(cicIds2017.classes);
    const [train, test] = stratifiedSplit(encoded, [0.8, 0.2]);
    expect(train!.length + test!.length).toBe(22_581);
    expect(Math.abs(test!.length - 22_581 / 5)).toBeLessThan(2);
  });

  test("original CIC-IDS2017: header spaces, infinities, missing cells and duplicates, as counted by pandas", async () => {
    const raw = await readCsvFile(path("cicids2017", "original-sample.csv"));
    expect(raw.rows).toBe(9971);
    expect(raw.names).toContain(" Label");
    expect(raw.names).toContain(" Fwd Header Length.1");
    const { dropped, table } = clean(raw);
    expect(dropped).toEqual([6, 3, 477]);
    expect(table.rows).toBe(9485);
    expect(attackClassNames(textsOf(table, " Label")).size).toBe(10);
  });

  test("NSL-KDD without a header: 125,973 rows, known by the first record", async () => {
    const file = csvFile(path("nsl-kdd", "KDDTrain+.txt"));
    const { value } = await csvRecords(file).next();
    const headers = nslKddHeaders(new TextDecoder().decode(value as Uint8Array).split(","))!;
    const table = await readCsv(file, { headers, types: nslKdd.types });
    expect(table.rows).toBe(125_973);
    expect(table.names).toHaveLength(43);
    const labels = textsOf(table, nslKdd.label);
    expect(detectNormalLabel(labels)).toBe("normal");
    expect(labels.filter((label) => !nslKdd.attacks.includes(label))).toEqual(["normal"]);
    expect(table.names.filter((name) => table.column(name).kind === "text")).toEqual([
      ...["protocol_type", "service", "flag", "class"],
    ]);
  });

  test("NSL-KDD with a header: 25,192 rows, and written and read again the same table", async () => {
    const table = await readCsvFile(path("nsl-kdd", "Train_data.csv"), { types: nslKdd.types });
    expect(table.rows).toBe(25_192);
    expect(table.names).toEqual([...nslKdd.features, "class"]);
    expect(detectNormalLabel(textsOf(table, "class"))).toBe("normal");
    const again = await readCsv(toCsv(table), { types: nslKdd.types });
    expect(fingerprintTable(again)).toEqual(fingerprintTable(table));
  });

  test("the list of attack families, with old-Mac line ends and no header", async () => {
    const table = await readCsvFile(path("nsl-kdd", "attack-types.csv"), { headers: ["attack", "family"] });
    expect(table.rows).toBe(24);
    expect(table.texts("attack").filter((attack) => !nslKdd.attacks.includes(attack!))).toEqual(["normal", "unknown"]);
  });
});
