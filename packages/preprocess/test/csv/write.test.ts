import { type Column, csvField, csvHeader, csvPieces, readCsv, Table, textColumn, toCsv } from "@mlsec/preprocess";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cellsOf, inChunks, numbers, utf8 } from "../support.js";

const MISSING_WORDS = new Set(["", "NaN", "nan", "NA", "null"]);

const hostileName = fc.constantFrom(
  "__proto__",
  "constructor",
  "toString",
  " Flow Duration",
  "Flow Duration ",
  'a"b',
  "a,b",
  "a\nb",
  "\uFEFFx",
  "é𝒳",
);
const name = fc
  .oneof(hostileName, fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }))
  .filter((text) => text.trim() !== "");
const text = fc
  .oneof(
    fc.constantFrom(' "', "a,b", "a\r\nb", "a\rb", '""', " lead", "trail ", "\ttab", "__proto__", "é𝒳", "1e5x", "�"),
    fc.string({ unit: "grapheme", maxLength: 12 }),
  )
  .filter((cell) => !MISSING_WORDS.has(cell.trim()));
const number = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, Number.MAX_VALUE, Number.MIN_VALUE, -Infinity, 1e21, 1e-7, 2 ** 53, 0.1 + 0.2),
  fc.integer(),
);

const tables = fc
  .tuple(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 6 }))
  .chain(([names, rows]) => {
    const length = { minLength: rows, maxLength: rows };
    const numeric = fc.array(number, length).map((values): Column => numbers(...values));
    const texts = fc.array(fc.option(text, { freq: 4 }), length).map((cells): Column => textColumn(cells));
    const columns = fc.tuple(...names.map(() => fc.oneof(numeric, texts)));
    return columns.map((made) => Table.of(names.map((title, index) => [title, made[index]!])));
  });

test("what is written reads back as the same table, cell for cell", async () => {
  await fc.assert(
    fc.asyncProperty(tables, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (table, sizes) => {
      const types = new Map([...table].map(([title, { kind }]) => [title, kind]));
      const written = toCsv(table);
      expect(cellsOf(await readCsv(written, { types }))).toStrictEqual(cellsOf(table));
      expect(cellsOf(await readCsv(inChunks(utf8(written), sizes), { types }))).toStrictEqual(cellsOf(table));
    }),
    { numRuns: 400 },
  );
});

test("a missing cell of a one-column table is written so that its row is not taken for an empty line", async () => {
  const table = Table.of([["only", textColumn(["a", null, "b"])]]);
  expect(toCsv(table)).toBe('only\na\n""\nb\n');
  expect((await readCsv(toCsv(table))).texts("only")).toEqual(["a", null, "b"]);
});

test("fields are quoted only where they must be, and doubled quotes stand for one", () => {
  expect(csvField("plain text")).toBe("plain text");
  expect(csvField('say "hi", twice')).toBe('"say ""hi"", twice"');
  expect(csvField(" spaced")).toBe('" spaced"');
});

test("header names keep outer spaces bare, as the CIC files have them", () => {
  expect(csvHeader([" Label", "a,b", 'q"'])).toBe(' Label,"a,b","q"""');
});

test("a table of many rows comes in pieces that add up to the whole", () => {
  const table = Table.of([["n", { kind: "number", values: Float64Array.from({ length: 10_000 }, (_, i) => i) }]]);
  const pieces = [...csvPieces(table)];
  expect(pieces.length).toBeGreaterThan(2);
  expect(pieces.join("")).toBe(`n\n${Array.from({ length: 10_000 }, (_, i) => `${i}\n`).join("")}`);
});

test("a table without rows is its header", () => {
  expect(toCsv(Table.of([["a", numbers()]]))).toBe("a\n");
});
