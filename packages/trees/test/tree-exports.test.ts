import { DecisionTreeClassifier, type TreeRule, treeDot, treeSvg } from "@mlsec/trees";
import { describe, expect, it } from "vitest";
import { clouds, labelsOf, matrixOf } from "./generated.js";

const meets = ({ conditions }: TreeRule, values: Readonly<Record<string, number>>): boolean =>
  conditions.every(({ feature, above, upTo, missing }) => {
    const value = Math.fround(values[feature]!);
    return Number.isNaN(value) ? missing : value > above && value <= upTo;
  });

describe("the rules of a tree", () => {
  it("are met one at a time by every row, and predict what the tree predicts", async () => {
    const { matrix, labels } = clouds(600, 4, 3, 11);
    for (let row = 0; row < matrix.rows; row += 7) matrix.columns[row % 4]![row] = Number.NaN;
    const tree = await DecisionTreeClassifier.fit(matrix, labels, { maxDepth: 7 });
    const rules = tree.rules();
    expect(rules).toHaveLength(tree.leaves);
    const leaves = tree.apply(matrix);
    const classes = tree.predict(matrix);
    const counts = new Map(rules.map((rule) => [rule.leaf, 0]));
    for (let row = 0; row < matrix.rows; row++) {
      const values = Object.fromEntries(matrix.features.map((name, index) => [name, matrix.columns[index]![row]!]));
      const met = rules.filter((rule) => meets(rule, values));
      expect(met.map(({ leaf, prediction }) => [leaf, prediction])).toEqual([
        [leaves[row], tree.classes[classes[row]!]],
      ]);
      counts.set(leaves[row]!, counts.get(leaves[row]!)! + 1);
    }
    for (const { leaf, samples, share } of rules) {
      expect(samples).toBe(counts.get(leaf));
      expect(share).toBe(Math.max(...tree.nodes.value.subarray(leaf * 3, leaf * 3 + 3)));
    }
  });

  it("ask a feature once, however often the tree does", async () => {
    const tree = await DecisionTreeClassifier.fit(matrixOf([[1, 2, 3, 4]]), labelsOf([0, 1, 1, 0]));
    expect(tree.rules()).toEqual([
      expect.objectContaining({
        conditions: [{ feature: "f0", above: -Infinity, upTo: 1.5, missing: false }],
        prediction: "a",
      }),
      expect.objectContaining({
        conditions: [{ feature: "f0", above: 1.5, upTo: 3.5, missing: true }],
        prediction: "b",
        samples: 2,
      }),
      expect.objectContaining({
        conditions: [{ feature: "f0", above: 3.5, upTo: Infinity, missing: false }],
        prediction: "a",
      }),
    ]);
  });
});

describe("the drawing of a tree", () => {
  it("has a box per node and an edge per child, in Graphviz' language", async () => {
    const matrix = { ...matrixOf([[1, 2, 3, 4]]), features: ['Fwd "Len"\\s\nx'] };
    const tree = await DecisionTreeClassifier.fit(matrix, labelsOf([0, 1, 1, 0]));
    expect(treeDot(tree, { decimals: 1 })).toBe(String.raw`digraph Tree {
  node [shape=box, fontname="helvetica"];
  edge [fontname="helvetica"];
  0 [label="Fwd \"Len\"\\s x ≤ 1.5\nimpurity = 0.5\nrows = 4\nclass = a"];
  0 -> 1 [label="yes"];
  0 -> 2 [label="no"];
  1 [label="impurity = 0.0\nrows = 1\nclass = a"];
  2 [label="Fwd \"Len\"\\s x ≤ 3.5\nimpurity = 0.4\nrows = 3\nclass = b"];
  2 -> 3;
  2 -> 4;
  3 [label="impurity = 0.0\nrows = 2\nclass = b"];
  4 [label="impurity = 0.0\nrows = 1\nclass = a"];
}
`);
    expect(treeDot(tree, { maxDepth: 0 }).match(/…/g)).toHaveLength(2);
  });
});

describe("the picture of a tree", () => {
  const texts = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);

  it("has a box per node, a link per child, and boxes that do not overlap", async () => {
    const { matrix, labels } = clouds(400, 4, 3, 11);
    const tree = await DecisionTreeClassifier.fit(matrix, labels, { maxDepth: 5 });
    const svg = treeSvg(tree);
    const boxes = [...svg.matchAll(/class="box" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(
      ([, ...sizes]) => sizes.map(Number) as [number, number, number, number],
    );
    expect(boxes).toHaveLength(tree.nodeCount);
    expect(svg.match(/class="link"/g)).toHaveLength(tree.nodeCount - 1);
    expect(svg.match(/class="leaf"/g)).toHaveLength(tree.leaves);
    const [width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg)!.slice(1).map(Number) as [number, number];
    for (const [at, [x, y, w, h]] of boxes.entries()) {
      expect(x + w).toBeLessThan(width);
      expect(y + h).toBeLessThan(height);
      for (const [x2, y2, w2, h2] of boxes.slice(at + 1))
        expect(x + w <= x2 || x2 + w2 <= x || y + h <= y2 || y2 + h2 <= y).toBe(true);
    }
  });

  it("asks what the tree asks, names classes, and cuts where it is told to", async () => {
    const tree = await DecisionTreeClassifier.fit(matrixOf([[1, 2, 3, 4]]), labelsOf([0, 1, 1, 0]));
    expect(texts(treeSvg(tree, { decimals: 1 }))).toEqual([
      "yes",
      "no",
      "f0 ≤ 1.5",
      "a  1.0  n = 1",
      "f0 ≤ 3.5",
      "b  1.0  n = 2",
      "a  1.0  n = 1",
    ]);
    expect(texts(treeSvg(tree, { maxDepth: 0 }))).toEqual(["yes", "no", "f0 ≤ 1.50", "…", "…"]);
  });

  it("lets no name out of its text", async () => {
    const matrix = { ...matrixOf([[1, 2]]), features: ['<script>"&\u0001'] };
    const svg = treeSvg(await DecisionTreeClassifier.fit(matrix, labelsOf([0, 1])), { title: "</title><b>" });
    for (const hostile of ["<script", "<b>", "\u0001"]) expect(svg).not.toContain(hostile);
    expect(texts(svg)).toContain("&lt;script&gt;&quot;&amp;\uFFFD ≤ 1.50");
  });
});
