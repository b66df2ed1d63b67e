import { gzipSync } from "node:zlib";
import { MlsecError, type ReadIssues, readJsonLines } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cellsOf, inChunks, rejectionOf, utf8 } from "../support.js";

const NONE = Number.NaN;

/** Kinds, rows, columns and values of the issues that reading reports. */
async function issuesOf(source: string | Uint8Array): Promise<unknown[]> {
  const error = await rejectionOf(readJsonLines(source));
  expect(error.code).toBe("json-lines-issues");
  const issues = error.details["issues"] as ReadIssues["first"];
  return issues.map(({ kind, row, column, value }) => [kind, row, column, value]);
}

describe("columns", () => {
  test("are all names that occur, in the order in which they first do, and lines that lack one are missing there", async () => {
    const table = await readJsonLines(
      '{"b":1,"10":"x"}\n\n{"2":null,"10":"","b":-0}\r\n{"__proto__":true,"constructor":"c"}',
    );
    expect(cellsOf(table)).toStrictEqual([
      ["b", "number", [1, -0, NONE]],
      ["10", "text", ["x", "", null]],
      ["2", "number", [NONE, NONE, NONE]],
      ["__proto__", "number", [NONE, NONE, 1]],
      ["constructor", "text", [null, null, "c"]],
    ]);
  });

  test("take their type from all their cells: numbers and booleans, or text where there is any", async () => {
    const lines = [
      '{"n":1.50,"f":true,"t":"1","m":1,"w":1}',
      '{"n":1e3,"f":false,"t":"2","m":"a","w":"NA"}',
      '{"m":true,"w":""}',
    ];
    expect(cellsOf(await readJsonLines(lines.join("\n")))).toStrictEqual([
      ["n", "number", [1.5, 1000, NONE]],
      ["f", "number", [1, 0, NONE]],
      ["t", "text", ["1", "2", null]],
      ["m", "text", ["1", "a", "true"]],
      ["w", "number", [1, NONE, NONE]],
    ]);
  });

  test("follow the given types, which read strings as readCsv does", async () => {
    const lines = '{"a":"1.5","b":7,"c":true}\n{"a":"NaN","b":0.1,"c":false}\n{"a":"-inf","b":null}\n';
    const types = new Map([
      ["a", "number" as const],
      ["b", "text" as const],
      ["c", "text" as const],
    ]);
    expect(cellsOf(await readJsonLines(lines, { types }))).toStrictEqual([
      ["a", "number", [1.5, NONE, -Infinity]],
      ["b", "text", ["7", "0.1", null]],
      ["c", "text", ["true", "false", null]],
    ]);
  });

  test("can be selected, in any order, and what is not may hold anything", async () => {
    const lines = '{"a":1,"deep":{"x":[1,"}"]},"b":"t"}\n{"b":"u","a":2}\n';
    expect((await readJsonLines(lines, { select: ["b", "a"] })).names).toEqual(["b", "a"]);
    const error = await rejectionOf(readJsonLines(lines, { select: ["a", "z"] }));
    expect([error.code, error.details["columns"]]).toEqual(["missing-column", ["z"]]);
  });
});

test("any lines that JSON.stringify writes are read as they were, however the bytes are cut", async () => {
  const value = fc.oneof(
    fc.double(),
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary" }),
    fc.boolean(),
    fc.constant(null),
  );
  const name = fc.oneof(
    fc.constantFrom("__proto__", "toString", "1", "\u2028", 'q"\\'),
    fc.string({ unit: "grapheme" }),
  );
  const record = fc.uniqueArray(fc.tuple(name, value), { maxLength: 5, selector: ([key]) => key });
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      async (records, sizes) => {
        fc.pre(records.some((members) => members.length > 0));
        const member = ([key, cell]: (typeof records)[0][0]) =>
          `${JSON.stringify(key)}: ${Object.is(cell, -0) ? "-0" : JSON.stringify(cell)}`;
        const text = records.map((members) => `{${members.map(member).join(" , ")}}\n`).join("");
        const names = [...new Set(records.flat().map(([key]) => key))];
        // Types say what the cells are, or a number among texts would be written in its shortest form.
        const types = new Map(names.map((key) => [key, "text" as const]));
        const table = await readJsonLines(inChunks(utf8(text), sizes), { types });
        expect(table.names).toEqual(names);
        for (const key of names) {
          const cells = records.map((members) => members.find(([other]) => other === key)?.[1] ?? null);
          expect(table.texts(key)).toEqual(
            cells.map((cell) =>
              cell === null || (typeof cell === "number" && !Number.isFinite(cell)) ? null : String(cell),
            ),
          );
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("gzip, a byte order mark, a stream and a missing last line feed are all the same table", async () => {
  const text = '{"a":1}\n{"a":2}';
  const expected = cellsOf(await readJsonLines(text));
  const bytes = utf8(`\uFEFF${text}\n`);
  const progress: number[] = [];
  expect(cellsOf(await readJsonLines(gzipSync(bytes)))).toEqual(expected);
  expect(cellsOf(await readJsonLines(new Blob([bytes as BlobPart]).stream()))).toEqual(expected);
  expect(cellsOf(await readJsonLines(bytes, { onProgress: (done) => progress.push(done) }))).toEqual(expected);
  expect(progress.at(-1)).toBe(bytes.length);
});

test("NaN and the infinities are read as Python's json writes them", async () => {
  const table = await readJsonLines('{"x": NaN}\n{"x": Infinity}\n{"x": -Infinity}\n');
  expect([...table.numbers("x")]).toEqual([NONE, Infinity, -Infinity]);
});

describe("issues", () => {
  test.each([
    ['{"a":1', 'line 2, character 7: expected a comma or a closing brace, "}"'],
    ['{"a":1}{"a":2}', "line 2, character 8: expected nothing after the object"],
    ["[1,2]", 'line 2, character 1: expected an object in braces, "{"'],
    ["{'a':1}", "line 2, character 2: expected a name in quotes"],
    ['{"a":01}', 'line 2, character 7: expected a comma or a closing brace, "}"'],
    ['{"a":undefined}', "line 2, character 6: expected a value"],
    ['{"a":-}', "line 2, character 6: expected a value"],
    ['{"a":-null}', "line 2, character 6: expected a value"],
    ['{"a" 1}', 'line 2, character 6: expected a colon, ":"'],
    ['{"a":1,}', "line 2, character 8: expected a name in quotes"],
    ['{"a":"\\x"}', "line 2, character 6: expected a string with valid escapes"],
    ['{"a":"\u0001"}', "line 2, character 7: expected a closing quote"],
    ['{"a":[1}', "line 2, character 8: expected the other bracket"],
    ['{"a":[1,"]"', "line 2, character 12: expected a closing bracket"],
  ])("say where %s is no JSON", async (line, message) => {
    const error = await rejectionOf(readJsonLines(`{"a":1}\n${line}\n{"a":3}\n`));
    expect(error.details).toMatchObject({ total: 1, issues: [{ kind: "bad-json", row: 1, column: null }] });
    expect(error.message).toContain(message);
  });

  test("name the cells that a table cannot hold", async () => {
    const numbers = Array.from({ length: 200 }, (_, i) => `{"x":${i}}\n`).join("");
    expect(await issuesOf(`${numbers}{"x":"many"}\n{"x":1e999}\n{"x":"1e999"}`)).toEqual([
      ["overflow", 201, "x", "1e999"],
      ["not-a-number", 200, "x", "many"],
      ["overflow", 202, "x", "1e999"],
    ]);
    expect(await issuesOf('{"a":{"b":1}}\n{"a":1,"a":2}\n{"a":[]}')).toEqual([
      ["nested", 0, "a", '{"b":1}'],
      ["duplicate-name", 1, "a", "a"],
      ["nested", 2, "a", "[]"],
    ]);
    expect(await issuesOf(Uint8Array.of(...utf8('{"a":1}\n{"a":"'), 0x96, ...utf8('"}\n')))).toEqual([
      ["not-utf8", 1, null, '{"a":"\uFFFD"}'],
    ]);
  });

  test("are treated as the policy says", async () => {
    const lines = '{"a":1,"b":"x"}\n{"a":2,"b":\n{"a":1,"a":3,"b":"y"}\n{"a":4,"b":"z"}\n';
    let seen: ReadIssues | undefined;
    const missing = await readJsonLines(lines, { policy: "missing", onIssues: (issues) => (seen = issues) });
    expect(cellsOf(missing)).toStrictEqual([
      ["a", "number", [1, NONE, NONE, 4]],
      ["b", "text", ["x", null, "y", "z"]],
    ]);
    expect(seen?.counts).toEqual([
      { kind: "bad-json", column: null, count: 1 },
      { kind: "duplicate-name", column: "a", count: 1 },
    ]);
    const dropped = await readJsonLines(lines, { policy: "drop-row" });
    expect(dropped.texts("b")).toEqual(["x", "z"]);
  });
});

describe("limits", () => {
  test("hold against empty sources, endless lines and ever new names", async () => {
    const codeOf = async (source: string | Uint8Array) => (await rejectionOf(readJsonLines(source))).code;
    expect(await codeOf("\n \n")).toBe("json-lines-empty");
    expect(await codeOf(new Uint8Array(17 * 1024 * 1024).fill(0x20))).toBe("json-line-too-long");
    const names = Array.from({ length: 5000 }, (_, i) => `{"c${i}":1}\n`);
    expect(await codeOf(names.join(""))).toBe("json-too-many-columns");
    const sparse = `${names.slice(0, 4000).join("")}${"{}\n".repeat(10_000)}`;
    expect(await codeOf(sparse)).toBe("json-too-sparse");
    expect((await readJsonLines(sparse, { select: ["c7"] })).rows).toBe(14_000);
  });

  test("an abort stops reading", async () => {
    expect((await rejectionOf(readJsonLines('{"a":1}', { signal: AbortSignal.abort() }))).code).toBe("aborted");
  });

  test("mutated lines are a table or an MlsecError", async () => {
    const random = Random.seeded(8);
    const valid = utf8('{"a":1.5,"b":"x\\u00e9","c":[{"d":null}]}\n{"a":-2e3,"b":"y","c":true}\n');
    const outcomes = new Set<string>();
    for (let round = 0; round < 4000; round++) {
      const mutated = valid.slice(0, round % 4 === 0 ? random.below(valid.length) : valid.length);
      for (let i = 0; i < 1 + random.below(4) && mutated.length > 0; i++) {
        mutated[random.below(mutated.length)] =
          random.below(3) === 0 ? valid[random.below(valid.length)]! : random.below(256);
      }
      try {
        await readJsonLines(mutated, { policy: "missing" });
        outcomes.add("table");
      } catch (error) {
        if (!(error instanceof MlsecError)) throw error;
        outcomes.add(error.code);
      }
    }
    expect(outcomes).toContain("table");
  });
});

test("lines without any name are no table, whatever the policy", async () => {
  for (const policy of [undefined, "missing", "drop-row"] as const) {
    expect((await rejectionOf(readJsonLines("{}\n{}\n", { policy }))).code).toBe("json-lines-empty");
  }
  expect((await rejectionOf(readJsonLines("{}\n}", { policy: "drop-row" }))).code).toBe("json-lines-empty");
  expect((await rejectionOf(readJsonLines("{}\n}"))).code).toBe("json-lines-issues");
});
