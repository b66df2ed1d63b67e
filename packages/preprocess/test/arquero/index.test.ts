import { Table, textColumn } from "@mlsec/preprocess";
import { fromArquero, toArquero } from "@mlsec/preprocess/arquero";
import * as aq from "arquero";
import { expect, test } from "vitest";
import { cellsOf, errorOf, numbers } from "../support.js";

const flows = Table.of([
  ["10", numbers(3, Number.NaN, 1, -0)],
  [" proto", textColumn(["tcp", null, "udp", "tcp"])],
  ["constructor", numbers(1, 2, 3, 4)],
]);

test("numbers go to arquero and back as the same arrays, texts through their dictionary", () => {
  const there = toArquero(aq, flows);
  expect(there.columnNames()).toEqual(["10", " proto", "constructor"]);
  expect(there.column("10")).toBe(flows.numbers("10"));
  expect(there.array(" proto")).toEqual(["tcp", null, "udp", "tcp"]);
  const back = fromArquero(there);
  expect(back.numbers("10")).toBe(flows.numbers("10"));
  expect(back.column(" proto")).toEqual(flows.column(" proto"));
  expect(cellsOf(back)).toStrictEqual(cellsOf(flows));
});

test("arquero's verbs work on the columns: missing cells are invalid, texts compare, group and join", () => {
  const there = toArquero(aq, flows);
  const counted = there.groupby(" proto").rollup({ rows: aq.op.count(), mean: aq.op.mean("10") });
  expect(cellsOf(fromArquero(counted))).toEqual([
    [" proto", "text", ["tcp", null, "udp"]],
    ["rows", "number", [2, 1, 1]],
    ["mean", "number", [1.5, Number.NaN, 1]],
  ]);
  expect(there.filter(aq.escape((d: any) => d[" proto"] === "tcp")).numRows()).toBe(2);
  const names = aq.table({ " proto": ["tcp", "udp"], number: [6, 17] });
  expect(fromArquero(there.join_left(names, " proto")).numbers("number")).toEqual(Float64Array.of(6, 17, 6, NaN));
});

test("only the rows that a filter lets through come back, in the table's order", () => {
  const view = toArquero(aq, flows)
    .filter((d: any) => d["constructor"] > 1)
    .orderby(aq.desc("constructor"));
  expect(cellsOf(fromArquero(view))).toStrictEqual([
    ["10", "number", [-0, 1, Number.NaN]],
    [" proto", "text", ["tcp", "udp", null]],
    ["constructor", "number", [4, 3, 2]],
  ]);
  expect(cellsOf(fromArquero(view.reify()))).toStrictEqual(cellsOf(fromArquero(view)));
});

test("columns of arquero's own become numbers or texts, nothing lost", () => {
  const date = new Date(Date.UTC(2017, 6, 7, 3, 30));
  const table = aq.table({
    int: Int32Array.of(1, -2),
    big: [2n ** 60n, null],
    bool: [true, false],
    when: [date, undefined],
    mixed: ["a", 1.5],
    odd: [date, "x"],
    none: [null, undefined],
  });
  expect(cellsOf(fromArquero(table))).toStrictEqual([
    ["int", "number", [1, -2]],
    ["big", "number", [2 ** 60, Number.NaN]],
    ["bool", "number", [1, 0]],
    ["when", "number", [date.getTime(), Number.NaN]],
    ["mixed", "text", ["a", "1.5"]],
    ["odd", "text", ["2017-07-07T03:30:00.000Z", "x"]],
    ["none", "number", [Number.NaN, Number.NaN]],
  ]);
});

test("cells that a table cannot hold are errors that name their place", () => {
  const big = errorOf(() => fromArquero(aq.table({ id: [1n, 2n ** 53n + 1n] })));
  expect([big.code, big.details]).toEqual(["not-exact", { row: 1, column: "id", got: "9007199254740993" }]);
  const nested = errorOf(() => fromArquero(aq.table({ list: [[1, 2]] })));
  expect([nested.code, nested.details]).toEqual(["unsupported-cell", { row: 0, column: "list" }]);
});

test("a column that arquero cannot hold is refused, and so is what is not arquero", () => {
  const hostile = Table.of([["__proto__", numbers(1)]]);
  expect(errorOf(() => toArquero(aq, hostile)).code).toBe("unsupported-name");
  const missing = errorOf(() => toArquero(undefined as unknown as typeof aq, flows));
  expect(missing.code).toBe("missing-peer");
  expect(missing.message).toContain("npm install arquero");
});
