import { type ImputeOptions, imputeMissing, type Json, SimpleImputer, Table, textColumn } from "@mlsec/preprocess";
import { describe, expect, test } from "vitest";
import { cellsOf, errorOf, numbers } from "./support.js";

const gap = Number.NaN;
const training = Table.of([
  ["a", numbers(1, gap, 4, 4, 11)],
  ["b", numbers(2, 3, 2, 3, gap)],
  ["t", textColumn(["y", "x", null, "x", "y"])],
]);

const fills = (options?: ImputeOptions): [string, number | string][] =>
  SimpleImputer.fit(training, options).fills.map(({ name, value }) => [name, value]);

test.each<[ImputeOptions | undefined, [string, number | string][]]>([
  [undefined, [...[["a", 4] as [string, number]], ["b", 2.5]]],
  [{ strategy: "mean" }, [...[["a", 5] as [string, number]], ["b", 2.5]]],
  [{ strategy: "mostFrequent" }, [...[["a", 4] as [string, number]], ["b", 2], ["t", "x"]]],
  [{ strategy: "constant" }, [...[["a", 0] as [string, number]], ["b", 0]]],
  [{ strategy: "constant", value: "none" }, [["t", "none"]]],
  [{ strategy: "median", columns: ["b"] }, [["b", 2.5]]],
])("%j learns %j; of equally frequent values the least", (options, expected) => {
  expect(fills(options)).toEqual(expected);
});

test("what training rows taught fills other rows; rows and cells are counted", () => {
  const imputer = SimpleImputer.fit(training, { strategy: "mostFrequent" });
  const cleaned = imputer.transform(
    Table.of([
      ["t", textColumn([null, "z", null])],
      ["b", numbers(gap, 7, 8)],
      ["a", numbers(1, 2, 3)],
      ["other", numbers(gap, gap, gap)],
    ]),
  );
  expect(cellsOf(cleaned.table)).toEqual([
    ["t", "text", ["x", "z", "x"]],
    ["b", "number", [2, 7, 8]],
    ["a", "number", [1, 2, 3]],
    ["other", "number", [gap, gap, gap]],
  ]);
  expect(cleaned).toMatchObject({ changedRows: 2, droppedRows: 0 });
  expect([...cleaned.cells]).toEqual([
    ["b", 1],
    ["t", 2],
  ]);
});

test("in one call: the table filled, and the imputer for the next rows", () => {
  const { table, imputer, changedRows } = imputeMissing(training, { strategy: "mean" });
  expect([...table.numbers("a")]).toEqual([1, 5, 4, 4, 11]);
  expect(changedRows).toBe(2);
  expect(imputer.fills).toHaveLength(2);
  expect(Number.isNaN(training.numbers("a")[1])).toBe(true);
});

describe("is refused:", () => {
  const empty = Table.of([
    ["none", numbers(gap, gap)],
    ["no texts", textColumn([null, null])],
    ["inf", numbers(Infinity, 1)],
    ["t", textColumn(["a", "b"])],
  ]);
  test.each<[string, ImputeOptions]>([
    ["no-values", { strategy: "mean", columns: ["none"] }],
    ["no-values", { strategy: "median", columns: ["none"] }],
    ["no-values", { strategy: "mostFrequent", columns: ["none"] }],
    ["no-values", { strategy: "mostFrequent", columns: ["no texts"] }],
    ["not-finite", { strategy: "mean", columns: ["inf"] }],
    ["not-finite", { strategy: "constant", value: Infinity, columns: ["inf"] }],
    ["wrong-type", { strategy: "median", columns: ["t"] }],
    ["wrong-type", { strategy: "constant", value: 1, columns: ["t"] }],
    ["wrong-type", { strategy: "constant", value: "x", columns: ["inf"] }],
    ["missing-column", { columns: ["nowhere"] }],
    ["invalid-option", { strategy: "modal" as "mean", columns: ["inf"] }],
  ])("%s for %j", (code, options) => {
    expect(errorOf(() => SimpleImputer.fit(empty, options)).code).toBe(code);
  });

  test("a column that has become text since the fit", () => {
    const changed = training.with("a", textColumn([null, "1", "2", "3", "4"]));
    expect(errorOf(() => SimpleImputer.fit(training).transform(changed)).code).toBe("wrong-type");
  });

  test.each<Json>([
    null,
    { strategy: "mean", fills: [{ name: "a" }] },
    { strategy: "mode", fills: [] },
    { strategy: "mean", fills: [...[{ name: "a", value: 1 }], { name: "a", value: 2 }] },
  ])("the state %j", (json) => {
    expect(errorOf(() => SimpleImputer.fromJSON(json)).code).toBe("invalid-state");
  });
});

test("a round trip through JSON text changes nothing", () => {
  const imputer = SimpleImputer.fit(training, { strategy: "mostFrequent" });
  const again = SimpleImputer.fromJSON(JSON.parse(JSON.stringify(imputer.toJSON())) as Json);
  expect(again).toEqual(imputer);
});
