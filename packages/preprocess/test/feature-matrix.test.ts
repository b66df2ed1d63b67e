import { featureMatrix, selectFeatures, takeRows } from "@mlsec/preprocess";
import { expect, test } from "vitest";
import { errorOf } from "./support.js";

const a = Float64Array.of(1, 2, 3);
const b = Float64Array.of(4, 5, 6);
const matrix = featureMatrix(["a", "b"], [a, b]);

test("shape is checked: names for every column, each once, all of one length", () => {
  expect(matrix).toMatchObject({ rows: 3, features: ["a", "b"] });
  expect(errorOf(() => featureMatrix(["a"], [a, b])).code).toBe("length-mismatch");
  expect(errorOf(() => featureMatrix(["a", "a"], [a, b]))).toMatchObject({
    code: "duplicate-column",
    details: { columns: ["a"] },
  });
  expect(errorOf(() => featureMatrix(["a", "b"], [a, Float64Array.of(1)]))).toMatchObject({
    code: "length-mismatch",
    details: { column: "b", expected: 3, got: 1 },
  });
});

test("rows and features are taken in the order asked for, features without copying", () => {
  expect(takeRows(matrix, Int32Array.of(2, 0)).columns.map((column) => [...column])).toEqual([
    [3, 1],
    [6, 4],
  ]);
  expect(errorOf(() => takeRows(matrix, Int32Array.of(-1))).code).toBe("row-out-of-range");
  expect(selectFeatures(matrix, ["b"]).columns[0]).toBe(b);
  expect(errorOf(() => selectFeatures(matrix, ["b", "c", "d"]))).toMatchObject({
    code: "missing-column",
    details: { columns: ["c", "d"] },
  });
});
