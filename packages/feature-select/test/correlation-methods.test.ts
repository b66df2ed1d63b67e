import { CorrelationFilter, correlationFilter, pearsonCorrelation, spearmanCorrelation } from "@mlsec/feature-select";
import { featureMatrix } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { describe, expect, it } from "vitest";
import { BLOCK_ROWS, columnProducts, productsKernel } from "../src/column-products.js";

const random = Random.seeded(4);
const column = (rows: number) => Float64Array.from({ length: rows }, () => random.normal());
const matrixOf = (...columns: Float64Array[]) =>
  featureMatrix(
    columns.map((_, index) => `f${index}`),
    columns,
  );

describe("the kernel", () => {
  it("computes the same bits as the TypeScript beside it, for any number of columns and rows", () => {
    expect(productsKernel()).not.toBeNull();
    for (const [columns, rows] of [
      [1, 1],
      [4, 255],
      [7, 256],
      [13, 37],
    ] as const) {
      const made = [productsKernel(), null].map((kernel) => {
        const draw = Random.seeded(columns);
        const products = columnProducts(columns, kernel);
        for (let block = 0; block < 3; block++) {
          for (let c = 0; c < columns; c++) {
            for (let i = 0; i < rows; i++) products.block[c * BLOCK_ROWS + i] = draw.normal();
          }
          products.add(rows);
        }
        return Array.from({ length: columns }, (_, i) => [
          ...products.sums.subarray(i * products.width, i * products.width + i + 1),
        ]);
      });
      expect(made[0]).toEqual(made[1]);
    }
  });
});

describe("Spearman's correlation", () => {
  it("is Pearson's of the mean ranks", () => {
    const a = Float64Array.of(-0, 3, 0, 1e300, -5, 3);
    const b = Float64Array.of(1, 2, 2, 9, 9, 9);
    const ranks = matrixOf(Float64Array.of(2.5, 4.5, 2.5, 6, 1, 4.5), Float64Array.of(1, 2.5, 2.5, 5, 5, 5));
    expect(spearmanCorrelation(matrixOf(a, b))[1]).toBeCloseTo(pearsonCorrelation(ranks)[1]!, 14);
  });

  it("does not change with what keeps the order", () => {
    const a = column(3000);
    const b = a.map((value, row) => value + (row % 3));
    const bent = a.map((value) => value * value * value);
    expect(spearmanCorrelation(matrixOf(a, b))).toEqual(spearmanCorrelation(matrixOf(bent, b)));
    expect(spearmanCorrelation(matrixOf(a, bent))[1]).toBeCloseTo(1, 14);
  });
});

describe("missing values", () => {
  const a = column(500);
  const b = a.map((value) => value + random.normal());
  const holed = b.map((value, row) => (row % 5 === 0 ? Number.NaN : value));
  const some = (values: Float64Array) => values.filter((_, row) => row % 5 !== 0);

  it.each([pearsonCorrelation, spearmanCorrelation])("leave a pair the rows that have both: %o", (correlation) => {
    const r = correlation(matrixOf(a, holed, b), { missing: "pairwise" });
    expect(r[1]).toBeCloseTo(correlation(matrixOf(some(a), some(b)))[1]!, 12);
    expect(r[3]).toBe(r[1]);
    expect(r[4]).toBeCloseTo(1, 14);
    expect(r[2]).toBe(correlation(matrixOf(a, b))[1]);
  });

  it("are errors unless pairs are asked for; infinities always", () => {
    expect(() => correlationFilter(matrixOf(a, holed))).toThrowError(
      expect.objectContaining({ code: "not-finite", details: { column: "f1", row: 0, value: Number.NaN } }),
    );
    const infinite = a.map((value, row) => (row === 7 ? Infinity : value));
    expect(() => pearsonCorrelation(matrixOf(a, infinite), { missing: "pairwise" })).toThrowError(
      expect.objectContaining({ code: "not-finite" }),
    );
    expect(() => pearsonCorrelation(matrixOf(a), { missing: "drop" as "error" })).toThrowError(
      expect.objectContaining({ code: "invalid-option" }),
    );
  });
});

it("the filter takes the threshold alone, comes back from JSON, becomes a step and prints as a table", () => {
  const a = column(300);
  const matrix = matrixOf(
    a,
    a.map((value) => value * 2 + 1),
    column(300),
  );
  const filter = correlationFilter(matrix, 0.9);
  expect(CorrelationFilter.fromJSON(JSON.parse(JSON.stringify(filter)))).toEqual(filter);
  expect(filter.toStep()).toEqual({ step: "keepColumns", columns: ["f0", "f2"] });
  expect(filter.toText()).toMatch(/f1 +f0 +1\.0000/);
  expect(() => correlationFilter(matrix, { method: "kendall" as "pearson" })).toThrowError(
    expect.objectContaining({ code: "invalid-option" }),
  );
});
