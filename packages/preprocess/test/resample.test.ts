import { readFileSync } from "node:fs";
import { classWeights, countClasses, type Labels, oversample, takeLabels, undersample } from "@mlsec/preprocess";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorOf } from "./support.js";

const labelsOf = (codes: readonly number[], classes = 4): Labels => ({
  codes: Int32Array.from(codes),
  classes: Array.from({ length: classes }, (_, code) => `class ${code}`),
});
const counts = (labels: Labels, rows: Int32Array): number[] => [...countClasses(takeLabels(labels, rows))];

describe("classWeights", () => {
  /** Made by interop/make_goldens.py. */
  const { cases } = JSON.parse(readFileSync(new URL("./fixtures/class-weights.json", import.meta.url), "utf8")) as {
    cases: { codes: number[]; weights: number[] }[];
  };

  test.each(cases)("are scikit-learn's balanced ones (%#)", ({ codes, weights }) => {
    const made = classWeights(labelsOf(codes, weights.length));
    for (const [code, weight] of weights.entries()) {
      expect(Math.abs(made[code]! - weight)).toBeLessThanOrEqual(1e-12 * weight);
    }
  });

  test("a class without rows weighs nothing, and changes no other's weight", () => {
    expect([...classWeights(labelsOf([0, 0, 2]))]).toEqual([0.75, 0, 1.5, 0]);
    expect([...classWeights(labelsOf([]))]).toEqual([0, 0, 0, 0]);
  });
});

describe("resampling", () => {
  const codes = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 80 });

  test("oversample keeps the training rows and repeats none but them, until all classes are as large as the largest", () => {
    fc.assert(
      fc.property(codes, fc.nat(), (all, seed) => {
        const labels = labelsOf(all);
        const rows = Int32Array.from([...all.keys()].filter((row) => row % 3 !== 0 || row === 0));
        const made = oversample(labels, { rows, seed });
        expect([...made.subarray(0, rows.length)]).toEqual([...rows]);
        const train = new Set(rows);
        expect([...made].every((row) => train.has(row))).toBe(true);
        const before = counts(labels, rows);
        expect(counts(labels, made)).toEqual(before.map((count) => (count === 0 ? 0 : Math.max(...before))));
        expect([...oversample(labels, { rows, seed })]).toEqual([...made]);
      }),
    );
  });

  test("undersample leaves every class as many rows as the smallest has, in their order, none twice", () => {
    fc.assert(
      fc.property(codes, fc.nat(), (all, seed) => {
        const labels = labelsOf(all);
        const made = undersample(labels, { seed });
        const before = counts(labels, Int32Array.from(all.keys()));
        const least = Math.min(...before.filter((count) => count > 0));
        expect(counts(labels, made)).toEqual(before.map((count) => Math.min(count, least)));
        expect([...made]).toEqual([...new Set(made)].sort((a, b) => a - b));
        expect([...undersample(labels, { seed })]).toEqual([...made]);
      }),
    );
  });

  test("a size may be given; classes on the other side of it stay as they are", () => {
    const labels = labelsOf([0, 0, 0, 0, 1, 1, 2]);
    expect(counts(labels, oversample(labels, { to: 3 }))).toEqual([4, 3, 3, 0]);
    expect(counts(labels, undersample(labels, { to: 2 }))).toEqual([2, 2, 1, 0]);
  });

  test("the seed decides which rows", () => {
    const labels = labelsOf(Array.from({ length: 60 }, (_, row) => (row < 50 ? 0 : 1)));
    expect([...undersample(labels)]).toEqual([...undersample(labels, { seed: 42 })]);
    expect([...undersample(labels, { seed: 1 })]).not.toEqual([...undersample(labels, { seed: 2 })]);
    expect([...oversample(labels, { seed: 1 })]).not.toEqual([...oversample(labels, { seed: 2 })]);
  });

  test("rows that are not there and sizes that are none are refused", () => {
    const labels = labelsOf([0, 1]);
    expect(errorOf(() => oversample(labels, { rows: Int32Array.of(2) })).code).toBe("row-out-of-range");
    expect(errorOf(() => undersample(labels, { to: -1 })).code).toBe("invalid-option");
    expect(errorOf(() => oversample(labels, { to: 1.5 })).code).toBe("invalid-option");
  });
});
