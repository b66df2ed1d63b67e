import { readFileSync } from "node:fs";
import { type ClassWeight, type Criterion, DecisionTreeClassifier } from "@mlsec/trees";
import { describe, expect, it } from "vitest";
import { expectClose, labelsOf, matrixOf } from "./generated.js";

/** Made by interop/make_tree_goldens.py: datasets on which every seed of scikit-learn grows the same tree. */
interface Golden {
  readonly name: string;
  readonly options: {
    readonly criterion?: Criterion;
    readonly max_depth?: number;
    readonly min_samples_split?: number;
    readonly min_samples_leaf?: number;
    readonly class_weight?: "balanced" | Readonly<Record<string, number>>;
  };
  readonly sampleWeight: readonly number[] | null;
  readonly columns: readonly (readonly number[])[];
  readonly codes: readonly number[];
  readonly classes: number;
  readonly nodes: Readonly<Record<keyof DecisionTreeClassifier["nodes"], readonly number[]>>;
  readonly importances: readonly number[];
  readonly text: string;
  readonly queries: readonly (readonly number[])[];
  readonly leaves: readonly number[];
  readonly probabilities: readonly number[];
  readonly predictions: readonly number[];
}

const { cases } = JSON.parse(readFileSync(new URL("fixtures/trees.json", import.meta.url), "utf8")) as {
  cases: Golden[];
};

/** scikit-learn keys class weights by code, we by name. */
function classWeightOf(weight: Golden["options"]["class_weight"], classes: readonly string[]): ClassWeight | undefined {
  if (weight === undefined || weight === "balanced") return weight;
  return new Map(Object.entries(weight).map(([code, value]) => [classes[Number(code)]!, value]));
}

describe.each(cases)("the tree of scikit-learn: $name", (golden) => {
  const labels = labelsOf(golden.codes, golden.classes);
  const fit = () =>
    DecisionTreeClassifier.fit(matrixOf(golden.columns), labels, {
      criterion: golden.options.criterion,
      maxDepth: golden.options.max_depth,
      minSamplesSplit: golden.options.min_samples_split,
      minSamplesLeaf: golden.options.min_samples_leaf,
      classWeight: classWeightOf(golden.options.class_weight, labels.classes),
      sampleWeight: golden.sampleWeight === null ? undefined : Float64Array.from(golden.sampleWeight),
    });

  it("has the same nodes, with thresholds equal to the bit", async () => {
    const { nodes, depth, leaves } = await fit();
    for (const name of ["feature", "left", "right", "samples", "threshold"] as const) {
      expect(Array.from(nodes[name]), name).toEqual(golden.nodes[name]);
    }
    for (const name of ["impurity", "weightedSamples", "value"] as const) {
      expectClose(nodes[name], golden.nodes[name], 1e-12);
    }
    expect(leaves).toBe(golden.nodes.left.filter((child) => child < 0).length);
    expect(depth).toBeLessThanOrEqual(golden.options.max_depth ?? Number.POSITIVE_INFINITY);
  });

  it("has the same importances and text", async () => {
    const tree = await fit();
    expectClose(tree.featureImportances, golden.importances, 1e-12);
    expect(tree.toText()).toBe(golden.text);
  });

  it("sends rows within one step of float32 or float64 of a threshold to the same leaf", async () => {
    const tree = await fit();
    const queries = matrixOf(golden.queries);
    expect(Array.from(tree.apply(queries))).toEqual(golden.leaves);
    expect(Array.from(tree.predict(queries))).toEqual(golden.predictions);
    expectClose(tree.predictProba(queries), golden.probabilities, 1e-12);
  });
});
