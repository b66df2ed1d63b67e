import { FeatureElimination, FeatureEliminationCV, rfe, rfecv } from "@mlsec/feature-select";
import { featureMatrix, stratifiedKFold, takeLabels, takeRows } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { RandomForestClassifier } from "@mlsec/trees";
import { describe, expect, it } from "vitest";

function problem(rows = 240) {
  const random = Random.seeded(3);
  const codes = Int32Array.from({ length: rows }, () => random.below(2));
  const columns = Array.from({ length: 6 }, (_, feature) =>
    Float64Array.from(codes, (code) => random.normal() + (feature === 1 || feature === 4 ? 2 * code : 0)),
  );
  return {
    matrix: featureMatrix(
      columns.map((_, index) => `f${index}`),
      columns,
    ),
    labels: { codes, classes: ["no", "yes"] },
  };
}

describe("elimination with cross-validation", () => {
  it("scores in each fold what an elimination on its training rows alone leaves", async () => {
    const { matrix, labels } = problem();
    const [fold] = stratifiedKFold(labels, { folds: 3, seed: 9 });
    const { curve } = await rfecv(matrix, labels, { folds: 3, seed: 9, nEstimators: 8, step: 2, minFeatures: 2 });
    expect(curve.map(({ nFeatures }) => nFeatures)).toEqual([2, 4, 6]);
    const train = takeRows(matrix, fold!.train);
    const trainLabels = takeLabels(labels, fold!.train);
    for (const { nFeatures, scores } of curve) {
      const { selected } = await rfe(train, trainLabels, { nFeatures, step: 2, nEstimators: 8, seed: 9 });
      const pick = (from: typeof matrix) =>
        featureMatrix(
          selected,
          selected.map((name) => from.columns[from.features.indexOf(name)]!),
        );
      const forest = await RandomForestClassifier.fit(pick(train), trainLabels, { nEstimators: 8, seed: 9 });
      const right = forest.predict(pick(takeRows(matrix, fold!.test)));
      const hits = right.filter((code, i) => code === labels.codes[fold!.test[i]!]).length;
      expect(scores[0]).toBe(hits / fold!.test.length);
    }
  });

  it("takes the number of the best mean score, and comes back from JSON", async () => {
    const { matrix, labels } = problem();
    const scorer = (_: unknown, { features }: { features: readonly string[] }) =>
      features.length === 2 || features.length === 3 ? 1 : 0;
    const selection = await rfecv(matrix, labels, { folds: 2, nEstimators: 10, scorer });
    expect(selection.selected).toEqual(["f1", "f4"]);
    expect(FeatureEliminationCV.fromJSON(JSON.parse(JSON.stringify(selection)))).toEqual(selection);
    expect(selection.toStep()).toEqual({ step: "keepColumns", columns: ["f1", "f4"] });
    expect(selection.toText()).toContain("2 *");
  });

  it.each([{ minFeatures: 0 }, { folds: 1 }, { folds: [] }, { scorer: "auc" as "accuracy" }, { step: -1 }])(
    "refuses %o",
    async (options) => {
      const { matrix, labels } = problem(40);
      await expect(rfecv(matrix, labels, options)).rejects.toMatchObject({ code: "invalid-option" });
    },
  );
});

it("an elimination takes shares, and comes back from JSON", async () => {
  const { matrix, labels } = problem();
  const selection = await rfe(matrix, labels, { nFeatures: 0.5, step: 0.4, nEstimators: 5 });
  expect(selection.rounds.map(({ removed }) => removed.length)).toEqual([2, 1]);
  expect(FeatureElimination.fromJSON(JSON.parse(JSON.stringify(selection)))).toEqual(selection);
  expect(selection.toText().split("\n")).toHaveLength(8);
});
