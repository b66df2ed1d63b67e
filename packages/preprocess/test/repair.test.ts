import { clip, replaceInfinite, Table, textColumn } from "@mlsec/preprocess";
import { expect, test } from "vitest";
import { cellsOf, errorOf, numbers } from "./support.js";

const table = Table.of([
  ["n", numbers(1, Infinity, Number.NaN, -Infinity)],
  ["m", numbers(5, -Infinity, 0, 9)],
  ["clean", numbers(1, 2, 3, 4)],
  ["t", textColumn(["Infinity", "b", null, "d"])],
]);

test("infinities become missing, or the number that is given; rows and cells are counted, other columns not copied", () => {
  const cleaned = replaceInfinite(table);
  expect(cellsOf(cleaned.table.select(["n", "m"]))).toEqual([
    ["n", "number", [1, NaN, NaN, NaN]],
    ["m", "number", [5, NaN, 0, 9]],
  ]);
  expect(cleaned).toMatchObject({ changedRows: 2, droppedRows: 0 });
  expect([...cleaned.cells]).toEqual([
    ["n", 2],
    ["m", 1],
  ]);
  expect(cleaned.table.column("clean")).toBe(table.column("clean"));
  expect([...replaceInfinite(table, { value: 0, columns: ["n"] }).table.numbers("n")]).toEqual([1, 0, NaN, 0]);
  expect([...table.numbers("n")]).toEqual([1, Infinity, NaN, -Infinity]);
});

test("clipping brings numbers to their bounds, infinities included, and leaves missing cells", () => {
  const cleaned = clip(table, { min: 2, max: 8 });
  expect(cellsOf(cleaned.table.drop(["t"]))).toEqual([
    ["n", "number", [2, 8, NaN, 2]],
    ["m", "number", [5, 2, 2, 8]],
    ["clean", "number", [2, 2, 3, 4]],
  ]);
  expect(cleaned.changedRows).toBe(4);
  expect([...cleaned.cells.values()]).toEqual([3, 3, 1]);
  expect([...clip(table, { max: 2, columns: ["clean"] }).table.numbers("clean")]).toEqual([1, 2, 2, 2]);
});

test("a table in which nothing is to be done comes back as it is", () => {
  const fine = table.select(["clean", "t"]);
  expect(replaceInfinite(fine)).toMatchObject({ table: fine, changedRows: 0 });
  expect(clip(fine, { min: 0, max: 9 }).table).toBe(fine);
});

test("bounds the wrong way round, infinity for infinity, and text are refused", () => {
  expect(errorOf(() => clip(table, { min: 1, max: 0 })).code).toBe("invalid-option");
  expect(errorOf(() => clip(table, { min: Number.NaN })).code).toBe("invalid-option");
  expect(errorOf(() => replaceInfinite(table, { value: Infinity })).code).toBe("invalid-option");
  expect(errorOf(() => clip(table, { min: 0, columns: ["t"] })).code).toBe("not-numeric");
});
