import { DecisionTreeClassifier, FittedTree, RandomForestClassifier } from "@mlsec/trees";
import { describe, expect, it } from "vitest";
import { clouds, matrixOf } from "./generated.js";

const FEATURES = 5;

/** Shapley values by their definition: the mean, over all orders, of what a feature adds to those before it. */
function byDefinition(shareOf: (row: number[]) => number, row: number[], reference: number[]): number[] {
  const orders = (left: number[]): number[][] =>
    left.length === 0
      ? [[]]
      : left.flatMap((first) => orders(left.filter((i) => i !== first)).map((o) => [first, ...o]));
  const all = orders([...row.keys()]);
  const sums = row.map(() => 0);
  for (const order of all) {
    const mixed = [...reference];
    for (const feature of order) {
      const before = shareOf(mixed);
      mixed[feature] = row[feature]!;
      sums[feature]! += shareOf(mixed) - before;
    }
  }
  return sums.map((sum) => sum / all.length);
}

describe("attributions", () => {
  const { matrix, labels } = clouds(300, FEATURES, 3, 7);
  const rowOf = (row: number): number[] => matrix.columns.map((column) => column[row]!);

  it("of a forest are Shapley values by their definition, and sum to the difference", async () => {
    const forest = await RandomForestClassifier.fit(matrix, labels, { nEstimators: 7, seed: 3 });
    for (const [row, reference, code] of [
      [0, 1, 0],
      [5, 130, 1],
      [17, 250, 2],
      [299, 4, 1],
    ] as const) {
      const got = forest.attributions(rowOf(row), rowOf(reference), code);
      const expected = byDefinition((values) => forest.probaRow(values)[code]!, rowOf(row), rowOf(reference));
      for (const [feature, value] of expected.entries()) expect(got[feature]).toBeCloseTo(value, 12);
      const difference = forest.probaRow(rowOf(row))[code]! - forest.probaRow(rowOf(reference))[code]!;
      expect(got.reduce((a, b) => a + b)).toBeCloseTo(difference, 12);
    }
  });

  it("are 0 for a row and itself, and follow missing values to where they go", async () => {
    const holes = matrixOf(matrix.columns.map((column) => [...column].map((v, i) => (i % 7 === 0 ? Number.NaN : v))));
    const tree = await DecisionTreeClassifier.fit(holes, labels, { maxDepth: 6 });
    expect([...tree.attributions(rowOf(3), rowOf(3), 1)]).toEqual(Array.from({ length: FEATURES }, () => 0));
    const row = [Number.NaN, ...rowOf(8).slice(1)];
    const got = tree.attributions(row, rowOf(100), 1);
    const expected = byDefinition((values) => tree.probaRow(values)[1]!, row, rowOf(100));
    for (const [feature, value] of expected.entries()) expect(got[feature]).toBeCloseTo(value, 12);
  });

  it("refuse rows that are short or infinite, and classes that are not there", async () => {
    const tree = await DecisionTreeClassifier.fit(matrix, labels);
    const code = (act: () => unknown): unknown => {
      try {
        return act();
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code(() => tree.attributions([1], rowOf(0), 0))).toBe("length-mismatch");
    expect(code(() => tree.attributions(rowOf(0), [...rowOf(0), 1], 0))).toBe("length-mismatch");
    expect(code(() => tree.attributions(rowOf(0), rowOf(1), 3))).toBe("code-out-of-range");
    const infinite = rowOf(0).map(() => Number.POSITIVE_INFINITY);
    expect(code(() => tree.attributions(infinite, rowOf(1), 0))).toBe("not-finite");
  });

  it("do not run out of stack in a tree with as many questions as features", () => {
    const depth = 8000;
    const isLeaf = (node: number): boolean => node % 2 === 1 || node === 2 * depth;
    const each = <T>(of: (node: number) => T): T[] => Array.from({ length: 2 * depth + 1 }, (_, node) => of(node));
    const deep = FittedTree.fromState({
      classes: ["a", "b"],
      features: Array.from({ length: depth }, (_, feature) => String(feature)),
      nodes: {
        feature: each((node) => (isLeaf(node) ? -1 : node / 2)),
        left: each((node) => (isLeaf(node) ? -1 : node + 1)),
        right: each((node) => (isLeaf(node) ? -1 : node + 2)),
        threshold: each(() => 0),
        impurity: each(() => 0),
        samples: each(() => 1),
        weightedSamples: each(() => 1),
        value: each((node) => (node === 2 * depth ? [0, 1] : [1, 0])).flat(),
      },
    });
    // All features but one agree, and say right: the one decides everything.
    const reference = Float64Array.from({ length: depth }, (_, feature) => (feature === depth - 1 ? 0 : 1));
    const parts = deep.attributions(new Float64Array(depth).fill(1), reference, 1);
    expect(parts[depth - 1]).toBe(1);
    expect(parts.filter((part) => part !== 0)).toHaveLength(1);
  });
});
