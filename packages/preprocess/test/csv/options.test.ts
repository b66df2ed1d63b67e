import { type CsvIssues, type CsvNotice, cicIds2017, nslKdd, readCsv } from "@mlsec/preprocess";
import { describe, expect, test } from "vitest";
import { cellsOf, rejectionOf } from "../support.js";

describe("delimiter", () => {
  test.each([",", ";", "\t", "|"])("auto finds %j, past quotes, and says so", async (delimiter) => {
    const notices: CsvNotice[] = [];
    const lines = [
      ["a", "b", "c"],
      ['"x,;\t|y"', "1", "2"],
      ["z", "3", "4"],
    ].map((line) => line.join(delimiter));
    const table = await readCsv(lines.join("\n"), { delimiter: "auto", onNotice: (notice) => notices.push(notice) });
    expect(table.names).toEqual(["a", "b", "c"]);
    expect(table.texts("a")).toEqual(["x,;\t|y", "z"]);
    expect(notices).toMatchObject([{ kind: "delimiter", message: expect.stringContaining(JSON.stringify(delimiter)) }]);
  });

  test("auto takes a comma where nothing splits, and the default never guesses", async () => {
    expect((await readCsv("a\n1\n", { delimiter: "auto" })).names).toEqual(["a"]);
    expect((await readCsv("a;b\n1;2\n")).names).toEqual(["a;b"]);
  });

  test.each(["1", ".", "-", "e", " "])("%j may stand between numbers", async (delimiter) => {
    const table = await readCsv(`${["a", "b"].join(delimiter)}\n23${delimiter}45\n`, { delimiter });
    expect([...table].map(([name]) => [...table.numbers(name)])).toEqual([[23], [45]]);
  });
});

test("comment lines are passed over, at the start, between rows and at the end, quotes and all", async () => {
  const source = '# made by "x\n#\na,b\n1,#2\n# 3,4\n3,x#y\n#end';
  expect(cellsOf(await readCsv(source, { comment: "#" }))).toEqual([
    ["a", "number", [1, 3]],
    ["b", "text", ["#2", "x#y"]],
  ]);
  expect((await rejectionOf(readCsv("a\n1\n", { comment: "," }))).code).toBe("invalid-option");
});

test("missing words are those that are given; the empty cell is always missing", async () => {
  const table = await readCsv("a,b\n1,?\n-,NA\n,x\n", { missing: ["-", "?"] });
  expect(cellsOf(table)).toEqual([
    ["a", "number", [1, NaN, NaN]],
    ["b", "text", [null, "NA", "x"]],
  ]);
});

test("rename gives names that the other options use; what is not there or clashes is refused", async () => {
  const source = "a,b,c\n1,2,3\n";
  const rename = new Map([
    ["a", "x"],
    ["b", "a"],
  ]);
  const table = await readCsv(source, { rename, select: ["a", "x"], types: new Map([["a", "text"]]) });
  expect(cellsOf(table)).toEqual([
    ["a", "text", ["2"]],
    ["x", "number", [1]],
  ]);
  expect((await rejectionOf(readCsv(source, { rename: new Map([["z", "y"]]) }))).code).toBe("missing-column");
  expect((await rejectionOf(readCsv(source, { rename: new Map([["a", "c"]]) }))).code).toBe("csv-headers");
});

test("names are given in a plain object too, whatever it inherits, and a type that is none is refused", async () => {
  const source = "a,constructor\n1,2\n";
  expect(cellsOf(await readCsv(source, { rename: { a: "x" }, types: { x: "text" } }))).toEqual([
    ["x", "text", ["1"]],
    ["constructor", "number", [2]],
  ]);
  const types = { a: "int" as "number" };
  expect(await rejectionOf(readCsv(source, { types }))).toMatchObject({
    code: "invalid-option",
    details: { column: "a" },
  });
});

test("a report of faults is plain data", async () => {
  const reports: CsvIssues[] = [];
  await readCsv("a,b\n1,2\n3\n", { policy: "missing", onIssues: (issues) => reports.push(issues) });
  const issue = {
    kind: "ragged-row",
    row: 1,
    column: null,
    value: "1",
    message: "row 2 has 1 fields where the header has 2",
  };
  const count = { kind: "ragged-row", column: null, count: 1, examples: [issue] };
  expect(JSON.parse(JSON.stringify(reports))).toEqual([{ total: 1, first: [issue], counts: [count] }]);
});

describe("schema", () => {
  test("binds the types of its columns, and types go first", async () => {
    const source = "duration,service,other\n1,80,x\n";
    expect((await readCsv(source, { schema: nslKdd })).texts("service")).toEqual(["80"]);
    const types = new Map([["service", "number" as const]]);
    expect((await readCsv(source, { schema: nslKdd, types })).numbers("service")).toEqual(Float64Array.of(80));
    expect((await rejectionOf(readCsv("duration\nlong\n", { schema: nslKdd }))).code).toBe("csv-issues");
  });

  test("of CIC-IDS2017 renames the second of two columns, and says so", async () => {
    const notices: CsvNotice[] = [];
    const onNotice = (notice: CsvNotice): unknown => notices.push(notice);
    const table = await readCsv(" Fwd Header Length, Fwd Header Length\n1,2\n", { schema: cicIds2017, onNotice });
    expect(table.names).toEqual([" Fwd Header Length", " Fwd Header Length.1"]);
    expect(notices).toMatchObject([{ kind: "headers" }]);
  });
});

describe("part of the rows", () => {
  const rows = 5000;
  const source = `id,t\n${Array.from({ length: rows }, (_, row) => `${row},t${row % 1000}`).join("\n")}\n`;

  test("maxRows reads no more, and no further", async () => {
    const table = await readCsv(`${source}ragged\n`, { maxRows: 700 });
    expect(table.rows).toBe(700);
    expect(table.numbers("id")[699]).toBe(699);
    expect((await readCsv(source, { maxRows: 1e6 })).rows).toBe(rows);
  });

  test("a sample is drawn by its seed, whole rows in the order of the file", async () => {
    const draw = async (seed: number, size = 400) => readCsv(source, { sample: { rows: size, seed } });
    const table = await draw(1);
    const ids = [...table.numbers("id")];
    expect(ids).toHaveLength(400);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(table.texts("t")).toEqual(ids.map((id) => `t${id % 1000}`));
    expect([...(await draw(1)).numbers("id")]).toEqual(ids);
    expect([...(await draw(2)).numbers("id")]).not.toEqual(ids);
    expect((await draw(3, rows + 1)).rows).toBe(rows);
  });

  test("every row has the same chance", async () => {
    const counts = new Float64Array(20);
    const small = `id\n${Array.from({ length: 20 }, (_, row) => row).join("\n")}\n`;
    for (let seed = 0; seed < 1000; seed++) {
      for (const id of (await readCsv(small, { sample: { rows: 5, seed } })).numbers("id")) counts[id]!++;
    }
    // 250 each; the standard deviation is 13.7.
    for (const count of counts) expect(Math.abs(count - 250)).toBeLessThan(60);
  });

  test("a sampled column that turns out to be text keeps its rows, and faulty rows leave the sample", async () => {
    const mixed = `id,m\n${Array.from({ length: 3000 }, (_, row) => `${row},${row % 2 === 0 ? `0${row}` : `x${row}`}`).join("\n")}\n`;
    const table = await readCsv(mixed, { sample: { rows: 100 } });
    expect(table.texts("m")).toEqual([...table.numbers("id")].map((id) => (id % 2 === 0 ? `0${id}` : `x${id}`)));
    const ragged = `a,b\n${Array.from({ length: 100 }, (_, row) => (row % 2 ? `${row}` : `${row},1`)).join("\n")}\n`;
    const even = await readCsv(ragged, { sample: { rows: 50 }, policy: "drop-row" });
    expect(even.rows).toBeGreaterThan(10);
    expect([...even.numbers("a")].every((value) => value % 2 === 0)).toBe(true);
  });

  test.each([{ maxRows: 0 }, { maxRows: 1.5 }, { sample: { rows: -1 } }, { encoding: "latin1" as "utf-8" }])(
    "%j is refused",
    async (options) => {
      expect((await rejectionOf(readCsv(source, options))).code).toBe("invalid-option");
    },
  );
});
