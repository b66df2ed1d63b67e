import { DecisionTreeClassifier, RandomForestClassifier, rankColumns } from "@mlsec/trees";
import { describe, expect, it } from "vitest";
import { accuracy, clouds, labelsOf, matrixOf } from "./generated.js";

const { fit } = DecisionTreeClassifier;
const nan = Number.NaN;

describe("missing values", () => {
  it("are parted from all others where that is the best split, and stay so through JSON", async () => {
    const matrix = matrixOf([[1, 1, nan, nan]]);
    const tree = await fit(matrix, labelsOf([0, 0, 1, 1]));
    expect(tree.nodes.threshold[0]).toBe(Number.MAX_VALUE);
    const copy = DecisionTreeClassifier.fromJSON(JSON.parse(JSON.stringify(tree.toJSON())));
    for (const one of [tree, copy]) expect([...one.predict(matrix)]).toEqual([0, 0, 1, 1]);
    expect([tree.predictRow([nan]), tree.predictRow([1e30])]).toEqual([1, 0]);
  });

  it("go to the side that they are like", async () => {
    const matrix = matrixOf([[1, 2, nan, 8, 9, nan]]);
    const tree = await fit(matrix, labelsOf([0, 0, 0, 1, 1, 0]));
    expect([tree.nodes.threshold[0], tree.nodes.missingLeft[0]]).toEqual([5, 1]);
    expect(tree.predictRow([nan])).toBe(0);
  });

  it("go to the child with more rows where training had none", async () => {
    const tree = await fit(matrixOf([[1, 2, 3, 9]]), labelsOf([0, 0, 0, 1]));
    expect(tree.predictRow([nan])).toBe(0);
    const mirrored = await fit(matrixOf([[1, 7, 8, 9]]), labelsOf([0, 1, 1, 1]));
    expect(mirrored.predictRow([nan])).toBe(1);
  });

  it("give the same tree from sorted columns, from ranks, and where features are drawn", async () => {
    const { matrix, labels } = clouds(400, 6, 3, 21);
    const holed = matrixOf(
      matrix.columns.map((column, f) => [...column].map((value, row) => ((row * 7 + f * 3) % 11 === 0 ? nan : value))),
    );
    const tree = await fit(holed, labels);
    expect((await fit(await rankColumns(holed), labels)).toJSON()).toEqual(tree.toJSON());
    // All features in order and each row once: what a drawing splitter finds must be what sorted columns find.
    const single = { nEstimators: 1, bootstrap: false, maxFeatures: 6 };
    expect((await RandomForestClassifier.fit(holed, labels, single)).trees[0]!.toJSON()).toEqual(tree.toJSON());
    const forest = await RandomForestClassifier.fit(holed, labels, { nEstimators: 30 });
    expect(accuracy(tree.predict(holed), labels)).toBe(1);
    expect(accuracy(forest.predict(holed), labels)).toBeGreaterThan(0.99);
    const copy = RandomForestClassifier.fromState(forest.toState());
    expect(copy.predictProba(holed)).toEqual(forest.predictProba(holed));
  });
});

describe("limits on growth", () => {
  const { matrix, labels } = clouds(500, 6, 4, 22);

  it("maxLeafNodes keeps the best splits: as many leaves as allowed, and the whole tree where all are", async () => {
    const whole = await fit(matrix, labels);
    const small = await fit(matrix, labels, { maxLeafNodes: 6 });
    expect(small.leaves).toBe(6);
    expect(small.nodes.feature[0]).toBe(whole.nodes.feature[0]);
    const best = await fit(matrix, labels, { maxLeafNodes: 100_000 });
    expect(best.leaves).toBe(whole.leaves);
    expect(best.predictProba(matrix)).toEqual(whole.predictProba(matrix));
  });

  it("minImpurityDecrease refuses splits that take away less", async () => {
    const { nodes } = await fit(matrix, labels, { minImpurityDecrease: 0.02 });
    const { left, right, impurity, weightedSamples } = nodes;
    expect(left[0]).toBeGreaterThan(0);
    for (let node = 0; node < left.length; node++) {
      if (left[node]! < 0) continue;
      const [l, r] = [left[node]!, right[node]!];
      const gain =
        weightedSamples[node]! * impurity[node]! -
        weightedSamples[l]! * impurity[l]! -
        weightedSamples[r]! * impurity[r]!;
      expect(gain / weightedSamples[0]!).toBeGreaterThanOrEqual(0.02 - 1e-12);
    }
    expect((await fit(matrix, labels)).leaves).toBeGreaterThan((nodes.left.length + 1) / 2);
  });

  it("ccpAlpha prunes after growing", async () => {
    const whole = await fit(matrix, labels);
    expect((await fit(matrix, labels, { ccpAlpha: 0.01 })).leaves).toBeLessThan(whole.leaves);
    expect((await fit(matrix, labels, { ccpAlpha: 10 })).leaves).toBe(1);
  });

  it.each([{ maxLeafNodes: 1 }, { minImpurityDecrease: -1 }, { ccpAlpha: Number.NaN }])(
    "refuses %o",
    async (options) => {
      await expect(fit(matrix, labels, options)).rejects.toMatchObject({ code: "invalid-option" });
    },
  );
});
