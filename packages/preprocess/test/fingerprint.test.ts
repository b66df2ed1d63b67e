import {
  type Column,
  concatTables,
  fingerprintFromJSON,
  fingerprintTable,
  type Json,
  type NumberSketch,
  predictionSketchFromJSON,
  readCsv,
  sketchColumn,
  sketchPredictions,
  Table,
  type TextColumn,
  textColumn,
} from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { describe, expect, test } from "vitest";
import { errorOf, inChunks, numbers, utf8 } from "./support.js";

const table = Table.of([
  ["n", numbers(1, 2.5, Number.NaN, -0)],
  ["é", textColumn(["tcp", null, "udp", "tcp"])],
]);

describe("the hash", () => {
  const hash = async (of: Table): Promise<string> => (await fingerprintTable(of)).sha256;

  test("is the SHA-256 of the documented bytes", async () => {
    // rows, columns; "n", number, float64 cells; "é", text, the sorted texts, int32 codes — all little-endian.
    expect(await hash(table)).toBe("a2c20ccb69256bbf022c93758f01259c9edab6106d03eababa384d2317ff6fa9");
  });

  test("does not depend on the order or the leftovers of a dictionary, on chunks, on −0 or on the bits of NaN", async () => {
    const shuffled: TextColumn = {
      kind: "text",
      codes: Int32Array.of(2, -1, 1, 2),
      dictionary: ["gone", "udp", "tcp"],
    };
    expect(await hash(table.with("é", shuffled))).toBe(await hash(table));
    const bits = new Float64Array(Uint32Array.of(0, 0x3ff00000, 0, 0x40040000, 7, 0xfff80001, 0, 0).buffer);
    expect(await hash(table.with("n", { kind: "number", values: bits }))).toBe(await hash(table));
    const csv = utf8("n,é\n1,tcp\n2.5,\n,udp\n-0,tcp\n");
    for (const size of [1, 7, 100]) expect(await hash(await readCsv(inChunks(csv, [size])))).toBe(await hash(table));
    const halves = [Int32Array.of(0, 1), Int32Array.of(2, 3)].map((rows) => table.take(rows));
    expect(await hash(concatTables(halves))).toBe(await hash(table));
  });

  test("changes with any cell, name, type or order", async () => {
    const others = [
      ...[0, 1, 2, 3].map((row) => {
        const values = table.numbers("n").slice();
        values[row] = 3;
        return table.with("n", { kind: "number", values });
      }),
      table.with("é", textColumn(["tcp", "", "udp", "tcp"])),
      table.with("é", textColumn(["tcp", null, "udp", "udp"])),
      table.with("é", textColumn(["udp", null, "tcp", "udp"])),
      table.with("x", numbers(1, 1, 1, 1)),
      table.select(["é", "n"]),
      table.take(Int32Array.of(1, 0, 2, 3)),
      table.take(Int32Array.of(0, 1, 2)),
      Table.of([
        ["m", table.column("n")],
        ["é", table.column("é")],
      ]),
      table.with("n", textColumn(["1", "2.5", null, "0"])),
    ];
    expect(new Set(await Promise.all([table, ...others].map(hash))).size).toBe(others.length + 1);
  });

  test("does not confuse where one text ends and the next begins", async () => {
    const texts = (...cells: string[]): Table => Table.of([["t", textColumn(cells)]]);
    expect(await hash(texts("ab", "c"))).not.toBe(await hash(texts("a", "bc")));
  });
});

describe("the sketch", () => {
  test("of numbers counts missing and infinite cells apart and takes mean and quantiles of the rest", () => {
    const values = Array.from({ length: 81 }, (_, i) => 80 - i);
    expect(sketchColumn(numbers(...values, Number.NaN, Infinity, -Infinity, Infinity))).toEqual({
      type: "number",
      count: 85,
      missing: 1,
      infinite: 3,
      mean: expect.closeTo(40, 12),
      quantiles: Array.from({ length: 41 }, (_, i) => expect.closeTo(2 * i, 12)),
      below: Array.from({ length: 41 }, (_, i) => 2 * i),
      upTo: Array.from({ length: 41 }, (_, i) => 2 * i + 1),
      integer: true,
    });
    expect(sketchColumn(numbers(1, 1.5))).toMatchObject({ integer: false });
    expect(sketchColumn(numbers(Number.NaN))).toMatchObject({ mean: 0, quantiles: [], missing: 1 });
  });

  test("of numbers counts how many are below each quantile and up to it, however often they repeat", () => {
    const random = Random.seeded(8);
    const values = Array.from({ length: 500 }, () => (random.float() < 0.4 ? 0 : random.below(30) / 3));
    const { quantiles, below, upTo } = sketchColumn(numbers(...values, Number.NaN)) as NumberSketch;
    for (const [i, quantile] of quantiles.entries()) {
      expect(below[i]).toBe(values.filter((value) => value < quantile).length);
      expect(upTo[i]).toBe(values.filter((value) => value <= quantile).length);
    }
    expect(below[4]).toBe(0);
    expect(upTo[4]).toBeGreaterThan(150);
  });

  test("of a billion of the longest numbers still fits", () => {
    const counts = Array.from({ length: 41 }, () => 999_999_999);
    const sketch = {
      ...sketchColumn(numbers(-1.2345678901234568e-300)),
      count: 999_999_999,
      below: counts,
      upTo: counts,
    };
    expect(utf8(JSON.stringify(sketch)).length).toBeLessThanOrEqual(2048);
  });

  test("of text lists categories by frequency, then by code point, and counts what is left out", () => {
    expect(sketchColumn(textColumn(["b", "c", "a", "c", null]))).toEqual({
      type: "text",
      count: 5,
      missing: 1,
      categories: [
        ["c", 2],
        ["a", 1],
        ["b", 1],
      ],
      otherCategories: 0,
      otherRows: 0,
    });
  });

  const random = Random.seeded(3);
  const hostile: [string, Column][] = [
    ["the widest numbers", numbers(-Number.MAX_VALUE, Number.MAX_VALUE, -1.2345678901234568e-300)],
    ["long decimals", numbers(...Array.from({ length: 999 }, () => -random.float() * 1e-290))],
    ["many categories", textColumn(Array.from({ length: 100_000 }, (_, i) => `10.0.${i % 30_000}.1`))],
    ["control characters, six bytes each", textColumn(Array.from({ length: 300 }, (_, i) => "\u0001".repeat(i)))],
    ["astral characters", textColumn(Array.from({ length: 300 }, (_, i) => "😀".repeat(i % 50)))],
    ["categories of a megabyte", textColumn(Array.from({ length: 40 }, (_, i) => `${i}${"x".repeat(1e6)}`))],
  ];
  test.each(hostile)("of %s has at most 2,048 bytes, all of them valid", async (_, column) => {
    const sketch = sketchColumn(column);
    expect(utf8(JSON.stringify(sketch)).length).toBeLessThanOrEqual(2048);
    const fingerprint = await fingerprintTable(Table.of([["c", column]]));
    expect(fingerprintFromJSON(JSON.parse(JSON.stringify(fingerprint)) as Json)).toEqual(fingerprint);
    if (sketch.type === "text") {
      const listed = sketch.categories.reduce((sum, [, rows]) => sum + rows, 0);
      expect(listed + sketch.otherRows + sketch.missing).toBe(sketch.count);
    }
  });

  test("uses the room there is: short categories fill more than 1,900 bytes", () => {
    const sketch = sketchColumn(textColumn(Array.from({ length: 1000 }, (_, i) => `category ${i}`)));
    expect(utf8(JSON.stringify(sketch)).length).toBeGreaterThan(1900);
  });
});

describe("predictions", () => {
  const classes = ["Normal", "Attack"];
  const sketch = sketchPredictions(
    "test rows",
    classes,
    Int32Array.of(0, 1, 0, -1),
    Float64Array.of(0.1, 0.9, 0.2, NaN),
  );

  test("are kept as rows by class and as a sketch of probabilities, and come back from JSON", () => {
    expect(sketch.classes).toMatchObject({
      count: 4,
      missing: 1,
      categories: [
        ["Normal", 2],
        ["Attack", 1],
      ],
    });
    expect(sketch.probabilities).toMatchObject({ count: 4, missing: 1 });
    expect(predictionSketchFromJSON(JSON.parse(JSON.stringify(sketch)) as Json)).toEqual(sketch);
    const onlyClasses = sketchPredictions("training rows", classes, Int32Array.of(1), null);
    expect(predictionSketchFromJSON(JSON.parse(JSON.stringify(onlyClasses)) as Json)).toEqual(onlyClasses);
  });

  test.each<[string, (json: any) => void]>([
    ["rows that are not told", (json) => delete json.measuredOn],
    ["no classes", (json) => delete json.classes],
    ["classes that are numbers", (json) => (json.classes = json.probabilities)],
    ["probabilities that are texts", (json) => (json.probabilities = json.classes)],
    ["a probability above 1", (json) => json.probabilities.quantiles.splice(40, 1, 1.5)],
    ["a probability below 0", (json) => json.probabilities.quantiles.splice(0, 1, -0.5)],
  ])("%s are refused", (_, change) => {
    const json = JSON.parse(JSON.stringify(sketch));
    change(json);
    expect(errorOf(() => predictionSketchFromJSON(json as Json)).code).toBe("invalid-state");
  });
});

describe("from JSON", () => {
  const plain = async (): Promise<Record<string, unknown>> => JSON.parse(JSON.stringify(await fingerprintTable(table)));

  test("the same fingerprint comes back", async () => {
    expect(fingerprintFromJSON((await plain()) as Json)).toEqual(await fingerprintTable(table));
  });

  type Sketches = { name: unknown; sketch: Record<string, unknown> }[];
  const column =
    (index: number, change: (sketch: Record<string, unknown>) => void) => (json: Record<string, unknown>) =>
      change((json["columns"] as Sketches)[index]!.sketch);
  test.each<[string, (json: Record<string, unknown>) => void]>([
    ["a hash of another length", (json) => (json["sha256"] = "ab")],
    ["a hash in capitals", (json) => (json["sha256"] = "A".repeat(64))],
    ["a negative number of rows", (json) => (json["rows"] = -1)],
    ["no columns", (json) => delete json["columns"]],
    ["a column without a name", (json) => ((json["columns"] as Sketches)[0]!.name = 3)],
    ["a sketch of unknown type", column(0, (sketch) => (sketch["type"] = "date"))],
    ["a quantile too few", column(0, (sketch) => (sketch["quantiles"] as number[]).pop())],
    ["a quantile that is null", column(0, (sketch) => ((sketch["quantiles"] as unknown[])[3] = null))],
    ["a mean that is text", column(0, (sketch) => (sketch["mean"] = "1"))],
    ["half a missing cell", column(0, (sketch) => (sketch["missing"] = 0.5))],
    ["more missing cells than cells", column(0, (sketch) => (sketch["missing"] = 5))],
    ["more infinite cells than there are", column(0, (sketch) => (sketch["infinite"] = 4))],
    ["a count below a quantile too few", column(0, (sketch) => (sketch["below"] as number[]).pop())],
    ["a count below a quantile beyond all", column(0, (sketch) => (sketch["upTo"] as number[]).fill(4))],
    ["counts that fall", column(0, (sketch) => (sketch["below"] as number[]).reverse())],
    ["counts below without those up to", column(0, (sketch) => delete sketch["upTo"])],
    ["integer as a number", column(0, (sketch) => (sketch["integer"] = 1))],
    ["a category without rows", column(1, (sketch) => (sketch["categories"] = [["tcp"]]))],
    ["a category with fewer than no rows", column(1, (sketch) => (sketch["categories"] = [["tcp", -1]]))],
    ["a category of three parts", column(1, (sketch) => (sketch["categories"] = [["tcp", 1, 1]]))],
    ["categories that do not add up", column(1, (sketch) => (sketch["categories"] = [["tcp", 1]]))],
    ["other rows that do not add up", column(1, (sketch) => (sketch["otherRows"] = 1))],
    ["more other categories than rows", column(1, (sketch) => (sketch["otherCategories"] = 1))],
    ["categories as an object", column(1, (sketch) => (sketch["categories"] = { tcp: 1 }))],
  ])("%s is refused", async (_, change) => {
    const json = await plain();
    change(json);
    const error = errorOf(() => fingerprintFromJSON(json as Json));
    expect(error.code).toBe("invalid-state");
    expect(error.details["path"]).toMatch(/^fingerprint\./);
  });

  test("of a sketch from before counts were kept, they are as near as its quantiles tell", async () => {
    const values = Array.from({ length: 81 }, (_, i) => (i < 30 ? 0 : i));
    const whole = await fingerprintTable(Table.of([["n", numbers(...values)]]));
    const old = JSON.parse(JSON.stringify(whole));
    delete old.columns[0].sketch.below;
    delete old.columns[0].sketch.upTo;
    const sketches = [fingerprintFromJSON(old as Json), whole].map(({ columns }) => columns[0]!.sketch as NumberSketch);
    for (const counts of ["below", "upTo"] as const)
      for (const [i, count] of sketches[0]![counts].entries())
        expect(Math.abs(count - sketches[1]![counts][i]!)).toBeLessThanOrEqual(81 / 40);
  });

  test.each([undefined, null, 3, "x", []])("%j is no fingerprint", (json) => {
    expect(errorOf(() => fingerprintFromJSON(json)).code).toBe("invalid-state");
  });
});
