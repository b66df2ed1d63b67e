import { featureMatrix, type Json, Log1pTransformer } from "@mlsec/preprocess";
import { log1p } from "@mlsec/preprocess/numeric";
import { expect, test } from "vitest";
import { errorOf } from "../support.js";

const matrix = featureMatrix(["x"], [Float64Array.of(-1e6, -0.5, -0, 0, 0.5, 1e300, Number.NaN)]);

test("the logarithm keeps the sign, that of zero too, and NaN; it is undone to 1e-14", () => {
  const transformer = Log1pTransformer.fit(matrix);
  const made = transformer.transform(matrix).columns[0]!;
  expect([...made]).toEqual([-log1p(1e6), -log1p(0.5), -0, 0, log1p(0.5), log1p(1e300), NaN]);
  const undone = transformer.inverseTransform(transformer.transform(matrix)).columns[0]!;
  for (const [row, value] of matrix.columns[0]!.entries()) {
    if (Number.isNaN(value)) expect(undone[row]).toBeNaN();
    // ln(1e300) is near 691, so an ulp of it is 1e-13 of the number.
    else expect(Math.abs(undone[row]! - value)).toBeLessThanOrEqual(1e-12 * Math.abs(value));
  }
});

test("other features are refused, and a round trip through JSON changes nothing", () => {
  const transformer = Log1pTransformer.fit(matrix);
  const other = { ...matrix, features: ["y"] };
  expect(errorOf(() => transformer.transform(other)).code).toBe("feature-mismatch");
  expect(errorOf(() => transformer.inverseTransform(other)).code).toBe("feature-mismatch");
  expect(Log1pTransformer.fromJSON(JSON.parse(JSON.stringify(transformer.toJSON())) as Json)).toEqual(transformer);
  expect(errorOf(() => Log1pTransformer.fromJSON({})).code).toBe("invalid-state");
});
