import { countClasses, encodeLabels, type Labels, stratifiedSplit, takeLabels } from "@mlsec/preprocess";
import fc from "fast-check";
import { expect, test } from "vitest";
import { errorOf } from "./support.js";

/** Labels with so many rows of each class, the classes mixed. */
function labelsOf(counts: readonly number[]): Labels {
  const codes = counts.flatMap((count, code) => Array.from({ length: count }, (_, i) => [i / count, code] as const));
  codes.sort(([a], [b]) => a - b);
  return { codes: Int32Array.from(codes, ([, code]) => code), classes: counts.map((_, code) => `class ${code}`) };
}

const cases = fc
  .tuple(
    fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 }),
    fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 20 }),
    fc.nat(),
  )
  .map(([shares, extra, seed]) => ({ shares, counts: extra.map((n) => n && n + shares.length - 1), seed }));

test("parts are disjoint, complete and ascending, and have every class in its proportion, but at least once", () => {
  fc.assert(
    fc.property(cases, ({ shares, counts, seed }) => {
      const labels = labelsOf(counts);
      const parts = stratifiedSplit(labels, shares, seed);
      expect(parts.flatMap((rows) => [...rows]).sort((a, b) => a - b)).toEqual([...labels.codes.keys()]);
      for (const rows of parts) expect([...rows]).toEqual([...rows].sort((a, b) => a - b));
      const sum = shares.reduce((a, b) => a + b, 0);
      const sizes = parts.map((rows) => countClasses(takeLabels(labels, rows)));
      for (const [code, count] of counts.entries()) {
        const exact = shares.map((share) => (count * share) / sum);
        // Parts that are owed less than one row get one, at the cost of the others.
        const forced = exact.reduce((lost, size) => lost + Math.max(0, 1 - size), 0);
        for (const [part, size] of sizes.entries()) {
          if (count > 0) expect(size[code]).toBeGreaterThanOrEqual(1);
          expect(size[code]! - exact[part]!).toBeLessThan(1 + 1e-9);
          if (count > 0) expect(exact[part]! - size[code]!).toBeLessThan(1 + forced + 1e-9);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("what small classes take from a part is not made up for in one large class", () => {
  const counts = [...Array<number>(60).fill(5), 99];
  const labels = labelsOf(counts);
  const parts = stratifiedSplit(labels, [0.6, 0.1, 0.1, 0.1, 0.1]);
  const large = parts.map((rows) => countClasses(takeLabels(labels, rows))[60]);
  expect(large).toEqual([60, ...large.slice(1)]);
  for (const size of large.slice(1)) expect([9, 10]).toContain(size);
});

test("rounding evens out between the classes: ten classes of five split in half come to 25 and 25", () => {
  const parts = stratifiedSplit(labelsOf(Array<number>(10).fill(5)), [1, 1]);
  expect(parts.map((rows) => rows.length)).toEqual([25, 25]);
});

test("60/20/20 of 1,000 rows are 600, 200 and 200, each with the classes 90 : 10", () => {
  const labels = labelsOf([900, 100]);
  const parts = stratifiedSplit(labels, [0.6, 0.2, 0.2]);
  expect(parts.map((rows) => [...countClasses(takeLabels(labels, rows))])).toEqual([
    [540, 60],
    [180, 20],
    [180, 20],
  ]);
});

test("the seed decides: the same gives the same rows, another gives others, and none is seed 42", () => {
  const labels = labelsOf([50, 50]);
  const rows = (seed?: number): number[][] => stratifiedSplit(labels, [0.8, 0.2], seed).map((part) => [...part]);
  expect(rows(1)).toEqual(rows(1));
  expect(rows(1)).not.toEqual(rows(2));
  expect(rows()).toEqual(rows(42));
});

test("rows are drawn from all over a class, not from its beginning", () => {
  const [, test] = stratifiedSplit(labelsOf([10_000]), [0.8, 0.2], 3);
  const mean = test!.reduce((a, b) => a + b, 0) / test!.length;
  expect(Math.abs(mean - 5000)).toBeLessThan(300);
});

test("more parts than a byte can count", () => {
  const parts = stratifiedSplit(labelsOf([600]), Array<number>(300).fill(1));
  expect(parts.map((rows) => rows.length)).toEqual(Array(300).fill(2));
});

test("a class with fewer rows than parts is named; one without rows does not matter", () => {
  const labels = encodeLabels(["a", "a", "b", "b", "b"], ["a", "b", "none"]);
  expect(errorOf(() => stratifiedSplit(labels, [1, 1, 1]))).toMatchObject({
    code: "class-too-small",
    details: { classes: ["a"], expected: 3 },
  });
  expect(stratifiedSplit(labels, [1, 1])).toHaveLength(2);
});

test.each([[[]], [[0.8, 0]], [[1, -1]], [[Number.NaN]], [[Infinity]]])("shares %j are refused", (shares) => {
  expect(errorOf(() => stratifiedSplit(labelsOf([9]), shares)).code).toBe("invalid-option");
});
