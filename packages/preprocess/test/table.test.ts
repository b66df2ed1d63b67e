import { concatTables, Table, type TextColumn, textColumn } from "@mlsec/preprocess";
import { describe, expect, test } from "vitest";
import { cellsOf, errorOf, numbers } from "./support.js";

const table = Table.of([
  ["n", numbers(1, Number.NaN, -3)],
  ["t", textColumn(["x", null, "y"])],
]);

describe("of", () => {
  test("keeps order, any name, and the columns by reference", () => {
    const column = numbers(1);
    const hostile = Table.of([
      ["__proto__", column],
      ["", numbers(2)],
      ["constructor", numbers(3)],
    ]);
    expect(hostile.names).toEqual(["__proto__", "", "constructor"]);
    expect(hostile.column("__proto__")).toBe(column);
    expect(hostile.has("toString")).toBe(false);
  });

  test("takes an object of columns", () => {
    expect(cellsOf(Table.of({ b: numbers(1), a: textColumn(["x"]) }))).toEqual([
      ["b", "number", [1]],
      ["a", "text", ["x"]],
    ]);
  });

  test("refuses a name that is taken and a column of another length", () => {
    expect(
      errorOf(() =>
        Table.of([
          ["a", numbers(1)],
          ["a", numbers(2)],
        ]),
      ).code,
    ).toBe("duplicate-column");
    expect(
      errorOf(() =>
        Table.of([
          ["a", numbers(1)],
          ["b", numbers()],
        ]),
      ),
    ).toMatchObject({
      code: "length-mismatch",
      details: { column: "b", expected: 1, got: 0 },
    });
  });
});

describe("record", () => {
  test("is a row with null where a cell is missing, whatever columns are called", () => {
    expect([0, 1].map((row) => table.record(row))).toEqual([
      { n: 1, t: "x" },
      { n: null, t: null },
    ]);
    expect(Object.entries(Table.of([["__proto__", numbers(7)]]).record(0))).toEqual([["__proto__", 7]]);
    expect(errorOf(() => table.record(3)).code).toBe("row-out-of-range");
  });
});

describe("fromRecords", () => {
  test("a column is numeric where all present cells are; null, undefined and NaN are missing", () => {
    const made = Table.fromRecords([
      { n: 1, t: "tcp", m: 1 },
      { n: null, t: Number.NaN, m: "1" },
      { n: Number.NaN, t: "udp" },
    ]);
    expect(cellsOf(made)).toEqual([
      ["n", "number", [1, NaN, NaN]],
      ["t", "text", ["tcp", null, "udp"]],
      ["m", "text", ["1", "1", null]],
    ]);
  });

  test("only a record's own fields count, __proto__ among them", () => {
    const record = JSON.parse('{"__proto__": 5}') as Record<string, number>;
    expect(cellsOf(Table.fromRecords([record], ["__proto__", "toString"]))).toEqual([
      ["__proto__", "number", [5]],
      ["toString", "number", [NaN]],
    ]);
  });
});

describe("columns", () => {
  test("cells come out as numbers, texts or null", () => {
    expect([0, 1, 2].map((row) => table.cell("n", row))).toEqual([1, null, -3]);
    expect([0, 1, 2].map((row) => table.cell("t", row))).toEqual(["x", null, "y"]);
    expect(table.texts("n")).toEqual(["1", null, "-3"]);
  });

  test("a column that is not there, or not numeric, is named with what there is", () => {
    expect(errorOf(() => table.column("N"))).toMatchObject({
      code: "missing-column",
      details: { columns: ["n", "t"] },
    });
    expect(errorOf(() => table.numbers("t"))).toMatchObject({
      code: "not-numeric",
      details: { column: "t", examples: ["x", "y"] },
    });
  });

  test("select reorders, drop ignores strangers, with replaces in place or appends; the table stays as it was", () => {
    expect(table.select(["t", "n"]).names).toEqual(["t", "n"]);
    expect(errorOf(() => table.select(["q"])).code).toBe("missing-column");
    expect(table.drop(["n", "q"]).names).toEqual(["t"]);
    expect(cellsOf(table.with("n", numbers(7, 8, 9)))[0]).toEqual(["n", "number", [7, 8, 9]]);
    expect(table.with("z", numbers(7, 8, 9)).names).toEqual(["n", "t", "z"]);
    expect(errorOf(() => table.with("z", numbers(7))).code).toBe("length-mismatch");
    expect(table.names).toEqual(["n", "t"]);
  });
});

describe("take", () => {
  test("gives the rows asked for, in that order, as often as asked", () => {
    expect(cellsOf(table.take(Int32Array.of(2, 1, 2)))).toEqual([
      ["n", "number", [-3, NaN, -3]],
      ["t", "text", ["y", null, "y"]],
    ]);
  });

  test.each([-1, 3])("refuses row %i, which there is not, rather than make up a cell", (row) => {
    expect(errorOf(() => table.take(Int32Array.of(0, row)))).toMatchObject({
      code: "row-out-of-range",
      details: { row, rows: 3 },
    });
  });
});

describe("concatTables", () => {
  test("matches columns by name; text anywhere makes text everywhere, numbers in their shortest form", () => {
    const below = Table.of([
      ["t", numbers(0.1, Number.NaN)],
      ["n", numbers(5, 6)],
    ]);
    expect(cellsOf(concatTables([table, below]))).toEqual([
      ["n", "number", [1, NaN, -3, 5, 6]],
      ["t", "text", ["x", null, "y", "0.1", null]],
    ]);
    expect(concatTables([]).rows).toBe(0);
  });

  test("one dictionary results, each text in it once", () => {
    const column = concatTables([table, table]).column("t") as TextColumn;
    expect(column.dictionary).toEqual(["x", "y"]);
  });

  test("tables with other columns are named with what they lack and have besides", () => {
    const other = Table.of([
      ["n", numbers(1)],
      [" t", numbers(1)],
    ]);
    expect(errorOf(() => concatTables([table, other]))).toMatchObject({
      code: "column-mismatch",
      details: { table: 1, missing: ["t"], extra: [" t"] },
    });
  });
});
