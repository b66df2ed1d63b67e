import { DecisionTreeClassifier } from "@mlsec/trees";
import { fromMlCart, toMlCart } from "@mlsec/trees/ml-cart";
import { DecisionTreeClassifier as MlCart } from "ml-cart";
import { describe, expect, it } from "vitest";
import { clouds } from "./generated.js";

/** A matrix of float32 values, and its rows. */
function data(seed: number) {
  const { matrix, labels } = clouds(250, 4, 3, seed);
  for (const column of matrix.columns) for (const [row, value] of column.entries()) column[row] = Math.fround(value);
  const rows = Array.from({ length: matrix.rows }, (_, row) => matrix.columns.map((column) => column[row]!));
  return { matrix, labels, rows };
}

describe("trees of ml-cart", () => {
  it.each([1, 2, 3])("keep their verdicts here, seed %i", (seed) => {
    const { matrix, labels, rows } = data(seed);
    const peer = new MlCart({ gainFunction: "gini", maxDepth: 6, minNumSamples: 3 });
    peer.train(rows, [...labels.codes]);
    const tree = fromMlCart(JSON.parse(JSON.stringify(peer)), { features: matrix.features, classes: labels.classes });
    const probes = data(seed + 10);
    expect(tree.leaves).toBeGreaterThan(5);
    expect([...tree.predict(matrix)]).toEqual(peer.predict(rows));
    expect([...tree.predict(probes.matrix)]).toEqual(peer.predict(probes.rows));
    // On a threshold, a row goes right there.
    const { feature, threshold, left } = tree.nodes;
    const onThresholds = [...left.keys()]
      .filter((node) => left[node]! >= 0)
      .map((node) => {
        const row = [...rows[node]!];
        row[feature[node]!] = Math.fround(threshold[node]!);
        return row;
      });
    expect(onThresholds.map((row) => tree.predictRow(row))).toEqual(peer.predict(onThresholds));
    expect(DecisionTreeClassifier.fromJSON(JSON.parse(JSON.stringify(tree)))).toEqual(tree);
  });

  it("are made of ours, with our verdicts", async () => {
    for (const criterion of ["gini", "entropy"] as const) {
      const { matrix, labels, rows } = data(4);
      const tree = await DecisionTreeClassifier.fit(matrix, labels, { criterion });
      const peer = MlCart.load(JSON.parse(JSON.stringify(toMlCart(tree))));
      expect(peer.predict(rows)).toEqual([...tree.predict(matrix)]);
      const probes = data(14);
      expect(peer.predict(probes.rows)).toEqual([...tree.predict(probes.matrix)]);
      const names = { features: matrix.features, classes: labels.classes };
      const back = fromMlCart(JSON.parse(JSON.stringify(toMlCart(tree))), names);
      for (const part of ["feature", "threshold", "left", "right"] as const) {
        expect(back.nodes[part]).toEqual(tree.nodes[part]);
      }
    }
  });

  const names = { features: ["x", "y"], classes: ["a", "b"] };
  const leaf = { distribution: [[0.25, 0.75]] };
  const inner = { splitColumn: 1, splitValue: 2, left: leaf, right: { distribution: [[1]] } };

  it("may lack the shares of classes that a leaf has not seen", () => {
    const tree = fromMlCart({ name: "DTClassifier", root: inner }, names);
    expect([...tree.nodes.value]).toEqual([0.625, 0.375, 0.25, 0.75, 1, 0]);
    expect([tree.predictRow([0, 1.9]), tree.predictRow([0, 2]), tree.predictRow([0, Number.NaN])]).toEqual([1, 0, 0]);
  });

  it.each([
    [null, names],
    [{ name: "DTRegression", root: leaf }, names],
    [{ name: "DTClassifier" }, names],
    [{ name: "DTClassifier", root: { ...inner, splitColumn: 2 } }, names],
    [{ name: "DTClassifier", root: { ...inner, splitValue: null } }, names],
    [{ name: "DTClassifier", root: { ...inner, left: undefined } }, names],
    [{ name: "DTClassifier", root: { distribution: 3 } }, names],
    [{ name: "DTClassifier", root: { distribution: [[0.5, 0.4]] } }, names],
    [{ name: "DTClassifier", root: { distribution: [[0.2, 0.3, 0.5]] } }, names],
    [{ name: "DTClassifier", root: { distribution: [[-1, 2]] } }, names],
    [
      { name: "DTClassifier", root: leaf },
      { features: [], classes: ["a", "b"] },
    ],
    [
      { name: "DTClassifier", root: leaf },
      { features: ["x"], classes: ["a", "a"] },
    ],
  ])("are refused where they are not: %j", (model, given) => {
    expect(() => fromMlCart(model, given)).toThrowError(expect.objectContaining({ code: "invalid-state" }));
  });

  it("are refused where they never end", () => {
    const endless: Record<string, unknown> = { splitColumn: 0, splitValue: 0, left: leaf };
    endless.right = endless;
    expect(() => fromMlCart({ name: "DTClassifier", root: endless }, names)).toThrowError(/at most 1000000 nodes/);
  });
});
