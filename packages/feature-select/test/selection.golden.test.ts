import { readFileSync } from "node:fs";
import {
  mutualInformation,
  PermutationImportance,
  pearsonCorrelation,
  rfe,
  rfecv,
  spearmanCorrelation,
  varianceFilter,
} from "@mlsec/feature-select";
import { Breather, featureMatrix, type Labels } from "@mlsec/preprocess";
import { DecisionTreeClassifier, type RankedMatrix } from "@mlsec/trees";
import { describe, expect, it } from "vitest";
import { shuffledScores } from "../src/permutation-importance.js";
import { scoreOf } from "../src/scorer.js";

/** All made by interop/make_selection_goldens.py with numpy, pandas, scipy and scikit-learn. */
const golden = (name: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8")) as any;

const matrixOf = (columns: (number | null)[][]) =>
  featureMatrix(
    columns.map((_, index) => `f${index}`),
    columns.map((column) => Float64Array.from(column, (value) => value ?? Number.NaN)),
  );

const labelsOf = (codes: number[]): Labels => ({
  codes: Int32Array.from(codes),
  classes: Array.from({ length: Math.max(...codes) + 1 }, (_, code) => `class ${code}`),
});

function expectNear(actual: ArrayLike<number>, expected: (number | null)[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) {
    if (value === null) expect([index, actual[index]]).toEqual([index, Number.NaN]);
    else expect(Math.abs(actual[index]! - value), `${actual[index]} for ${value} at ${index}`).toBeLessThan(tolerance);
  }
}

it.each(golden("correlation-methods").cases as any[])(
  "correlations are those of $name",
  ({ method, missing, x, r }) => {
    const correlate = method === "pearson" ? pearsonCorrelation : spearmanCorrelation;
    expectNear(correlate(matrixOf(x), { missing }), r, 1e-10);
  },
);

describe("eliminations with a tree that has no choice are scikit-learn's", () => {
  const { tree, rfe: eliminations, rfecv: curves } = golden("eliminations");
  const estimator = (ranked: RankedMatrix, labels: Labels) => DecisionTreeClassifier.fit(ranked, labels, tree);

  it.each(eliminations as any[])("$name", async ({ options, columns, codes, ranking, support, importancesOfKept }) => {
    const matrix = matrixOf(columns);
    const labels = labelsOf(codes);
    const made = await rfe(matrix, labels, { nFeatures: options.n_features_to_select, step: options.step, estimator });
    expect([...made.ranking]).toEqual(ranking);
    expect(made.support.map(Number)).toEqual(support);
    const kept = matrixOf(columns.filter((_: unknown, index: number) => support[index] === 1));
    expectNear((await DecisionTreeClassifier.fit(kept, labels, tree)).featureImportances, importancesOfKept, 1e-12);
  });

  it.each(curves as any[])("with the curve of $name", async (curve) => {
    const folds = curve.folds.map(({ train, test }: any) => ({
      train: Int32Array.from(train as number[]),
      test: Int32Array.from(test as number[]),
    }));
    const { step, minFeatures, scorer } = curve;
    const made = await rfecv(matrixOf(curve.columns), labelsOf(curve.codes), {
      step,
      minFeatures,
      scorer,
      folds,
      estimator,
    });
    expect(made.curve.map(({ nFeatures }) => nFeatures)).toEqual(curve.nFeatures);
    for (const [index, { mean, sd, scores }] of made.curve.entries()) {
      expectNear([mean, sd, ...scores], [curve.means[index], curve.sds[index], ...curve.scores[index]], 1e-12);
    }
    expect([...made.ranking]).toEqual(curve.ranking);
  });
});

describe("the variance filter is VarianceThreshold", () => {
  const { columns, variances, cases } = golden("variances");
  const matrix = matrixOf(columns);

  it.each(cases as any[])("at $threshold", ({ threshold, support }) => {
    const { kept } = varianceFilter(matrix, threshold);
    expect(matrix.features.map((name) => Number(kept.includes(name)))).toEqual(support);
  });

  it("with numpy's variances; a column without values has none", () => {
    const ours = varianceFilter(matrix, 0).variances;
    for (const [index, variance] of (variances as (number | null)[]).entries()) {
      // numpy leaves rounding in the variance of the column that is 0.1 throughout.
      if (variance === null || variance < 1e-30) expect(ours[index]).toBe(0);
      else expect(Math.abs(ours[index]! / variance - 1)).toBeLessThan(1e-12);
    }
  });
});

describe("mutual information is that of mutual_info_classif", () => {
  const { seeds, cases } = golden("information");

  it.each(cases as any[])("$name", async ({ columns, codes, discrete, neighbors, means, sds }) => {
    const made = await mutualInformation(matrixOf(columns), labelsOf(codes), {
      neighbors,
      discrete: discrete ? "all" : [],
    });
    for (const [index, mean] of (means as number[]).entries()) {
      // Where nothing is tied the noise decides nothing, and a seed of theirs is like another and like ours.
      const spread = sds[index] as number;
      const room = spread < 1e-9 ? 1e-12 : 4 * spread * Math.sqrt(1 + 1 / seeds);
      expect(Math.abs(made.scores[index]! - mean), `f${index}`).toBeLessThan(room);
    }
  });

  it("exactly, where nothing is tied and no class is small, or all is discrete", () => {
    // With less than twice as many rows of a class as neighbours, scikit-learn finds these by brute force, from distances
    // that rounding spoils: whether the furthest of them counts is then chance.
    const exact = (cases as any[]).filter(({ name }) => /continuous$|one neighbour|discrete/.test(name));
    expect(exact).toHaveLength(3);
    for (const { sds } of exact) for (const sd of sds) expect(sd).toBeLessThan(1e-9);
  });
});

it("permutation importance under scikit-learn's orders is scikit-learn's", async () => {
  const { columns, codes, nodes, orders, baseline, falls, means, sds } = golden("permutations");
  const matrix = matrixOf(columns);
  const labels = labelsOf(codes);
  const model = DecisionTreeClassifier.fromJSON({ classes: labels.classes, features: matrix.features, nodes });
  const made = await shuffledScores(
    matrix,
    orders.length,
    (repeat) => Int32Array.from(orders[repeat] as number[]),
    (shuffled, breather) => scoreOf(model, shuffled, labels, "accuracy", breather),
    new Breather(),
    () => {},
  );
  expect(made).toBeInstanceOf(PermutationImportance);
  expectNear([made.baseline], [baseline], 1e-12);
  for (const [index, values] of (falls as number[][]).entries()) expectNear(made.falls[index]!, values, 1e-12);
  expectNear(made.means, means, 1e-12);
  expectNear(made.sds, sds, 1e-12);
  const unread = model.featureImportances.indexOf(0);
  expect([...made.falls[unread]!]).toEqual([0, 0, 0, 0]);
});
