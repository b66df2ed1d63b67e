import { type ImportanceEstimator, rfe } from "@mlsec/feature-select";
import { featureMatrix, type Progress } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { DecisionTreeClassifier, RandomForestClassifier } from "@mlsec/trees";
import { describe, expect, it } from "vitest";

/** Eight features; the class shows in f1, f4 and f6. */
function problem(rows = 400) {
  const random = Random.seeded(3);
  const codes = Int32Array.from({ length: rows }, () => random.below(2));
  const columns = Array.from({ length: 8 }, (_, feature) =>
    Float64Array.from(codes, (code) => random.normal() + ([1, 4, 6].includes(feature) ? 2 * code : 0)),
  );
  const features = columns.map((_, index) => `f${index}`);
  return { matrix: featureMatrix(features, columns), labels: { codes, classes: ["no", "yes"] } };
}

/** Importances as the test wants them, by feature name. */
const told =
  (importance: Readonly<Record<string, number>>): ImportanceEstimator =>
  async ({ features }) => ({ featureImportances: features.map((name) => importance[name] ?? 0) });

describe("recursive feature elimination", () => {
  it("keeps the features that tell, in column order", async () => {
    const { matrix, labels } = problem();
    const selection = await rfe(matrix, labels, { nFeatures: 3, nEstimators: 30 });
    expect(selection.selected).toEqual(["f1", "f4", "f6"]);
    expect(selection.support).toEqual([false, true, false, false, true, false, true, false]);
    expect([...selection.ranking].sort()).toEqual([1, 1, 1, 2, 3, 4, 5, 6]);
    expect(selection.rounds.map((round) => round.features.length)).toEqual([8, 7, 6, 5, 4]);
  });

  it("fits every round as a forest of the same seed on the columns left would be fitted", async () => {
    const { matrix, labels } = problem(150);
    const { rounds } = await rfe(matrix, labels, { nFeatures: 6, nEstimators: 10, seed: 9 });
    for (const { features, importances, removed } of rounds) {
      const columns = features.map((name) => matrix.columns[matrix.features.indexOf(name)]!);
      const forest = await RandomForestClassifier.fit(featureMatrix(features, columns), labels, {
        nEstimators: 10,
        seed: 9,
      });
      expect(importances).toEqual([...forest.featureImportances]);
      expect(removed).toEqual([features[importances.indexOf(Math.min(...importances))]]);
    }
  });

  it("removes `step` features a round, the last ones of the ranking first, but never too many", async () => {
    const { matrix, labels } = problem(20);
    const importance = { f0: 7, f1: 1, f2: 6, f3: 2, f4: 5, f5: 3, f6: 4, f7: 8 };
    const selection = await rfe(matrix, labels, { nFeatures: 3, step: 2, estimator: told(importance) });
    expect(selection.rounds.map((round) => round.removed)).toEqual([["f1", "f3"], ["f5", "f6"], ["f4"]]);
    expect([...selection.ranking]).toEqual([1, 4, 1, 4, 2, 3, 3, 1]);
  });

  it("lets the later of equally important features go first", async () => {
    const { matrix, labels } = problem(20);
    const { selected } = await rfe(matrix, labels, { nFeatures: 4, estimator: told({ f5: 1 }) });
    expect(selected).toEqual(["f0", "f1", "f2", "f5"]);
  });

  it("takes any estimator with importances", async () => {
    const { matrix, labels } = problem();
    const { selected } = await rfe(matrix, labels, {
      nFeatures: 3,
      estimator: (ranked, given, { seed }) => DecisionTreeClassifier.fit(ranked, given, { seed, maxDepth: 3 }),
    });
    expect(selected).toEqual(["f1", "f4", "f6"]);
  });

  it("fits nothing where nothing is to be removed", async () => {
    const { matrix, labels } = problem(20);
    const estimator = () => Promise.reject(new Error("must not be called"));
    const selection = await rfe(matrix, labels, { nFeatures: 8, estimator });
    expect(selection.selected).toEqual(matrix.features);
    expect(JSON.parse(JSON.stringify(selection))).toEqual({
      features: matrix.features,
      selected: matrix.features,
      ranking: Array<number>(8).fill(1),
      rounds: [],
    });
  });

  it("stops when told and says how far it is", async () => {
    const { matrix, labels } = problem(2000);
    const controller = new AbortController();
    const seen: Progress[] = [];
    const running = rfe(matrix, labels, {
      nFeatures: 1,
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress);
        if (progress.done === 1) setTimeout(() => controller.abort(), 0);
      },
    });
    await expect(running).rejects.toMatchObject({ code: "aborted" });
    expect(seen.map(({ done, total }) => [done, total])).toEqual([
      [0, 7],
      [1, 7],
    ]);
  });

  it.each([{ nFeatures: 9 }, { nFeatures: 0 }, { nFeatures: 2.5 }, { step: 0 }, { nEstimators: 0 }])(
    "refuses %o",
    async (options) => {
      const { matrix, labels } = problem(20);
      await expect(rfe(matrix, labels, options)).rejects.toMatchObject({ code: "invalid-option" });
    },
  );

  it("refuses importances that are not one number per feature", async () => {
    const { matrix, labels } = problem(20);
    for (const featureImportances of [[1, 2, 3], Array<number>(8).fill(Number.NaN)]) {
      const estimator = async () => ({ featureImportances });
      await expect(rfe(matrix, labels, { estimator })).rejects.toMatchObject({ code: "invalid-importances" });
    }
  });
});
