import { readFileSync } from "node:fs";
import {
  type FeatureMatrix,
  featureMatrix,
  type Json,
  LabelEncoder,
  OneHotEncoder,
  OrdinalEncoder,
  type PiecewiseColumn,
  PiecewiseLinearEncoder,
  SimpleImputer,
  Table,
  textColumn,
} from "@mlsec/preprocess";
import { describe, expect, test } from "vitest";
import { cellsOf, errorOf, numbers } from "../support.js";

/** What scikit-learn made; by interop/make_goldens.py. Null stands for NaN. */
const golden = JSON.parse(readFileSync(new URL("../fixtures/encoders.json", import.meta.url), "utf8")) as {
  readonly train: string[][];
  readonly test: string[][];
  readonly categories: string[][];
  readonly ordinal: (number | null)[][];
  readonly oneHot: number[][];
  readonly grouped: { readonly minCount: number; readonly rare: string[][]; readonly rows: number[][] };
  readonly labels: { readonly classes: string[]; readonly codes: number[] };
  readonly imputer: Readonly<Record<"mean" | "median" | "mostFrequent", number[]>> & {
    readonly rows: (number | null)[][];
  };
};

const tableOf = (rows: readonly (readonly string[])[]): Table =>
  Table.of(["a", "b", "c"].map((name, index) => [name, textColumn(rows.map((row) => row[index]!))]));

const rowsOf = (columns: readonly Float64Array[]): (number | null)[][] =>
  Array.from({ length: columns[0]!.length }, (_, row) =>
    columns.map((column) => (Number.isNaN(column[row]) ? null : column[row]!)),
  );

describe("as scikit-learn", () => {
  const train = tableOf(golden.train);
  const scored = tableOf(golden.test);

  test("OrdinalEncoder learns the same categories and makes the same codes", () => {
    const encoder = OrdinalEncoder.fit(train, { unknown: "ignore" });
    expect(encoder.categories).toEqual(golden.categories);
    expect(rowsOf(encoder.transform(scored).columns)).toEqual(golden.ordinal);
  });

  test("OneHotEncoder makes the same columns, with rare categories grouped and without", () => {
    const encoder = OneHotEncoder.fit(train, { unknown: "ignore" });
    expect(rowsOf(encoder.transform(scored).columns)).toEqual(golden.oneHot);
    const { minCount, rare, rows } = golden.grouped;
    const grouped = OneHotEncoder.fit(train, { unknown: "infrequentIfExist", minCount });
    expect(grouped.columns.map((column) => column.rare)).toEqual(rare);
    expect(rowsOf(grouped.transform(scored).columns)).toEqual(rows);
  });

  test("LabelEncoder gives the same codes, and the names back", () => {
    const names = golden.train.map(([name]) => name!);
    const encoder = LabelEncoder.fit(names);
    const labels = encoder.transform(names);
    expect(encoder.classes).toEqual(golden.labels.classes);
    expect([...labels.codes]).toEqual(golden.labels.codes);
    expect(encoder.inverseTransform(labels.codes)).toEqual(names);
  });

  test.each(["mean", "median", "mostFrequent"] as const)("SimpleImputer learns the same %s", (strategy) => {
    const { rows } = golden.imputer;
    const table = Table.of(
      [0, 1, 2, 3].map((j) => [`c${j}`, numbers(...rows.map((row) => row[j] ?? Number.NaN))] as const),
    );
    for (const [index, { value }] of SimpleImputer.fit(table, { strategy }).fills.entries()) {
      expect(value).toBeCloseTo(golden.imputer[strategy][index]!, 12);
    }
  });
});

const training = Table.of([["c", textColumn(["b", "a", "b", "b", "r"])]]);
const gaps = Table.of([["c", textColumn(["b", null, "a"])]]);
const scored = Table.of([["c", textColumn(["a", "x", null, "r", "x"])]]);

describe("OrdinalEncoder", () => {
  const codes = (options: Parameters<typeof OrdinalEncoder.fit>[1]): number[] => [
    ...OrdinalEncoder.fit(training, options).transform(scored).columns[0]!,
  ];

  test("unknown and missing cells follow their own policies; rare ones have the code of all others", () => {
    expect(codes({ unknown: "other" })).toEqual([0, 3, 3, 2, 3]);
    expect(codes({ unknown: "ignore" })).toEqual([0, NaN, NaN, 2, NaN]);
    expect(codes({ unknown: "other", missing: "ignore" })).toEqual([0, 3, NaN, 2, 3]);
    expect(codes({ unknown: "ignore", missing: "other", minCount: 2 })).toEqual([1, NaN, 1, 1, NaN]);
  });

  test("refuses them by default, all at once and counted, at fit and at transform", () => {
    const error = errorOf(() => OrdinalEncoder.fit(training).transform(scored));
    expect(error).toMatchObject({
      code: "unknown-category",
      details: { column: "c", unknown: { x: 2 }, missing: 1 },
    });
    expect(errorOf(() => OrdinalEncoder.fit(gaps))).toMatchObject({
      code: "missing-category",
      details: { missing: 1 },
    });
    const tolerant = OrdinalEncoder.fit(training, { unknown: "other", missing: "error" });
    expect(errorOf(() => tolerant.transform(scored)).code).toBe("missing-category");
  });

  test("gives categories back; the code of all others and NaN become missing", () => {
    const encoder = OrdinalEncoder.fit(training, { unknown: "other" });
    const back = encoder.inverseTransform(featureMatrix(["c"], [Float64Array.of(0, 1, 2, 3, Number.NaN)]));
    expect(back.texts("c")).toEqual(["a", "b", "r", null, null]);
    for (const code of [4, -1, 0.5, Infinity]) {
      expect(errorOf(() => encoder.inverseTransform(featureMatrix(["c"], [Float64Array.of(code)]))).code).toBe(
        "unknown-code",
      );
    }
  });

  test("takes numbers as the texts of their shortest form, where it is told to", () => {
    const ports = Table.of([["port", numbers(80, 443, 80.5, 80)]]);
    const encoder = OrdinalEncoder.fit(ports, { columns: ["port"] });
    expect(encoder.categories).toEqual([["443", "80", "80.5"]]);
    expect([...encoder.transform(ports).columns[0]!]).toEqual([1, 0, 2, 1]);
    expect(OrdinalEncoder.fit(ports).features).toEqual([]);
  });
});

describe("OneHotEncoder", () => {
  const columns = (options: Parameters<typeof OneHotEncoder.fit>[1], table = training): Record<string, number[]> => {
    const { features, columns: made } = OneHotEncoder.fit(table, options).transform(scored);
    return Object.fromEntries(features.map((name, index) => [name, [...made[index]!]]));
  };

  test("a column of all others is there where it was asked for, or where something called for it", () => {
    const plain = { "c=a": [1, 0, 0, 0, 0], "c=b": [0, 0, 0, 0, 0] };
    expect(columns({ unknown: "ignore" })).toEqual({ ...plain, "c=r": [0, 0, 0, 1, 0] });
    expect(columns({ unknown: "infrequentIfExist" })).toEqual({ ...plain, "c=r": [0, 0, 0, 1, 0] });
    expect(columns({ unknown: "other" })).toEqual({ ...plain, "c=r": [0, 0, 0, 1, 0], "c=<other>": [0, 1, 1, 0, 1] });
    expect(columns({ unknown: "ignore", minCount: 2 })).toEqual({
      "c=b": [0, 0, 0, 0, 0],
      "c=<other>": [1, 0, 0, 1, 0],
    });
    expect(columns({ unknown: "infrequentIfExist" }, gaps)).toEqual({ ...plain, "c=<other>": [0, 1, 1, 1, 1] });
    expect(columns({ unknown: "ignore", missing: "other" }, gaps)).toEqual({ ...plain, "c=<other>": [0, 0, 1, 0, 0] });
  });

  test("refuses by default what it has no column for", () => {
    expect(errorOf(() => columns({})).code).toBe("unknown-category");
    expect(errorOf(() => columns({ unknown: "error" }, gaps)).code).toBe("missing-category");
    expect(errorOf(() => OneHotEncoder.fit(training, { unknown: "skip" as "error" })).code).toBe("invalid-option");
    expect(errorOf(() => OneHotEncoder.fit(training, { minCount: 0 })).code).toBe("invalid-option");
  });

  test("gives categories back; rows without a 1, or with it in the column of all others, become missing", () => {
    const encoder = OneHotEncoder.fit(training, { unknown: "other" });
    const matrix = encoder.transform(scored);
    expect(encoder.inverseTransform(matrix).texts("c")).toEqual(["a", null, null, "r", null]);
    const zeros = { ...matrix, columns: matrix.columns.map(() => new Float64Array(5)) };
    expect(encoder.inverseTransform(zeros).texts("c")).toEqual([null, null, null, null, null]);
    for (const [one, two] of [
      [1, 1],
      [0.5, 0],
    ] as const) {
      const bad = [one, two, 0, 0].map((value) => Float64Array.of(value));
      expect(errorOf(() => encoder.inverseTransform(featureMatrix(encoder.features, bad))).code).toBe("not-one-hot");
    }
  });
});

describe("states", () => {
  test.each([
    ["OrdinalEncoder", OrdinalEncoder, OrdinalEncoder.fit(training, { unknown: "other", minCount: 2 })],
    ["OneHotEncoder", OneHotEncoder, OneHotEncoder.fit(training, { unknown: "infrequentIfExist", minCount: 2 })],
  ] as const)("%s is the same after a round trip through JSON text", (_, encoderClass, encoder) => {
    const again = encoderClass.fromJSON(JSON.parse(JSON.stringify(encoder.toJSON())) as Json);
    expect(again).toEqual(encoder);
    expect(again.transform(scored)).toEqual(encoder.transform(scored));
  });

  test("LabelEncoder, too; codes and names that it does not know are refused with their row", () => {
    const encoder = LabelEncoder.fit(["b", "a"]);
    expect(LabelEncoder.fromJSON(JSON.parse(JSON.stringify(encoder.toJSON())) as Json)).toEqual(encoder);
    expect(errorOf(() => encoder.transform(["a", "c"]))).toMatchObject({ code: "unknown-class", details: { row: 1 } });
    expect(errorOf(() => encoder.inverseTransform(Int32Array.of(0, 2)))).toMatchObject({ code: "unknown-code" });
    expect(errorOf(() => LabelEncoder.fromJSON({ classes: ["a", "a"] })).code).toBe("invalid-state");
  });

  test.each<[string, Json]>([
    ["no policy", { columns: [] }],
    ["an unknown policy", { unknown: "skip", missing: "other", columns: [] }],
    [
      "a category twice",
      { unknown: "other", missing: "other", columns: [{ name: "c", categories: ["a"], rare: ["a"], other: true }] },
    ],
    [
      "no place for others",
      { unknown: "other", missing: "other", columns: [{ name: "c", categories: ["a"], rare: ["b"], other: false }] },
    ],
  ])("%s is refused", (_, json) => {
    expect(errorOf(() => OrdinalEncoder.fromJSON(json)).code).toBe("invalid-state");
    expect(errorOf(() => OneHotEncoder.fromJSON(json)).code).toBe("invalid-state");
  });
});

test("columns that are not encoded, and their cells, stay out of the matrix", () => {
  const table = training.with("n", numbers(1, 2, 3, 4, 5));
  const encoder = OrdinalEncoder.fit(table);
  expect(encoder.features).toEqual(["c"]);
  expect(cellsOf(encoder.inverseTransform(encoder.transform(table)))).toEqual(cellsOf(training));
});

describe("PiecewiseLinearEncoder", () => {
  const one = (...values: number[]): FeatureMatrix => featureMatrix(["x"], [Float64Array.from(values)]);
  const rowsOf = ({ columns, rows }: FeatureMatrix): number[][] =>
    Array.from({ length: rows }, (_, row) => columns.map((values) => values[row]!));

  test("gives each piece's share below the value, and the ends' beyond them", () => {
    const encoder = PiecewiseLinearEncoder.fit(one(0, 10, 10, 30));
    expect(encoder.features).toEqual(["x>0", "x>10"]);
    expect(rowsOf(encoder.transform(one(-5, 0, 4, 10, 25, 30, 1e9)))).toEqual([
      [0, 0],
      [0, 0],
      [0.4, 0],
      [1, 0],
      [1, 0.75],
      [1, 1],
      [1, 1],
    ]);
    expect(rowsOf(encoder.transform(one(Number.NaN)))).toEqual([[Number.NaN, Number.NaN]]);
  });

  test("has edges at quantiles of the rows and of the distinct values", () => {
    const values = [...Array.from({ length: 900 }, () => 0), ...Array.from({ length: 100 }, (_, i) => i + 1)];
    const [{ edges }] = PiecewiseLinearEncoder.fit(one(...values), { bins: 4 }).columns as [PiecewiseColumn];
    // Both quantiles of the rows are 0; a third and two thirds of the distinct values are near 33 and 67.
    expect([...edges].map((edge) => Math.round(edge))).toEqual([0, 33, 67, 100]);
    const even = Array.from({ length: 1000 }, (_, i) => i);
    expect(PiecewiseLinearEncoder.fit(one(...even)).features.length).toBeLessThanOrEqual(16);
  });

  test("gives a constant one column of zeros", () => {
    for (const value of [0, 7, -1e300, 1e17]) {
      const encoder = PiecewiseLinearEncoder.fit(one(value, value));
      expect(rowsOf(encoder.transform(one(value)))).toEqual([[0]]);
    }
  });

  test("is the same from JSON, and refuses what it cannot be fitted on or made of", () => {
    const encoder = PiecewiseLinearEncoder.fit(one(3, 1, 2, -0), { bins: 2 });
    expect(PiecewiseLinearEncoder.fromJSON(encoder.toJSON()).toJSON()).toEqual(encoder.toJSON());
    const code = (act: () => unknown): string => errorOf(act).code;
    expect(code(() => PiecewiseLinearEncoder.fit(one(1, Infinity)))).toBe("not-finite");
    expect(code(() => PiecewiseLinearEncoder.fit(one(-1.5e308, 1.5e308)))).toBe("not-finite");
    expect(code(() => PiecewiseLinearEncoder.fit(one(Number.NaN)))).toBe("no-values");
    expect(code(() => PiecewiseLinearEncoder.fit(one(1, 2), { bins: 1 }))).toBe("invalid-option");
    expect(code(() => encoder.transform(featureMatrix(["y"], [new Float64Array(1)])))).toBe("feature-mismatch");
    for (const edges of [[1], [1, 1], [2, 1], [-1.5e308, 1.5e308], ["1", 2], [0, null]])
      expect(code(() => PiecewiseLinearEncoder.fromState({ columns: [{ name: "x", edges }] }))).toBe("invalid-state");
  });
});
