import { readFileSync } from "node:fs";
import { correlationFilter, pearsonCorrelation } from "@mlsec/feature-select";
import { type FeatureMatrix, featureMatrix } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/** Made with numpy by interop/make_tree_goldens.py. */
const { cases } = JSON.parse(readFileSync(new URL("fixtures/correlation.json", import.meta.url), "utf8")) as {
  cases: { name: string; columns: number[][]; correlations: number[] }[];
};

function matrixOf(columns: readonly (readonly number[])[]): FeatureMatrix {
  return featureMatrix(
    columns.map((_, index) => `f${index}`),
    columns.map((column) => Float64Array.from(column)),
  );
}

describe("Pearson's correlation", () => {
  it.each(cases)("is numpy's: $name", ({ columns, correlations }) => {
    const ours = pearsonCorrelation(matrixOf(columns));
    expect(ours.length).toBe(correlations.length);
    for (const [index, r] of correlations.entries()) expect(Math.abs(ours[index]! - r)).toBeLessThan(1e-12);
  });

  it("is exact to rounding on offsets and scales that leave few digits, and over many blocks of rows", () => {
    const random = Random.seeded(1);
    const base = Array.from({ length: 5000 }, () => random.below(9) - 4);
    const transformed = [base, base.map((v) => 1e15 + v), base.map((v) => v * 1e-200), base.map((v) => -v * 1e200)];
    const r = pearsonCorrelation(matrixOf(transformed));
    for (const [index, sign] of [1, 1, 1, -1].entries()) expect(r[index]).toBeCloseTo(sign, 13);
  });

  it("is symmetric, at most 1, 1 with itself, and NaN exactly for constant columns", () => {
    const column = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 7, maxLength: 7 });
    const constant = fc.double({ min: -1, max: 1, noNaN: true }).map((value) => Array<number>(7).fill(value));
    fc.assert(
      fc.property(fc.array(fc.oneof(column, constant), { minLength: 1, maxLength: 9 }), (columns) => {
        const r = pearsonCorrelation(matrixOf(columns));
        const n = columns.length;
        const varies = columns.map((values) => new Set(values.map((v) => v + 0)).size > 1);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            const value = r[i * n + j]!;
            expect(value).toBe(r[j * n + i]);
            if (varies[i] && varies[j]) expect(Math.abs(value)).toBeLessThanOrEqual(1);
            else expect(value).toBeNaN();
          }
          if (varies[i]) expect(r[i * n + i]).toBe(1);
        }
      }),
    );
  });

  it("names the column that is not finite", () => {
    expect(() =>
      pearsonCorrelation(
        matrixOf([
          [1, 2],
          [3, Number.NaN],
        ]),
      ),
    ).toThrowError(
      expect.objectContaining({ code: "not-finite", details: { column: "f1", row: 1, value: Number.NaN } }),
    );
  });
});

describe("the correlation filter", () => {
  const random = Random.seeded(2);
  const noise = (size: number) => Array.from({ length: 400 }, () => size * random.normal());
  const add = (...parts: number[][]) => parts[0]!.map((_, row) => parts.reduce((sum, part) => sum + part[row]!, 0));
  const a = noise(1);
  const b = add(a, noise(0.45)); // r with a about 0.91
  const c = add(b, noise(0.5)); // r with b about 0.91, with a about 0.83
  const matrix = matrixOf([a, Array<number>(400).fill(0.1), b, noise(1), c, a.map((v) => 7 - v)]);

  it("removes what is correlated with any earlier column, a removed one too, and says with which", () => {
    const filter = correlationFilter(matrix);
    const r = pearsonCorrelation(matrix);
    expect(Math.abs(r[4 * 6]!)).toBeLessThan(0.85);
    expect(filter.kept).toEqual(["f0", "f1", "f3"]);
    expect(filter.removed).toEqual([
      { feature: "f2", because: "f0", correlation: r[2 * 6] },
      { feature: "f4", because: "f2", correlation: r[4 * 6 + 2] },
      { feature: "f5", because: "f0", correlation: -1 },
    ]);
    expect(filter.constant).toEqual(["f1"]);
  });

  it("removes only above the threshold: at 1 nothing is left out", () => {
    expect(correlationFilter(matrix, { threshold: 1 }).removed).toEqual([]);
  });

  it("can be written as JSON", () => {
    const filter = correlationFilter(matrix);
    expect(JSON.parse(JSON.stringify(filter))).toEqual({
      threshold: 0.85,
      method: "pearson",
      kept: filter.kept,
      removed: filter.removed,
      constant: ["f1"],
    });
  });

  it.each([-0.1, 1.1, Number.NaN])("refuses the threshold %d", (threshold) => {
    expect(() => correlationFilter(matrix, { threshold })).toThrowError(
      expect.objectContaining({ code: "invalid-option" }),
    );
  });
});
