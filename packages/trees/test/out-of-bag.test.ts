import { RandomForestClassifier } from "@mlsec/trees";
import { describe, expect, it } from "vitest";
import { accuracy, clouds } from "./generated.js";
import { forestWorker } from "./source-worker.js";

const { fit } = RandomForestClassifier;

describe("out-of-bag estimates", () => {
  it("tell about as much as unseen rows, on one thread and on two", async () => {
    const { matrix, labels } = clouds(1200, 8, 3, 1);
    const forest = await fit(matrix, labels, { nEstimators: 60, oobScore: true });
    expect(accuracy(forest.predict(matrix), labels)).toBe(1);
    expect(forest.oobScore).toBeGreaterThan(0.8);
    expect(forest.oobScore).toBeLessThan(1);
    for (let row = 0; row < 1200; row++) {
      const [a, b, c] = forest.oobDecisionFunction!.subarray(3 * row, 3 * row + 3);
      expect(a! + b! + c!).toBeCloseTo(1, 12);
    }
    const two = await fit(matrix, labels, { nEstimators: 60, oobScore: true, threads: 2, createWorker: forestWorker });
    expect(two.oobDecisionFunction).toEqual(forest.oobDecisionFunction);
  });

  it("of one tree are its own predictions of the rows left out, and NaN for the others", async () => {
    const { matrix, labels } = clouds(500, 5, 2, 2);
    const forest = await fit(matrix, labels, { nEstimators: 1, oobScore: true });
    const shares = forest.trees[0]!.predictProba(matrix);
    const left = [...forest.oobDecisionFunction!.entries()].filter(([, share]) => !Number.isNaN(share));
    expect(left.length / 2).toBe(500 - forest.trees[0]!.nodes.samples[0]!);
    for (const [index, share] of left) expect(share).toBe(shares[index]);
  });

  it("need samples", async () => {
    const { matrix, labels } = clouds(20, 3, 2, 3);
    const failing = fit(matrix, labels, { oobScore: true, bootstrap: false });
    await expect(failing).rejects.toMatchObject({ code: "invalid-option" });
  });
});

describe("balanced samples", () => {
  it("give every class of a sample the same weight, together that of its rows", async () => {
    const { matrix, labels } = clouds(400, 5, 2, 4);
    const rare = { ...labels, codes: labels.codes.map((code, row) => (row % 10 === 0 ? code : 0)) };
    const forest = await fit(matrix, rare, { nEstimators: 5, classWeight: "balancedSubsample" });
    for (const { nodes } of forest.trees) {
      expect(nodes.weightedSamples[0]).toBeCloseTo(400, 9);
      expect(nodes.value[0]).toBeCloseTo(0.5, 12);
    }
    const all = await fit(matrix, rare, { nEstimators: 2, classWeight: "balancedSubsample", bootstrap: false });
    const once = await fit(matrix, rare, { nEstimators: 2, classWeight: "balanced", bootstrap: false });
    expect(all.toState()).toEqual(once.toState());
  });
});
