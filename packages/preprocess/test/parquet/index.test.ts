import { brotliCompressSync, gzipSync } from "node:zlib";
import { type Column, MlsecError, Table } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { type ReadIssues, readParquet } from "@mlsec/preprocess/parquet";
import fc from "fast-check";
import type { SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { logicalType } from "../../src/parquet/logical-type.js";
import { cellsOf, rejectionOf } from "../support.js";

type WriteOptions = Parameters<typeof parquetWriteBuffer>[0];
type Source = WriteOptions["columnData"][number];

function written(columnData: Source[], options: Partial<WriteOptions> = {}): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({ columnData, ...options }));
}

/** A file of one column of the given schema element. */
function ofElement(element: SchemaElement, data: unknown[]): Uint8Array {
  const schema: SchemaElement[] = [{ name: "root", num_children: 1 }, element];
  return written([{ name: element.name, data: data as any[] }], { schema });
}

describe("values", () => {
  test("of every type become numbers and texts, nulls missing", async () => {
    const bytes = written([
      { name: "double", data: [0.1, null, -0, Infinity], type: "DOUBLE" },
      { name: "float", data: Float32Array.of(0.1, 1, 2, NaN), type: "FLOAT", nullable: false },
      { name: "int", data: [1, -2, null, 2 ** 31 - 1], type: "INT32" },
      { name: "long", data: [1n, -(2n ** 53n), 2n ** 60n, null], type: "INT64" },
      { name: "flag", data: [true, false, null, true], type: "BOOLEAN" },
      { name: "text", data: ["tcp", "", null, "tcp"], type: "STRING" },
      { name: "nothing", data: [null, null, null, null], type: "DOUBLE" },
      { name: "__proto__", data: ["é", "𝒳", "NA", "1"], type: "STRING", nullable: false },
    ]);
    expect(cellsOf(await readParquet(bytes))).toStrictEqual([
      ["double", "number", [0.1, NaN, -0, Infinity]],
      ["float", "number", [Math.fround(0.1), 1, 2, NaN]],
      ["int", "number", [1, -2, NaN, 2 ** 31 - 1]],
      ["long", "number", [1, -(2 ** 53), 2 ** 60, NaN]],
      ["flag", "number", [1, 0, NaN, 1]],
      ["text", "text", ["tcp", "", null, "tcp"]],
      ["nothing", "number", [NaN, NaN, NaN, NaN]],
      ["__proto__", "text", ["é", "𝒳", "NA", "1"]],
    ]);
  });

  test("that are decimals are rounded once, as a text of the same digits is", async () => {
    const decimal = { converted_type: "DECIMAL", scale: 2, precision: 9, repetition_type: "OPTIONAL" } as const;
    const cents = await readParquet(ofElement({ name: "d", type: "INT32", ...decimal }, [123.45, 0.07, null, -1.1]));
    expect([...cents.numbers("d")]).toEqual([123.45, 0.07, NaN, -1.1]);
  });

  test.each<SchemaElement>([
    { name: "c", type: "DOUBLE", converted_type: "TIMESTAMP_MICROS" },
    { name: "c", type: "DOUBLE", converted_type: "DATE" },
    { name: "c", type: "BOOLEAN", converted_type: "DECIMAL", scale: 2, precision: 9 },
    { name: "c", type: "FLOAT", converted_type: "DECIMAL", scale: 2, precision: 9 },
    { name: "c", type: "BYTE_ARRAY", logical_type: { type: "TIME", isAdjustedToUTC: true, unit: "NANOS" } },
  ])("that $type cannot mean are a damaged file: %j", (element) => {
    // No writer makes such files.
    expect(() => logicalType(element)).toThrow(
      expect.objectContaining({ code: "parquet-corrupt", details: { column: "c" } }),
    );
  });

  test("that are times are milliseconds, to the microsecond", async () => {
    const micros = {
      name: "t",
      type: "INT64",
      converted_type: "TIMESTAMP_MICROS",
      repetition_type: "REQUIRED",
    } as const;
    const date = new Date(Date.UTC(2017, 6, 7, 3, 30, 15, 123));
    expect([...(await readParquet(ofElement(micros, [date]))).numbers("t")]).toEqual([date.getTime()]);
    const raw = { name: "t", type: "INT64", repetition_type: "REQUIRED" } as const;
    const nanos = { ...raw, logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "NANOS" } } as const;
    expect([...(await readParquet(ofElement(nanos, [date]))).numbers("t")]).toEqual([date.getTime()]);
    const days = { name: "t", type: "INT32", converted_type: "DATE", repetition_type: "REQUIRED" } as const;
    expect([...(await readParquet(ofElement(days, [new Date(86_400_000)]))).numbers("t")]).toEqual([86_400_000]);
  });

  test("that no float64 equals are issues, under every policy, and keep their digits as text", async () => {
    const bytes = written([
      { name: "id", data: [1n, 2n ** 53n + 1n, 3n], type: "INT64" },
      { name: "x", data: [1, 2, 3], type: "INT32" },
    ]);
    const error = await rejectionOf(readParquet(bytes));
    expect(error.code).toBe("parquet-issues");
    expect(error.details).toMatchObject({
      total: 1,
      issues: [{ kind: "not-exact", row: 1, column: "id", value: "9007199254740993" }],
    });
    let seen: ReadIssues | undefined;
    const missing = await readParquet(bytes, { policy: "missing", onIssues: (issues) => (seen = issues) });
    expect([...missing.numbers("id")]).toEqual([1, NaN, 3]);
    expect(seen?.counts).toEqual([{ kind: "not-exact", column: "id", count: 1 }]);
    expect([...(await readParquet(bytes, { policy: "drop-row" })).numbers("x")]).toEqual([1, 3]);
    const types = new Map([["id", "text" as const]]);
    expect((await readParquet(bytes, { types })).texts("id")).toEqual(["1", "9007199254740993", "3"]);
  });

  test("of text are read as numbers where types say so, as CSV would be", async () => {
    const bytes = written([{ name: "x", data: ["1.5", "NaN", "inf", "many"], type: "STRING" }]);
    const types = new Map([["x", "number" as const]]);
    expect([...(await readParquet(bytes, { types, policy: "missing" })).numbers("x")]).toEqual([
      1.5,
      NaN,
      Infinity,
      NaN,
    ]);
    const error = await rejectionOf(readParquet(bytes, { types }));
    expect(error.details["issues"]).toMatchObject([{ kind: "not-a-number", row: 3, column: "x", value: "many" }]);
  });

  test("that are not UTF-8 are issues", async () => {
    const bytes = written([{ name: "x", data: [Uint8Array.of(0x61), Uint8Array.of(0x96)], type: "BYTE_ARRAY" }]);
    const error = await rejectionOf(readParquet(bytes));
    expect(error.details["issues"]).toMatchObject([{ kind: "not-utf8", row: 1, column: "x", value: "\uFFFD" }]);
  });
});

const names = fc.uniqueArray(
  fc.oneof(fc.constantFrom("__proto__", " Label", "a.b"), fc.string({ minLength: 1, maxLength: 6 })),
  {
    minLength: 1,
    maxLength: 4,
  },
);

test("what is written is read, whatever the pages, row groups, encodings, nulls and kind of source", async () => {
  const tables = fc.tuple(names, fc.integer({ min: 1, max: 300 }), fc.nat()).map(([titles, rows, seed]) => {
    const random = Random.seeded(seed);
    const columns = titles.map((title): [string, Column] => {
      const nulls = random.below(3) === 0 ? 0.3 : 0;
      if (random.below(2) === 0) {
        const kinds = 1 + random.below(20);
        const codes = Int32Array.from({ length: rows }, () => (random.float() < nulls ? -1 : random.below(kinds)));
        return [title, { kind: "text", codes, dictionary: Array.from({ length: kinds }, (_, i) => `text ${i}`) }];
      }
      const values = Float64Array.from({ length: rows }, () => (random.float() < nulls ? NaN : random.normal()));
      return [title, { kind: "number", values }];
    });
    return Table.of(columns);
  });
  const layouts = fc.record({
    rowGroupSize: fc.constantFrom(7, 100, 1000),
    pageSize: fc.constantFrom(64, 1 << 20),
    codec: fc.constantFrom("SNAPPY" as const, "UNCOMPRESSED" as const),
  });
  await fc.assert(
    fc.asyncProperty(tables, layouts, fc.constantFrom("bytes", "blob", "view"), async (table, layout, kind) => {
      const columnData = [...table].map(([name, column]): Source => {
        const nullable = column.kind === "number" ? column.values.some(Number.isNaN) : column.codes.includes(-1);
        return column.kind === "number"
          ? { name, type: "DOUBLE", nullable, data: [...column.values].map((v) => (Number.isNaN(v) ? null : v)) }
          : { name, type: "STRING", nullable, data: table.texts(name) };
      });
      const bytes = written(columnData, layout);
      const shifted = new Uint8Array(bytes.length + 3);
      shifted.set(bytes, 3);
      const source = { bytes, blob: new Blob([bytes as BlobPart]), view: shifted.subarray(3) }[kind]!;
      expect(cellsOf(await readParquet(source))).toStrictEqual(cellsOf(table));
    }),
    { numRuns: 150 },
  );
});

test.each(["DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT", "PLAIN", "RLE_DICTIONARY"] as const)(
  "integers in encoding %s are read",
  async (encoding) => {
    const data = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1000);
    for (const type of ["INT32", "INT64"] as const) {
      const cells = type === "INT64" ? data.map(BigInt) : data;
      const bytes = written([{ name: "x", data: cells, type, encoding, nullable: false }]);
      expect([...(await readParquet(bytes)).numbers("x")]).toEqual(data);
    }
  },
);

/** A Zstandard frame of stored blocks (RFC 8878), because not every Node can compress. */
function zstdStored(bytes: Uint8Array): Uint8Array {
  const frame = [0x28, 0xb5, 0x2f, 0xfd, 0xa0, ...new Uint8Array(Uint32Array.of(bytes.length).buffer)];
  for (let at = 0; at < bytes.length || at === 0; at += 65_536) {
    const block = bytes.subarray(at, at + 65_536);
    const header = block.length * 8 + (at + 65_536 >= bytes.length ? 1 : 0);
    frame.push(header & 255, (header >> 8) & 255, header >> 16, ...block);
  }
  return Uint8Array.from(frame);
}

test.each([
  ["GZIP", gzipSync],
  ["BROTLI", brotliCompressSync],
  ["ZSTD", zstdStored],
] as const)("pages compressed with %s are read", async (codec, compress) => {
  const data = Array.from({ length: 3000 }, (_, row) => (row % 10 === 0 ? null : Math.sqrt(row)));
  const bytes = written([{ name: "x", data, type: "DOUBLE" }], { codec, compressors: { [codec]: compress } });
  expect([...(await readParquet(bytes)).numbers("x")]).toEqual(data.map((value) => value ?? NaN));
});

test("only selected columns are fetched, in the order given, with progress", async () => {
  const bytes = written(
    ["a", "b", "c"].map((name, i) => ({
      name,
      data: Array.from({ length: 5000 }, (_, row) => Math.sqrt(row + i)),
      type: "DOUBLE" as const,
    })),
  );
  let fetched = 0;
  const progress: number[] = [];
  const file = {
    byteLength: bytes.length,
    slice: (start: number, end = bytes.length) => {
      fetched += end - start;
      return bytes.slice(start, end).buffer;
    },
  };
  const table = await readParquet(file, {
    select: ["c", "a"],
    onProgress: ({ done, total }) => progress.push(done / total),
  });
  expect(table.names).toEqual(["c", "a"]);
  expect(table.numbers("c")[2]).toBe(2);
  expect(fetched).toBeLessThan(bytes.length * 0.75);
  expect(progress).toEqual([0.25, 0.5, 0.75, 1]);
});

describe("errors", () => {
  const simple = written([{ name: "x", data: [1, 2], type: "INT32" }]);

  test.each([
    ["a missing column", () => readParquet(simple, { select: ["y"] }), "missing-column"],
    ["no Parquet", () => readParquet(new TextEncoder().encode("a,b\n1,2\n3,4\n")), "parquet-corrupt"],
    ["an empty file", () => readParquet(new Uint8Array(0)), "parquet-corrupt"],
    ["half a file", () => readParquet(simple.subarray(0, simple.length / 2)), "parquet-corrupt"],
    ["a text", () => readParquet("flows.parquet" as unknown as Uint8Array), "unreadable-source"],
    ["an aborted signal", () => readParquet(simple, { signal: AbortSignal.abort() }), "aborted"],
  ])("%s", async (_, act, code) => {
    expect((await rejectionOf(act())).code).toBe(code);
  });

  test("a struct is named, and can be left out", async () => {
    const schema: SchemaElement[] = [
      { name: "root", num_children: 2 },
      { name: "nested", num_children: 1, repetition_type: "OPTIONAL" },
      { name: "inner", type: "INT32", repetition_type: "OPTIONAL" },
      { name: "x", type: "INT32", repetition_type: "REQUIRED" },
    ];
    const bytes = written(
      [
        { name: "nested", data: [{ inner: 1 }, null] },
        { name: "x", data: [5, 6] },
      ],
      { schema },
    );
    const error = await rejectionOf(readParquet(bytes));
    expect([error.code, error.details["column"]]).toEqual(["parquet-unsupported", "nested"]);
    expect([...(await readParquet(bytes, { select: ["x"] })).numbers("x")]).toEqual([5, 6]);
  });
});

describe("a hostile file", () => {
  const random = Random.seeded(3);
  const protocols = ["tcp", "udp", "icmp"];
  const column = <T>(make: (row: number) => T): T[] => Array.from({ length: 200 }, (_, row) => make(row));
  const columnData: Source[] = [
    { name: "x", type: "DOUBLE", data: column((row) => (row % 9 === 0 ? null : random.normal())) },
    { name: "n", type: "INT64", data: column((row) => BigInt(row)), encoding: "DELTA_BINARY_PACKED", nullable: false },
    { name: "i", type: "INT32", data: column((row) => row), encoding: "DELTA_BINARY_PACKED" },
    { name: "proto", type: "STRING", data: column(() => protocols[random.below(3)]) },
    { name: "flag", type: "BOOLEAN", data: column((row) => row % 3 === 0) },
  ];
  const files = (["SNAPPY", "UNCOMPRESSED"] as const).map((codec) => written(columnData, { codec, rowGroupSize: 120 }));

  async function outcome(bytes: Uint8Array): Promise<string> {
    try {
      const table = await readParquet(bytes, { policy: "missing" });
      expect(table.rows).toBe(200);
      return "table";
    } catch (error) {
      if (!(error instanceof MlsecError)) throw error;
      return error.code;
    }
  }

  test("with any byte changed is a table or an MlsecError, soon and in bounded memory", async () => {
    const counts = new Map<string, number>();
    const before = process.memoryUsage().rss;
    for (const file of files) {
      for (let at = 0; at < file.length; at++) {
        const mutated = file.slice();
        mutated[at] = [0, 0xff, mutated[at]! ^ (1 << random.below(8))][random.below(3)]!;
        const result = await outcome(mutated);
        counts.set(result, (counts.get(result) ?? 0) + 1);
      }
    }
    expect(counts.get("table")).toBeGreaterThan(100);
    expect(counts.get("parquet-corrupt")).toBeGreaterThan(100);
    expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
  });

  test("with several changes, or cut anywhere, is a table or an MlsecError", async () => {
    for (let round = 0; round < 1500; round++) {
      const file = files[round % 2]!;
      const mutated = file.slice(0, round % 5 === 0 ? random.below(file.length) : file.length);
      for (let i = 0; i < 1 + random.below(8); i++) mutated[random.below(mutated.length || 1)] = random.below(256);
      await outcome(mutated);
    }
  });
});
