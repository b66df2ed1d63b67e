import { featureMatrix } from "@mlsec/preprocess";
import { fromMlMatrix, toMlMatrix } from "@mlsec/preprocess/ml-matrix";
import { Matrix, MatrixTransposeView } from "ml-matrix";
import { expect, test } from "vitest";
import { errorOf } from "../support.js";

const matrix = featureMatrix(["a", "b"], [Float64Array.of(1, 2, Number.NaN), Float64Array.of(0.1, -0, 1e300)]);

test("a feature matrix goes to ml-matrix and back value for value", () => {
  const there = toMlMatrix(Matrix, matrix);
  expect(there).toBeInstanceOf(Matrix);
  expect(there.to2DArray()).toStrictEqual([
    [1, 0.1],
    [2, -0],
    [Number.NaN, 1e300],
  ]);
  expect(fromMlMatrix(there, ["a", "b"])).toStrictEqual(matrix);
});

test("views and results of ml-matrix are read as well", () => {
  const product = toMlMatrix(Matrix, featureMatrix(["x"], [Float64Array.of(1, 2)])).mmul(new Matrix([[3, 4]]));
  expect(fromMlMatrix(product, ["p", "q"]).columns).toEqual([Float64Array.of(3, 6), Float64Array.of(4, 8)]);
  expect(fromMlMatrix(new MatrixTransposeView(product), ["r", "s"]).columns[1]).toEqual(Float64Array.of(6, 8));
});

test("names that do not fit and a class that is not there are errors", () => {
  const there = toMlMatrix(Matrix, matrix);
  expect(errorOf(() => fromMlMatrix(there, ["a"])).code).toBe("length-mismatch");
  expect(errorOf(() => fromMlMatrix(there, ["a", "a"])).code).toBe("duplicate-column");
  const missing = errorOf(() => toMlMatrix(undefined as unknown as typeof Matrix, matrix));
  expect([missing.code, missing.message.includes("npm install ml-matrix")]).toEqual(["missing-peer", true]);
});
