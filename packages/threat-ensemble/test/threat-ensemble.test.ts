import { encodeLabels, type FeatureMatrix, featureMatrix, type Labels } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { beforeAll, describe, expect, it } from "vitest";
import { ThreatEnsemble } from "../src/index.js";

function rows(count: number, seed: number): { matrix: FeatureMatrix; labels: Labels } {
  const random = Random.seeded(seed);
  const columns = Array.from({ length: 4 }, () => Float64Array.from({ length: count }, () => random.normal()));
  const names = Array.from({ length: count }, (_, row) =>
    columns[0]![row]! + columns[2]![row]! > 0.3 ? "Attack" : "Normal",
  );
  return { matrix: featureMatrix(["a", "b", "c", "d"], columns), labels: encodeLabels(names, ["Normal", "Attack"]) };
}

const train = rows(400, 1);
const validation = rows(150, 2);
let ensemble: ThreatEnsemble;

beforeAll(async () => {
  ensemble = await ThreatEnsemble.fit(train.matrix, train.labels, { validation, seed: 3 });
});

describe("ThreatEnsemble", () => {
  it("averages the probabilities of its members", () => {
    const { matrix } = rows(50, 5);
    const members = [...ensemble.memberProba(matrix).values()];
    const mean = ensemble.predictProba(matrix);
    expect(members).toHaveLength(2);
    expect(members[0]).not.toEqual(members[1]);
    for (let row = 0; row < matrix.rows; row++)
      expect(mean[row]).toBeCloseTo((members[0]![row]! + members[1]![row]!) / 2, 12);
  });

  it("has learned something", () => {
    const test = rows(500, 9);
    const correct = ensemble
      .predictProba(test.matrix)
      .filter((p, row) => (p > 0.5 ? 1 : 0) === test.labels.codes[row]).length;
    expect(correct / 500).toBeGreaterThan(0.9);
  });

  it("keeps the epoch with the least validation loss", () => {
    expect(ensemble.history.map(({ member }) => member)).toEqual(["ann", "lstm"]);
    for (const { bestEpoch, epochs, validationLoss } of ensemble.history) {
      expect(bestEpoch).toBeGreaterThan(0);
      expect(bestEpoch).toBeLessThanOrEqual(epochs);
      expect(validationLoss).toBeLessThan(0.69);
    }
  });

  it("survives JSON bit for bit", () => {
    const { matrix } = rows(64, 6);
    const again = ThreatEnsemble.fromJSON(JSON.parse(JSON.stringify(ensemble.toJSON())));
    expect(again.predictProba(matrix)).toEqual(ensemble.predictProba(matrix));
  });

  it("refuses a matrix with other features, and training rows of one class or with infinities", async () => {
    const { matrix } = rows(10, 6);
    const renamed = featureMatrix(["a", "b", "c", "e"], matrix.columns);
    expect(() => ensemble.predictProba(renamed)).toThrowError(/missing are "d"; unexpected are "e"/);
    const oneClass = encodeLabels(Array(400).fill("Normal"), ["Normal", "Attack"]);
    await expect(ThreatEnsemble.fit(train.matrix, oneClass, { validation })).rejects.toMatchObject({
      code: "single-class",
    });
    const infinite = featureMatrix(train.matrix.features, [
      train.matrix.columns[0]!.map(() => 1e300),
      ...train.matrix.columns.slice(1),
    ]);
    await expect(ThreatEnsemble.fit(infinite, train.labels, { validation })).rejects.toMatchObject({
      code: "not-finite",
      details: { column: "a" },
    });
  });

  it("refuses a state whose networks do not fit its features", () => {
    const state = JSON.parse(JSON.stringify(ensemble.toJSON()));
    state.features = ["a", "b", "c"];
    state.sources = ["a", "b", "c"];
    expect(() => ThreatEnsemble.fromState(state)).toThrowError(/columns\[3\] must be a finite number from 0 to 2/);
    state.members[0].columns.pop();
    state.members[1].columns.pop();
    expect(() => ThreatEnsemble.fromState(state)).toThrowError(/a network for the member's columns/);
  });
});
