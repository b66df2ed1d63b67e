import {
  type Cell,
  dropConstant,
  dropDuplicates,
  dropInfinite,
  dropMissing,
  equalRows,
  Table,
  textColumn,
} from "@mlsec/preprocess";
import fc from "fast-check";
import { expect, test } from "vitest";
import { equalRowsBy } from "../src/equal-rows.js";
import { cellsOf, numbers } from "./support.js";

const table = Table.of([
  ["n", numbers(1, Number.NaN, Infinity, 4, -Infinity)],
  ["m", numbers(1, Number.NaN, 3, Infinity, Infinity)],
  ["t", textColumn(["a", "b", null, "d", "e"])],
]);

test("rows with a missing number or text go, infinities stay, and the cells are counted by column", () => {
  const cleaned = dropMissing(table);
  expect(cleaned.table.texts("t")).toEqual(["a", "d", "e"]);
  expect(cleaned.droppedRows).toBe(2);
  expect([...cleaned.cells]).toEqual([
    ["n", 1],
    ["m", 1],
    ["t", 1],
  ]);
});

test("rows with an infinity of either sign go, missing cells stay", () => {
  const cleaned = dropInfinite(table);
  expect(cleaned.table.texts("t")).toEqual(["a", "b"]);
  expect(cleaned.droppedRows).toBe(3);
  expect([...cleaned.cells]).toEqual([
    ["n", 2],
    ["m", 2],
  ]);
});

test("a table with nothing to clean comes back as it is", () => {
  const clean = table.take(Int32Array.of(0));
  for (const drop of [dropMissing, dropInfinite, dropDuplicates]) {
    expect(drop(clean)).toMatchObject({ table: clean, droppedRows: 0 });
  }
});

test("as in pandas, 0 equals −0 and missing equals missing; the first of equal rows stays", () => {
  const cleaned = dropDuplicates(
    Table.of([
      ["n", numbers(0, -0, Number.NaN, Number.NaN, 1, 0, 0)],
      ["t", textColumn(["a", "a", null, null, "a", null, "a"])],
    ]),
  );
  expect(cellsOf(cleaned.table)).toEqual([
    ["n", "number", [0, NaN, 1, 0]],
    ["t", "text", ["a", null, "a", null]],
  ]);
  expect(cleaned.droppedRows).toBe(3);
});

test("numbers that differ in the last bit, and rows that differ in one cell, are not duplicates", () => {
  const close = Table.of([
    ["n", numbers(0.3, 0.1 + 0.2, 0.3, 5e-324, 0)],
    ["t", textColumn(["a", "a", "b", "a", "a"])],
  ]);
  expect(dropDuplicates(close).droppedRows).toBe(0);
});

test("what stays is what comparing every pair of rows finds", () => {
  const cell = fc.constantFrom<Cell>(0, 1, Number.NaN, 1e300, -1e300);
  const word = fc.constantFrom<Cell>("a", "b", null);
  const record = fc.record({ n: cell, m: cell, t: word });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 80 }), (records) => {
      const keys = records.map(({ n, m, t }) => `${n}|${m}|${t}`);
      const firsts = keys.flatMap((key, row) => (keys.indexOf(key) === row ? [row] : []));
      const made = Table.fromRecords(records);
      const cleaned = dropDuplicates(made);
      expect(cellsOf(cleaned.table)).toEqual(cellsOf(made.take(Int32Array.from(firsts))));
      expect(cleaned.droppedRows).toBe(records.length - firsts.length);
    }),
  );
});

test("the hash decides nothing: one that takes half of the rows for the same finds the same duplicates", () => {
  const table = Table.fromRecords(Array.from({ length: 300 }, (_, i) => ({ n: i % 90, t: i % 4 === 0 ? null : "x" })));
  const weak = equalRowsBy(table, (_, rows) => {
    const parity = Int32Array.from({ length: rows }, (_, row) => row & 1);
    return { a: parity, b: parity };
  });
  // 90 and 4 share the factor 2, so equal rows are of one parity.
  expect(weak).toEqual(equalRows(table));
  expect(weak[180 + 8]).toBe(8);
  expect(dropDuplicates(table).droppedRows).toBe(165);
});

test("columns that are equal in all rows go, of numbers, of text and of missing cells alone", () => {
  const mixed = Table.of([
    ["same", numbers(0, -0, 0)],
    ["none", numbers(Number.NaN, Number.NaN, Number.NaN)],
    ["some", numbers(1, Number.NaN, 1)],
    ["t", textColumn(["a", "a", "a"])],
    ["u", textColumn(["a", "b", "a"])],
  ]);
  const cleaned = dropConstant(mixed);
  expect(cleaned.droppedColumns).toEqual(["same", "none", "t"]);
  expect(cleaned.table.names).toEqual(["some", "u"]);
  expect(cleaned.droppedRows).toBe(0);
  expect(dropConstant(mixed, ["t", "u"]).table.names).toEqual(["same", "none", "some", "u"]);
  expect(dropConstant(mixed.take(new Int32Array(0))).droppedColumns).toEqual([]);
});
