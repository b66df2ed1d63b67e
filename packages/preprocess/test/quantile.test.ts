import { quantileOfSorted, quantiles, sortedPresent } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
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

test("quantiles found without sorting are those of the sorted values, whatever the values are", () => {
  const random = Random.seeded(5);
  const qs = [0, 0.01, 0.25, 0.5, 0.5, 0.75, 0.999, 1];
  const draws: Record<string, () => number> = {
    "spread over all exponents": () => random.normal() * powerOfTwo(random.below(2000) - 1000),
    "close together": () => 1 + random.below(1000) * 2 ** -52,
    "mostly zero, of both signs": () => (random.below(10) > 0 ? [0, -0][random.below(2)]! : random.normal()),
    "two values": () => [-5e-324, 5e-324][random.below(2)]!,
    constant: () => -7.25,
    "with missing and infinite ones": () => [Number.NaN, Infinity, -Infinity, random.normal()][random.below(4)]!,
    negative: () => -random.exponential(),
  };
  for (const [name, draw] of Object.entries(draws)) {
    for (const length of [4096, 4097, 30_001]) {
      const values = Float64Array.from({ length }, draw);
      const sorted = sortedPresent(values);
      const found = quantiles(values, qs);
      const expected = qs.map((q) => quantileOfSorted(sorted, q));
      // The sign of a zero is not an order: adding 0 makes it positive.
      expect(
        [...found.quantiles].map((x) => x + 0),
        `${name}, ${length}`,
      ).toEqual(expected.map((x) => x + 0));
      expect(found.count).toBe(sorted.length);
      expect(found.infinite).toBe(sorted.some((x) => Math.abs(x) === Infinity));
    }
  }
});

test("there are no quantiles of nothing", () => {
  for (const length of [0, 5, 5000]) {
    const found = quantiles(new Float64Array(length).fill(Number.NaN), [0.5]);
    expect(found).toMatchObject({ count: 0, infinite: false });
    expect(found.quantiles[0]).toBeNaN();
  }
});

function powerOfTwo(k: number): number {
  return 2 ** k;
}
