import { quantileOfSorted, sortedPresent } from "@mlsec/preprocess";
import fc from "fast-check";
import { expect, test } from "vitest";

test("values are sorted as numbers, without NaN, and the original stays", () => {
  const values = Float64Array.of(10, Number.NaN, 9, -Infinity, 1e-3);
  expect([...sortedPresent(values)]).toEqual([-Infinity, 1e-3, 9, 10]);
  expect(values[0]).toBe(10);
});

test("quantiles interpolate between neighbours, as numpy.quantile does by default", () => {
  const sorted = Float64Array.of(1, 2, 4, 8);
  expect([0, 0.25, 0.5, 0.75, 0.9, 1].map((q) => quantileOfSorted(sorted, q))).toEqual([
    1, 1.75, 3, 5, 6.800000000000001, 8,
  ]);
  expect(quantileOfSorted(Float64Array.of(7), 0.3)).toBe(7);
  expect(quantileOfSorted(new Float64Array(0), 0.5)).toBeNaN();
});

test("a quantile lies between the ends, whatever finite values there are", () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(
      fc.array(finite, { minLength: 1, maxLength: 9 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (list, q) => {
        const sorted = sortedPresent(Float64Array.from(list));
        const value = quantileOfSorted(sorted, q);
        expect(value).toBeGreaterThanOrEqual(sorted[0]!);
        expect(value).toBeLessThanOrEqual(sorted[sorted.length - 1]!);
      },
    ),
    { examples: [[[-Number.MAX_VALUE, Number.MAX_VALUE], 0.5]] },
  );
});
