import { readFileSync } from "node:fs";
import {
  type FeatureMatrix,
  featureMatrix,
  type Json,
  MinMaxScaler,
  RobustScaler,
  type Scaler,
  StandardScaler,
} from "@mlsec/preprocess";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorOf } from "../support.js";

/** Columns of numbers; null where scikit-learn has NaN. */
type Columns = readonly (readonly (number | null)[])[];

/** What scikit-learn learned and made of each matrix, column by column, and back; made by interop/make_goldens.py. */
interface Golden {
  readonly features: readonly string[];
  readonly columns: Columns;
  readonly standard: { readonly mean: number[]; readonly scale: number[]; readonly columns: Columns; inverse: Columns };
  readonly robust: { readonly center: number[]; readonly scale: number[]; readonly columns: Columns; inverse: Columns };
  readonly minMax: { readonly offset: number[]; readonly scale: number[]; readonly columns: Columns; inverse: Columns };
}

const goldens = (
  JSON.parse(readFileSync(new URL("../fixtures/scalers.json", import.meta.url), "utf8")) as { cases: Golden[] }
).cases;

function matrixOf(features: readonly string[], columns: Columns): FeatureMatrix {
  return featureMatrix(
    features,
    columns.map((column) => Float64Array.from(column, (value) => value ?? Number.NaN)),
  );
}

function largest(values: readonly (number | null)[]): number {
  return values.reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0);
}

const SCALERS: [string, { fit(matrix: FeatureMatrix): Scaler; fromJSON(json: Json): Scaler }][] = [
  ["StandardScaler", StandardScaler],
  ["RobustScaler", RobustScaler],
  ["MinMaxScaler", MinMaxScaler],
];

describe.each(goldens.map((golden) => [golden.columns[0]!.length, golden.features[0]!, golden] as const))(
  "on %i rows, %s …",
  (_rows, _first, golden) => {
    const matrix = matrixOf(golden.features, golden.columns);

    function expectClose(
      actual: ArrayLike<number>,
      expected: readonly (number | null)[],
      what: string,
      slack = 0,
    ): void {
      expect(actual).toHaveLength(expected.length);
      for (const [index, value] of expected.entries()) {
        if (value === null) {
          expect(actual[index], `${what} [${index}]`).toBeNaN();
          continue;
        }
        const error = Math.abs(actual[index]! - value);
        const allowed = 1e-12 * Math.abs(value) + slack;
        expect(error, `${what} [${index}]: ${actual[index]} for ${value}`).toBeLessThanOrEqual(allowed);
      }
    }

    function expectSame(scaler: Scaler, columns: Columns, inverse: Columns): void {
      const scaled = scaler.transform(matrix);
      for (const [index, column] of scaled.columns.entries()) {
        const made = columns[index]!;
        // What is left of a value after the subtraction is as exact as the column's largest one; of a constant, as the
        // rounding of its mean.
        const present = golden.columns[index]!.filter((value) => value !== null);
        const constant = present.every((value) => value === present[0]);
        expectClose(
          column,
          made,
          golden.features[index]!,
          1e-12 * largest(made) + (constant ? 2 * Number.EPSILON * Math.abs(present[0]!) : 0),
        );
      }
      for (const [index, column] of scaler.inverseTransform(scaled).columns.entries()) {
        expectClose(column, inverse[index]!, `${golden.features[index]}, undone`, 1e-12 * largest(inverse[index]!));
      }
      for (const [index, column] of matrix.columns.entries()) {
        const one = Array.from(column, (value) => scaler.transformValue(index, value));
        expect(one, `${golden.features[index]}, one by one`).toEqual([...scaled.columns[index]!]);
      }
    }

    test("StandardScaler learns and makes what scikit-learn's does", () => {
      const scaler = StandardScaler.fit(matrix);
      expectClose(scaler.mean, golden.standard.mean, "mean");
      expectClose(scaler.scale, golden.standard.scale, "scale");
      expectSame(scaler, golden.standard.columns, golden.standard.inverse);
    });

    test("RobustScaler learns and makes what scikit-learn's does", () => {
      const scaler = RobustScaler.fit(matrix);
      expectClose(scaler.center, golden.robust.center, "center");
      expectClose(scaler.scale, golden.robust.scale, "scale");
      expectSame(scaler, golden.robust.columns, golden.robust.inverse);
    });

    test("MinMaxScaler learns and makes what scikit-learn's does", () => {
      const scaler = MinMaxScaler.fit(matrix);
      expectClose(scaler.offset, golden.minMax.offset, "offset");
      expectClose(scaler.scale, golden.minMax.scale, "scale");
      expectSame(scaler, golden.minMax.columns, golden.minMax.inverse);
    });
  },
);

describe.each(SCALERS)("%s", (name, scalerClass) => {
  test("NaN is passed over by fit and kept by transform", () => {
    const scaler = scalerClass.fit(matrixOf(["a"], [[1, Number.NaN, 2, 4]]));
    expect(scaler.toJSON()).toEqual(scalerClass.fit(matrixOf(["a"], [[1, 2, 4]])).toJSON());
    const [column] = scaler.transform(matrixOf(["a"], [[Number.NaN, 2]])).columns;
    expect([...column!].map(Number.isNaN)).toEqual([true, false]);
  });

  test("the matrix that it transforms stays as it was", () => {
    const matrix = matrixOf(["a"], [[1, 2, 4]]);
    scalerClass.fit(matrix).transform(matrix);
    expect([...matrix.columns[0]!]).toEqual([1, 2, 4]);
  });

  test("a round trip through JSON text changes no bit of what it makes", () => {
    const value = fc.oneof(fc.double({ noNaN: true, min: -1e150, max: 1e150 }), fc.constantFrom(0, -0, 1));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 12 }), (values) => {
        const matrix = matrixOf(["a"], [values]);
        const scaler = scalerClass.fit(matrix);
        const again = scalerClass.fromJSON(JSON.parse(JSON.stringify(scaler.toJSON())) as Json);
        expect(again.transform(matrix)).toStrictEqual(scaler.transform(matrix));
      }),
      { examples: [[[-0, -0, 1]], [[0, 5]]] },
    );
  });

  test("a feature without values, with an infinity or wider than float64 is refused by name", () => {
    const fit = (...values: number[]): unknown =>
      scalerClass.fit(matrixOf(["ok", "bad"], [values.map(() => 1), values]));
    expect(errorOf(() => fit(Number.NaN, Number.NaN))).toMatchObject({ code: "no-values", details: { column: "bad" } });
    for (const values of [
      [1, 2, 3, Infinity],
      [-Infinity, 1, 2, 3],
      [Infinity],
      [-1.7e308, -1.7e308, 1.7e308, 1.7e308],
    ]) {
      expect(errorOf(() => fit(...values))).toMatchObject({ code: "not-finite", details: { column: "bad" } });
    }
  });

  test("a matrix with other features, or in another order, is refused with what differs", () => {
    const scaler = scalerClass.fit(matrixOf(["a", "b"], [[1], [2]]));
    expect(errorOf(() => scaler.transform(matrixOf(["a", "c"], [[1], [2]])))).toMatchObject({
      code: "feature-mismatch",
      details: { missing: ["b"], extra: ["c"] },
    });
    expect(errorOf(() => scaler.transform(matrixOf(["b", "a"], [[1], [2]]))).message).toContain("another order");
  });

  test.each<[string, (json: Record<string, unknown>) => void]>([
    ["a scale of zero", (json) => (json["scale"] = [0])],
    ["a negative scale", (json) => (json["scale"] = [-1])],
    ["a scale that is null", (json) => (json["scale"] = [null])],
    ["a scale too many", (json) => (json["scale"] = [1, 1])],
    ["no features", (json) => delete json["features"]],
  ])("%s in its JSON is refused", (_, change) => {
    const json = JSON.parse(JSON.stringify(scalerClass.fit(matrixOf(["a"], [[1, 2]])).toJSON()));
    change(json);
    const error = errorOf(() => scalerClass.fromJSON(json as Json));
    expect(error.code).toBe("invalid-state");
    expect(error.details["path"]).toContain(name);
  });
});
