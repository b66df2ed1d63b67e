import { readFileSync } from "node:fs";
import { costComplexityPruningPath, DecisionTreeClassifier, pruneTree, type TreeNodes } from "@mlsec/trees";
import { describe, expect, it } from "vitest";
import { clouds, expectClose } from "./generated.js";

type Nodes = Readonly<Record<keyof TreeNodes, number[]>>;

/** Made with scikit-learn by interop/make_pruning_goldens.py. */
const { cases } = JSON.parse(readFileSync(new URL("fixtures/pruning.json", import.meta.url), "utf8")) as {
  cases: {
    name: string;
    nodes: Nodes;
    ccpAlphas: number[];
    impurities: number[];
    pruned: { ccpAlpha: number; nodes: Nodes }[];
  }[];
};

const treeOf = (nodes: Nodes) =>
  DecisionTreeClassifier.fromJSON({ classes: ["a", "b", "c"], features: ["f0", "f1", "f2", "f3", "f4"], nodes });

describe.each(cases)("pruning a tree of scikit-learn: $name", ({ nodes, ccpAlphas, impurities, pruned }) => {
  it("has the same path", () => {
    const path = costComplexityPruningPath(treeOf(nodes));
    expectClose(path.ccpAlphas, ccpAlphas, 1e-12);
    expectClose(path.impurities, impurities, 1e-12);
  });

  it.each(pruned)("leaves the same tree at $ccpAlpha", ({ ccpAlpha, nodes: expected }) => {
    const { nodes: left } = pruneTree(treeOf(nodes), ccpAlpha);
    for (const name of ["feature", "left", "right", "samples", "threshold"] as const) {
      expect([...left[name]], name).toEqual(expected[name]);
    }
    for (const name of ["impurity", "weightedSamples", "value"] as const)
      expectClose(left[name], expected[name], 1e-12);
  });
});

describe("pruning", () => {
  it("makes leaves of branches without changing what is left, smaller and smaller", async () => {
    const { matrix, labels } = clouds(400, 6, 4, 5);
    const tree = await DecisionTreeClassifier.fit(matrix, labels);
    const { ccpAlphas, impurities } = costComplexityPruningPath(tree);
    expect(ccpAlphas.length).toBeGreaterThan(10);
    let before = tree;
    for (const [step, alpha] of ccpAlphas.entries()) {
      if (step > 0) expect(alpha).toBeGreaterThanOrEqual(ccpAlphas[step - 1]! - 1e-12);
      const pruned = pruneTree(tree, alpha);
      expect(pruned.leaves).toBeLessThanOrEqual(before.leaves);
      // A tree's own arrays, read back, pass every check of a state.
      expect(DecisionTreeClassifier.fromJSON(pruned.toJSON()).nodes).toEqual(pruned.nodes);
      before = pruned;
    }
    expect(before.nodeCount).toBe(1);
    expect(impurities.at(-1)).toBeCloseTo(tree.nodes.impurity[0]!, 12);
  });

  it("prunes nothing at 0 and of a single node", async () => {
    const { matrix, labels } = clouds(60, 3, 2, 6);
    const tree = await DecisionTreeClassifier.fit(matrix, labels);
    expect(pruneTree(tree, 0).nodes).toEqual(tree.nodes);
    const root = pruneTree(tree, 10);
    expect(root.nodeCount).toBe(1);
    expect([...costComplexityPruningPath(root).ccpAlphas]).toEqual([0]);
    expect(pruneTree(root, 10).nodes).toEqual(root.nodes);
  });

  it.each([-0.1, Number.NaN, Infinity])("refuses the alpha %d", async (alpha) => {
    const { matrix, labels } = clouds(20, 2, 2, 7);
    const tree = await DecisionTreeClassifier.fit(matrix, labels);
    expect(() => pruneTree(tree, alpha)).toThrowError(
      expect.objectContaining({ code: "invalid-option", details: { option: "ccpAlpha", got: alpha } }),
    );
  });
});
