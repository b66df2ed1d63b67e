import {
  type Column,
  csvField,
  csvHeader,
  csvPieces,
  csvStream,
  readCsv,
  Table,
  textColumn,
  toCsv,
} from "@mlsec/preprocess";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cellsOf, errorOf, inChunks, numbers, utf8 } from "../support.js";

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

const options = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t", "|", ".", "e", "-", "1", " "),
  lineEnd: fc.constantFrom("\n" as const, "\r\n" as const),
  missing: fc.constantFrom("", "NA"),
});

async function streamed(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}

test("what is written with any delimiter, line end and word for missing reads back the same, streamed or whole", async () => {
  await fc.assert(
    fc.asyncProperty(tables, options, async (table, how) => {
      const types = new Map([...table].map(([title, { kind }]) => [title, kind]));
      const written = toCsv(table, how);
      expect(cellsOf(await readCsv(written, { types, delimiter: how.delimiter }))).toStrictEqual(cellsOf(table));
      // Decoding with ignoreBOM, because a first name may begin with what looks like one.
      const bytes = new Uint8Array(await new Response(csvStream(table, how)).arrayBuffer());
      expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)).toBe(written);
    }),
    { numRuns: 300 },
  );
});

const LONGER_THAN_RISKY = "beside what is risky";
const DANGEROUS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"];

test("escapeFormulas leaves no cell and no name that a spreadsheet would calculate, and changes no other", async () => {
  const risky = fc
    .tuple(fc.constantFrom(...DANGEROUS, "", "x"), fc.string({ unit: "grapheme", maxLength: 8 }))
    .map((parts) => parts.join(""))
    .filter((cell) => !MISSING_WORDS.has(cell.trim()));
  await fc.assert(
    fc.asyncProperty(risky, fc.array(fc.option(risky), { minLength: 1, maxLength: 5 }), async (title, cells) => {
      const table = Table.of([
        [title, textColumn(cells)],
        [LONGER_THAN_RISKY, numbers(...cells.map(() => -1.5))],
      ]);
      const types = new Map([
        [title, "text" as const],
        [`'${title}`, "text" as const],
      ]);
      const again = await readCsv(toCsv(table, { escapeFormulas: true }), { types });
      const [name] = again.names;
      for (const [was, is] of [[title, name!], ...cells.map((cell, row) => [cell, again.texts(name!)[row]!])]) {
        const begins = DANGEROUS.some((start) => was?.startsWith(start)) && !/^[+-]?[\d.]/.test(was!);
        if (begins) expect(is).toBe(`'${was}`);
        else if (!/^[+-]?[\d.]/.test(was ?? "")) expect(is).toBe(was);
        if (DANGEROUS.some((start) => is?.startsWith(start))) expect(Number.isNaN(Number(is))).toBe(false);
      }
      expect([...again.numbers(LONGER_THAN_RISKY)]).toEqual(cells.map(() => -1.5));
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["=1+1", "'=1+1"],
  ["+SUM(A1)", "'+SUM(A1)"],
  ["-2+3", "'-2+3"],
  ["@cmd", "'@cmd"],
  ["＝1", "'＝1"],
  ["-5", "-5"],
  ["+1.5e3", "+1.5e3"],
  ["-.5", "-.5"],
  ["a=1", "a=1"],
  ["'=1", "'=1"],
])("escapeFormulas writes the text %j as %j", (text, written) => {
  expect(toCsv(Table.of([["x", textColumn([text])]]), { escapeFormulas: true })).toBe(`x\n${written}\n`);
});

test("escapeFormulas writes control characters in quotes, and negative numbers as they are", () => {
  const table = Table.of([
    ["=name", textColumn(["\tx", "\rx", "\nx"])],
    ["n", numbers(-1, -0, -1e-7)],
  ]);
  expect(toCsv(table, { escapeFormulas: true })).toBe(`'=name,n\n'\tx,-1\n"'\rx",-0\n"'\nx",-1e-7\n`);
});

test("a stream makes its pieces as they are asked for, and stops when it is cancelled", async () => {
  const table = Table.of([["n", { kind: "number", values: new Float64Array(100_000) }]]);
  const reader = csvStream(table).getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("n\n");
  await reader.cancel();
  expect((await reader.read()).done).toBe(true);
  expect(await streamed(csvStream(table))).toBe(toCsv(table));
});

test.each(["", ",,", '"', "\n", "é"])("the delimiter %j is refused, by a stream before it is read", (delimiter) => {
  const table = Table.of([["a", numbers(1)]]);
  expect(errorOf(() => toCsv(table, { delimiter })).code).toBe("invalid-option");
  expect(errorOf(() => csvStream(table, { delimiter })).code).toBe("invalid-option");
});

test("a stream refuses half a surrogate pair, which would be written as another character", () => {
  const table = Table.of([["a", textColumn(["ok", "bad \ud800"])]]);
  const error = errorOf(() => csvStream(table));
  expect(error.code).toBe("lone-surrogate");
  expect(error.details).toMatchObject({ column: "a" });
});
