import { Breather } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { rankColumns } from "@mlsec/trees";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scoring } from "../src/criterion.js";
import { DrawingSplitter } from "../src/drawing-splitter.js";
import { GiniScanner, giniKernel } from "../src/gini-scanner.js";
import { growTree } from "../src/grow.js";
import { growthRules, type TreeOptions } from "../src/options.js";
import { trainingRows } from "../src/training-rows.js";
import { clouds, labelsOf, matrixOf } from "./generated.js";

type Data = ReturnType<typeof clouds>;

/** One tree of drawn features three times: searched by the kernel, by the same in TypeScript, and with tables of scores. */
async function grown({ matrix, labels }: Data, units: Float64Array, options: TreeOptions): Promise<unknown[]> {
  const ranked = await rankColumns(matrix);
  const factors = new Float64Array(labels.classes.length).fill(1);
  const rules = growthRules(options, matrix.features.length);
  const breather = new Breather(undefined);
  const scanners = [
    await GiniScanner.open(ranked, factors.length, breather),
    await GiniScanner.open(ranked, factors.length, breather, null),
    null,
  ];
  expect(scanners.map((scanner) => scanner === null)).toEqual([false, false, true]);
  const trees: unknown[] = [];
  for (const scanner of scanners) {
    const data = trainingRows(labels.codes, units, factors);
    const scores = scoring("gini", factors, data.classUnits, data.whole);
    const splitter = new DrawingSplitter(ranked, data, scores, rules, Random.seeded(3), scanner);
    trees.push(await growTree({ data, splitter, scoring: scores, rules, breather }));
  }
  return trees;
}

describe("searching a node", () => {
  it("can be done in WebAssembly here", () => {
    expect(giniKernel()).not.toBeNull();
  });

  it.each<{ what: string; data: Data; options: TreeOptions }>([
    { what: "continuous values", data: clouds(3000, 5, 4, 1), options: { maxFeatures: 2 } },
    { what: "all features", data: clouds(600, 4, 3, 2), options: {} },
    { what: "leaves of a few rows", data: clouds(2000, 5, 3, 3), options: { maxFeatures: 2, minSamplesLeaf: 7 } },
    { what: "few leaves", data: clouds(2000, 5, 3, 4), options: { maxFeatures: 2, maxLeafNodes: 9 } },
  ])("finds the same splits in every way: $what", async ({ data, options }) => {
    const random = Random.seeded(9);
    const units = Float64Array.from(data.labels.codes, () => random.below(4));
    const [kernel, script, tables] = await grown(data, units, options);
    expect(kernel).toEqual(script);
    expect(kernel).toEqual(tables);
  });

  it("finds the same splits in every way: any few values, many of them equal or nearly so", async () => {
    const value = fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom(1 + 6e-8, 1 - 6e-8, 1e-45, 3e38, -3e38),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
    );
    const row = fc.record({
      values: fc.array(value, { minLength: 3, maxLength: 3 }),
      code: fc.integer({ min: 0, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 150 }), async (rows) => {
        const matrix = matrixOf([0, 1, 2].map((feature) => rows.map(({ values }) => values[feature]!)));
        const labels = labelsOf(
          rows.map(({ code }) => code),
          3,
        );
        const units = Float64Array.from(rows, (_, index) => 1 + (index % 3));
        const [kernel, script, tables] = await grown({ matrix, labels }, units, { maxFeatures: 2 });
        expect(kernel).toEqual(script);
        expect(kernel).toEqual(tables);
      }),
      { numRuns: 200 },
    );
  });
});
