import { type Progress, selectFeatures } from "@mlsec/preprocess";
import { DecisionTreeClassifier, RandomForestClassifier, rankColumns } from "@mlsec/trees";
import { describe, expect, it } from "vitest";
import { accuracy, clouds, matrixOf } from "./generated.js";

const { fit } = RandomForestClassifier;

/** Rows of one population, cut in two. */
function split(rows: number, features: number, classes: number, seed: number) {
  const { matrix, labels } = clouds(2 * rows, features, classes, seed);
  const part = (from: number) => ({
    matrix: matrixOf(matrix.columns.map((column) => [...column.subarray(from, from + rows)])),
    labels: { ...labels, codes: labels.codes.slice(from, from + rows) },
  });
  return { train: part(0), test: part(rows) };
}

describe("a random forest", () => {
  it("is better on unseen rows than a single tree", async () => {
    const { train, test } = split(600, 20, 4, 1);
    const forest = await fit(train.matrix, train.labels, { nEstimators: 60 });
    const tree = await DecisionTreeClassifier.fit(train.matrix, train.labels);
    const ofForest = accuracy(forest.predict(test.matrix), test.labels);
    expect(ofForest).toBeGreaterThan(0.93);
    expect(ofForest).toBeGreaterThan(accuracy(tree.predict(test.matrix), test.labels) + 0.03);
  });

  it("gives the importance to the features that tell, and shares of it sum to 1", async () => {
    const { train } = split(500, 12, 3, 2);
    const { featureImportances } = await fit(train.matrix, train.labels, { nEstimators: 40 });
    expect(featureImportances.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(Math.min(...featureImportances.subarray(0, 6))).toBeGreaterThan(Math.max(...featureImportances.subarray(6)));
  });

  it("is the same for the same seed and another for another, and begins alike whatever its size", async () => {
    const { train } = split(200, 6, 3, 3);
    const forest = await fit(train.matrix, train.labels, { nEstimators: 8, seed: 5 });
    const again = await fit(await rankColumns(train.matrix), train.labels, { nEstimators: 8, seed: 5 });
    const larger = await fit(train.matrix, train.labels, { nEstimators: 12, seed: 5 });
    const other = await fit(train.matrix, train.labels, { nEstimators: 8, seed: 6 });
    expect(again.toJSON()).toEqual(forest.toJSON());
    expect(larger.trees.slice(0, 8)).toEqual(forest.trees);
    expect(other.toJSON()).not.toEqual(forest.toJSON());
  });

  it("grows each tree on a bootstrap sample: about 63 % of the rows, weighing as much as all", async () => {
    const { train } = split(1000, 6, 2, 4);
    const forest = await fit(train.matrix, train.labels, { nEstimators: 20 });
    for (const { nodes } of forest.trees) {
      expect(nodes.weightedSamples[0]).toBe(1000);
      expect(Math.abs(nodes.samples[0]! - 632)).toBeLessThan(60);
    }
    const whole = await fit(train.matrix, train.labels, { nEstimators: 2, bootstrap: false, maxFeatures: undefined });
    expect(whole.trees[0]!.nodes.samples[0]).toBe(1000);
  });

  it("balances classes over all rows, not over a sample", async () => {
    const { train } = split(400, 6, 2, 5);
    const labels = { ...train.labels, codes: train.labels.codes.map((code, row) => (row % 10 === 0 ? code : 0)) };
    const forest = await fit(train.matrix, labels, { nEstimators: 5, classWeight: "balanced", bootstrap: false });
    expect(forest.trees[0]!.nodes.weightedSamples[0]).toBeCloseTo(400, 9);
    expect(forest.trees[0]!.nodes.value[0]).toBeCloseTo(0.5, 9);
  });

  it("averages its trees' probabilities, for matrices and single rows alike", async () => {
    const { train, test } = split(150, 5, 3, 6);
    const forest = await fit(train.matrix, train.labels, { nEstimators: 7 });
    const shares = forest.predictProba(test.matrix);
    const ofTrees = forest.trees.map((tree) => tree.predictProba(test.matrix));
    for (const [index, share] of shares.entries()) {
      expect(share).toBeCloseTo(ofTrees.reduce((sum, one) => sum + one[index]!, 0) / 7, 14);
    }
    const values = test.matrix.columns.map((column) => column[3]!);
    expect(forest.probaRow(values)).toEqual(shares.slice(9, 12));
    expect(forest.predictRow(values)).toBe(forest.predict(test.matrix)[3]);
  });

  it("survives state and JSON to the bit, and refuses a changed tree in it", async () => {
    const { train } = split(120, 5, 3, 7);
    const forest = await fit(train.matrix, train.labels, { nEstimators: 5 });
    const parsed = JSON.parse(JSON.stringify(forest.toJSON()));
    expect(RandomForestClassifier.fromJSON(parsed)).toEqual(forest);
    expect(RandomForestClassifier.fromState(forest.toState()).toJSON()).toEqual(forest.toJSON());
    const secondRoot = parsed.nodeCounts[0];
    parsed.nodes.left[secondRoot] = 0;
    expect(() => RandomForestClassifier.fromJSON(parsed)).toThrowError(/forest\.trees\[1\]\.nodes\.left/);
    expect(() => RandomForestClassifier.fromJSON({ ...parsed, nodeCounts: [3] })).toThrowError(
      expect.objectContaining({ code: "invalid-state" }),
    );
    // Each tree takes memory however little of a file claims it.
    const nodeCounts = new Int32Array(10_001).fill(1);
    expect(() => RandomForestClassifier.fromState({ ...(forest.toJSON() as object), nodeCounts })).toThrowError(
      /nodeCounts must be a list of 1 to 10000 trees/,
    );
    await expect(fit(train.matrix, train.labels, { nEstimators: 10_001 })).rejects.toMatchObject({
      code: "invalid-option",
    });
  });

  it("checks names and values of what it predicts", async () => {
    const { train } = split(100, 4, 2, 8);
    const forest = await fit(train.matrix, train.labels, { nEstimators: 3 });
    const reversed = selectFeatures(train.matrix, [...train.matrix.features].reverse());
    expect(() => forest.predict(reversed)).toThrowError(expect.objectContaining({ code: "feature-mismatch" }));
    const used = forest.trees[0]!.nodes.feature[0]!;
    const bad = train.matrix.columns.map((column, index) =>
      index === used ? column.map(() => Number.POSITIVE_INFINITY) : column,
    );
    expect(() => forest.predict({ ...train.matrix, columns: bad })).toThrowError(
      expect.objectContaining({ code: "not-finite" }),
    );
  });

  it("reports progress, gives other work a turn and stops when told", async () => {
    const { train } = split(3000, 10, 3, 9);
    const seen: Progress[] = [];
    const controller = new AbortController();
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    const growing = fit(train.matrix, train.labels, {
      nEstimators: 500,
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress);
        if (progress.done === 10) controller.abort();
      },
    });
    await expect(growing).rejects.toMatchObject({ code: "aborted" });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    expect(seen[0]).toEqual({ what: "growing the forest", done: 1, total: 500 });
    expect(seen.length).toBeLessThan(60);
  });

  it.each([[{ nEstimators: 0 }], [{ maxFeatures: 0 }], [{ classWeight: { a: 0, b: 0 } }]])(
    "refuses %o",
    async (options) => {
      const { train } = split(20, 3, 2, 1);
      await expect(fit(train.matrix, train.labels, options)).rejects.toMatchObject({ code: "invalid-option" });
    },
  );
});
