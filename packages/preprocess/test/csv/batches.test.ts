import {
  type CsvIssues,
  type CsvRecordBatch,
  concatTables,
  csvRecords,
  readCsv,
  readCsvBatches,
  readCsvRecords,
  type Table,
} from "@mlsec/preprocess";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { cellsOf, inChunks, rejectionOf, utf8 } from "../support.js";

afterEach(() => vi.unstubAllGlobals());

const source = `id,port,proto\n${Array.from({ length: 2500 }, (_, row) => `${row},${row === 2400 ? "any" : row === 2401 ? "x" : row % 9},${"abc"[row % 3]}${row}`).join("\n")}\n`;

async function batches(...args: Parameters<typeof readCsvBatches>): Promise<Table[]> {
  const tables: Table[] = [];
  for await (const table of readCsvBatches(...args)) tables.push(table);
  return tables;
}

test("batches are the table cut into pieces, whose types the whole file decides", async () => {
  const text = source.replace(/any|,x,/g, (match) => (match === "any" ? "5" : ",6,"));
  for (const csv of [text, `${text}2500,word,a\n`.repeat(1)]) {
    const whole = await readCsv(csv, { policy: "missing" });
    for (const batchRows of [1, 7, 512, 1000, 2500, 100_000]) {
      const tables = await batches(csv, { batchRows, policy: "missing" });
      expect(tables.map(({ rows }) => rows).slice(0, -1)).toEqual(
        Array(Math.ceil(whole.rows / batchRows) - 1).fill(batchRows),
      );
      if (batchRows > 1) expect(cellsOf(concatTables(tables))).toEqual(cellsOf(whole));
    }
  }
});

test("a dictionary holds the texts of its own batch alone", async () => {
  const [first, second] = await batches(source, { batchRows: 100, select: ["proto"] });
  expect(first!.column("proto")).toMatchObject({ kind: "text", dictionary: { length: 100 } });
  expect(second!.texts("proto")[0]).toBe("b100");
});

test("a stream needs all its types, and then runs without end in bounded memory", async () => {
  const stream = (): AsyncGenerator<Uint8Array> => inChunks(utf8(source), [700]);
  expect((await rejectionOf(batches(stream()))).code).toBe("types-needed");
  const types = new Map([["id", "number" as const]]);
  const tables = await batches(stream(), { select: ["id"], types, batchRows: 1000 });
  expect(tables.map(({ rows }) => rows)).toEqual([1000, 1000, 500]);
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield utf8("id\n");
    for (const block = utf8("1\n".repeat(50_000)); ; ) yield block;
  }
  let rows = 0;
  for await (const table of readCsvBatches(endless(), { select: ["id"], types })) {
    rows += table.rows;
    if (rows > 1e6) break;
  }
  expect(rows).toBeGreaterThan(1e6);
});

test("faults stop at their batch, or are counted over all of them", async () => {
  const csv = `a,b\n${Array.from({ length: 1000 }, (_, row) => (row % 300 === 299 ? `${row}` : `${row},1`)).join("\n")}\n`;
  const good: Table[] = [];
  const error = await rejectionOf(
    (async () => {
      for await (const table of readCsvBatches(csv, { batchRows: 100 })) good.push(table);
    })(),
  );
  expect(good).toHaveLength(2);
  expect(error.details["issues"]).toMatchObject([{ kind: "ragged-row", row: 299 }]);
  const seen: CsvIssues[] = [];
  const options = { batchRows: 100, policy: "drop-row" as const, onIssues: (issues: CsvIssues) => seen.push(issues) };
  const tables = await batches(csv, options);
  expect(tables.map(({ rows }) => rows)).toEqual([100, 100, 99, 100, 100, 99, 100, 100, 99, 100]);
  expect(seen.map(({ total }) => total)).toEqual([3]);
});

test("Windows-1252 is decided by the whole file", async () => {
  const csv = Uint8Array.from([...utf8("a\nx\ny\n"), 0x96, 0x0a]);
  const notices: string[] = [];
  const tables = await batches(csv, { batchRows: 1, onNotice: ({ kind }) => notices.push(kind) });
  expect(tables.map((table) => table.texts("a")[0])).toEqual(["x", "y", "–"]);
  expect(notices).toEqual(["encoding"]);
});

test("no bytes, and no rows, are errors as for readCsv", async () => {
  expect((await rejectionOf(batches(""))).code).toBe("csv-empty");
  expect((await rejectionOf(batches("a\n"))).code).toBe("csv-no-rows");
  expect((await rejectionOf(batches("a\n1\n", { batchRows: 0 }))).code).toBe("invalid-option");
});

async function recordBatches(...args: Parameters<typeof readCsvRecords>): Promise<CsvRecordBatch[]> {
  const found: CsvRecordBatch[] = [];
  for await (const batch of readCsvRecords(...args)) found.push(batch);
  return found;
}

function recordsOf({ bytes, bounds }: CsvRecordBatch): string[] {
  return Array.from({ length: bounds.length / 2 }, (_, row) =>
    new TextDecoder().decode(bytes.subarray(bounds[2 * row], bounds[2 * row + 1])),
  );
}

test("records come with their rows, whatever the chunks and batches, with WebAssembly and without", async () => {
  const cell = fc.constantFrom("1", "2.5", "", "tcp", "é", '"a,b"', '"a\n1,2"', '"a""b"', '"x"y', 'a"b', "1,2", "1e5");
  const row = fc.array(cell, { minLength: 3, maxLength: 3 }).map((cells) => cells.join(","));
  const rows = fc.array(fc.oneof(row, fc.constantFrom("", "#note", "1,2", "5,6,7,8")), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 70 }),
      fc.boolean(),
      async (lines, end, chunk, batchRows, hasKernel) => {
        const bytes = utf8(`a,b,c${end}1,2,x${end}${lines.join(end)}`);
        const types = new Map([
          ["a", "number" as const],
          ["b", "text" as const],
        ]);
        const options = { select: ["a", "b"], types, policy: "missing" as const };
        if (!hasKernel) vi.stubGlobal("WebAssembly", undefined);
        const found = await recordBatches(inChunks(bytes, [chunk]), { ...options, batchRows, comment: "#" });
        const whole = await readCsv(bytes, { ...options, comment: "#" });
        vi.unstubAllGlobals();
        expect(cellsOf(concatTables(found.map(({ table }) => table)))).toEqual(cellsOf(whole));
        const written: string[] = [];
        for await (const record of csvRecords(bytes)) written.push(new TextDecoder().decode(record));
        // Of its records `csvRecords` knows no comments.
        expect(found.flatMap(recordsOf)).toEqual(written.slice(1).filter((record) => !record.startsWith("#")));
        expect(found.map(({ firstRow }) => firstRow)).toEqual(found.map((_, index) => index * batchRows));
      },
    ),
    { numRuns: 400 },
  );
});

test("records know their form, and their faults with the number of fields", async () => {
  const csv = '\uFEFFa;"b c"\r\n1;2\r\nx;"3"\r\n4\r\n5;6;7\r\n8;9';
  const types = new Map([
    ["a", "number" as const],
    ["b c", "number" as const],
  ]);
  const headers: (readonly string[])[] = [];
  const [batch] = await recordBatches(csv, {
    select: ["b c", "a"],
    types,
    policy: "missing",
    delimiter: ";",
    onHeader: (names) => headers.push(names),
  });
  expect(headers).toEqual([["a", "b c"]]);
  expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(batch!.form.header)).toBe('\uFEFFa;"b c"');
  expect(batch!.form).toMatchObject({ delimiter: ";", lineEnd: "\r\n" });
  expect([...batch!.faultyRows]).toEqual([
    [2, 1],
    [3, 3],
    [1, 2],
  ]);
  expect(batch!.table.numbers("a")).toEqual(Float64Array.of(1, Number.NaN, 4, 5, 8));
  expect(recordsOf(batch!)).toEqual(["1;2", 'x;"3"', "4", "5;6;7", "8;9"]);
  const [headerless] = await recordBatches("1,2\n", { headers: ["a", "b"] });
  expect(headerless!.form).toEqual({ header: new Uint8Array(0), delimiter: ",", lineEnd: "\n" });
  expect((await rejectionOf(recordBatches(csv, { types, delimiter: ";" }))).code).toBe("csv-issues");
});
