import { join } from "node:path";
import {
  attackClassNames,
  cicIds2017,
  conform,
  csvRecords,
  detectNormalLabel,
  dropDuplicates,
  dropInfinite,
  dropMissing,
  encodeLabels,
  fingerprintTable,
  identifierColumns,
  nslKdd,
  nslKddFamily,
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
    expect(await fingerprintTable(again)).toEqual(await fingerprintTable(table));
  });

  test("KDDTest+: every label has a family, in the numbers that its papers report; every cell is in its range", async () => {
    const headers = [...nslKdd.features, nslKdd.label, nslKdd.difficulty];
    const raw = await readCsvFile(path("nsl-kdd", "KDDTest+.txt"), { headers, types: nslKdd.types });
    const { table, report } = conform(raw, nslKdd);
    expect(report).toMatchObject({ withheld: ["difficulty"], renamed: [], extra: [], absent: [], outOfRange: [] });
    const families = new Map<string | null, number>();
    for (const label of table.texts("class")) {
      const family = nslKddFamily(label!);
      families.set(family, (families.get(family) ?? 0) + 1);
    }
    expect(families).toEqual(
      new Map([
        ["normal", 9711],
        ["dos", 7458],
        ["probe", 2421],
        ["r2l", 2754],
        ["u2r", 200],
      ]),
    );
  });

  test("the original CIC header is the schema; the corrected one is, under its aliases, all 78", async () => {
    const original = await readCsvFile(path("cicids2017", "original-sample.csv"));
    expect(original.names).toEqual([...cicIds2017.features, " Label"]);
    const exact = conform(original, cicIds2017);
    expect(exact.report).toMatchObject({ renamed: [], absent: [], copied: [], extra: [] });
    expect(exact.report.outOfRange.map(({ column, cells }) => [column, cells])).toEqual([
      ...[
        ["Flow Bytes/s", 3],
        [" Flow Packets/s", 9],
        [" Flow IAT Min", 12],
      ],
    ]);
    const improved = await readCsvFile(path("cicids2017", "improved-sample.csv"));
    const { table, report } = conform(improved, cicIds2017, { aliases: true });
    expect(table.names).toEqual(original.names);
    expect(report.copied).toEqual([{ column: " Fwd Header Length.1", from: "Fwd Header Length" }]);
    expect(report.renamed.length).toBeGreaterThan(50);
    expect(report.extra).toEqual([
      ...["Protocol", "Fwd RST Flags", "Bwd RST Flags", "ICMP Code", "ICMP Type", "Total TCP Flow Time"],
    ]);
    expect([...report.withheld, ...report.extra].length + 78).toBe(improved.names.length);
    expect(report.outOfRange.map(({ column, cells }) => [column, cells])).toEqual([
      ...[
        [" Fwd Header Length", 5],
        [" Bwd Header Length", 8],
        [" Fwd Header Length.1", 5],
      ],
    ]);
  });

  test("the list of attack families, with old-Mac line ends and no header", async () => {
    const table = await readCsvFile(path("nsl-kdd", "attack-types.csv"), { headers: ["attack", "family"] });
    expect(table.rows).toBe(24);
    expect(table.texts("attack").filter((attack) => !nslKdd.attacks.includes(attack!))).toEqual(["normal", "unknown"]);
  });
});
