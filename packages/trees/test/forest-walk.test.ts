import type { FeatureMatrix } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { DecisionTreeClassifier, FittedTree, RandomForestClassifier, type TreeNodes } from "@mlsec/trees";
import { describe, expect, it } from "vitest";
import { walkForest } from "../src/forest-walk.js";
import { type WalkKernel, walkKernel } from "../src/kernel-walk.js";
import { clouds, matrixOf } from "./generated.js";

/** A tree whose inner nodes are these; all of their children that are not among them are leaves. */
function handmade(
  features: number,
  inner: readonly { at: number; threshold: number; missingLeft: 0 | 1; feature: number }[],
) {
  const count = 2 * inner.length + 1;
  const nodes: TreeNodes = {
    feature: new Int32Array(count).fill(-1),
    threshold: new Float64Array(count),
    missingLeft: new Int32Array(count),
    left: new Int32Array(count).fill(-1),
    right: new Int32Array(count).fill(-1),
    impurity: new Float64Array(count),
    samples: new Int32Array(count).fill(1),
    weightedSamples: new Float64Array(count).fill(1),
    value: Float64Array.from({ length: 2 * count }, (_, index) => (index + 1) % 2),
  };
  for (const [index, { at, threshold, missingLeft, feature }] of inner.entries()) {
    nodes.feature[at] = feature;
    nodes.threshold[at] = threshold;
    nodes.missingLeft[at] = missingLeft;
    nodes.left[at] = 2 * index + 1;
    nodes.right[at] = 2 * index + 2;
  }
  return new FittedTree(
    ["a", "b"],
    Array.from({ length: features }, (_, index) => `f${index}`),
    nodes,
  );
}

function leavesOf(trees: readonly FittedTree[], matrix: FeatureMatrix, kernel: WalkKernel | null): Int32Array[] {
  const all = trees.map(() => new Int32Array(matrix.rows).fill(-1));
  walkForest(trees, matrix, (tree, from, leaves) => all[trees.indexOf(tree)]!.set(leaves, from), kernel);
  return all;
}

/** Numbers next to each other in float32 and in float64, around zero and at the ends of the ranges. */
const EDGES = [0, 1, 3.5, 2 ** -149, 2 ** -150, 2 ** -126, 1e-60, 2 ** 100, (2 - 2 ** -23) * 2 ** 127].flatMap(
  (value) =>
    [value, value * (1 + 2 ** -52), value * (1 - 2 ** -53), value * (1 + 2 ** -23), value * (1 - 2 ** -24)].flatMap(
      (near) => [near, -near],
    ),
);

describe("the walk of a forest", () => {
  it("is compiled here", () => {
    expect(walkKernel()).not.toBeNull();
  });

  it("divides every value at every threshold as a tree does, missing ones on either side", () => {
    const values = [...EDGES.filter((value) => Number.isFinite(Math.fround(value))), Number.NaN];
    const matrix = matrixOf([values]);
    const thresholds = [...EDGES, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 128, Number.MIN_VALUE];
    const trees = thresholds.flatMap((threshold) =>
      ([0, 1] as const).map((missingLeft) => handmade(1, [{ at: 0, threshold, missingLeft, feature: 0 }])),
    );
    const leaves = leavesOf(trees, matrix, walkKernel());
    for (const [index, { nodes }] of trees.entries()) {
      const left = values.map((value) =>
        Number.isNaN(value) ? nodes.missingLeft[0] === 1 : Math.fround(value) <= nodes.threshold[0]!,
      );
      expect([...leaves[index]!], `threshold ${nodes.threshold[0]}`).toEqual(left.map((isLeft) => (isLeft ? 1 : 2)));
    }
    expect(leavesOf(trees, matrix, null)).toEqual(leaves);
  });

  it("finds the leaves that each tree finds, in any number of rows, with and without WebAssembly", async () => {
    const { matrix, labels } = clouds(2051, 5, 4, 11);
    for (let row = 0; row < matrix.rows; row += 3) matrix.columns[row % 5]![row] = Number.NaN;
    const { trees } = await RandomForestClassifier.fit(matrix, labels, { nEstimators: 5 });
    for (const rows of [0, 1, 7, 8, 1023, 1024, 1025, 2051]) {
      const part = { ...matrix, rows, columns: matrix.columns.map((column) => column.slice(0, rows)) };
      const expected = trees.map((tree) => tree.apply(part));
      expect(leavesOf(trees, part, walkKernel())).toEqual(expected);
      expect(leavesOf(trees, part, null)).toEqual(expected);
    }
  });

  it("takes trees to the kernel group by group, and those that are too large not at all", () => {
    const random = Random.seeded(1);
    // Complete trees; three of them are more nodes than the kernel may hold, and so is the last alone.
    const complete = (depth: number) =>
      handmade(
        2,
        Array.from({ length: 2 ** depth - 1 }, (_, at) => ({
          at,
          threshold: random.normal(),
          missingLeft: random.below(2) as 0 | 1,
          feature: random.below(2),
        })),
      );
    const trees = [complete(18), complete(18), complete(18), complete(3), complete(20)];
    const rows = 70_000;
    const column = () => Array.from({ length: rows }, () => (random.below(9) === 0 ? Number.NaN : random.normal()));
    const matrix = matrixOf([column(), column()]);
    const leaves = leavesOf(trees, matrix, walkKernel());
    expect(leaves).toEqual(trees.map((tree) => tree.apply(matrix)));
    expect(walkKernel()!.memory.buffer.byteLength).toBeLessThan(20e6);
  });

  it("refuses infinite values where they are looked at, by their row in the matrix", async () => {
    const column = Array.from({ length: 3000 }, (_, row) => row);
    const tree = await DecisionTreeClassifier.fit(matrixOf([column, column.map(() => 0)]), {
      codes: Int32Array.from(column, (row) => (row < 1500 ? 0 : 1)),
      classes: ["a", "b"],
    });
    const unasked = matrixOf([column, column.map((row) => (row === 2000 ? Number.NEGATIVE_INFINITY : 0))]);
    const asked = matrixOf([column.map((row) => (row === 2000 ? 1e300 : row)), column]);
    for (const kernel of [walkKernel(), null]) {
      expect(leavesOf([tree], unasked, kernel)).toEqual([tree.apply(unasked)]);
      expect(() => leavesOf([tree], asked, kernel)).toThrowError(
        expect.objectContaining({ code: "not-finite", details: { feature: "f0", value: 1e300, row: 2000 } }),
      );
    }
  });
});
