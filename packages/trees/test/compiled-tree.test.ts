import { type FeatureMatrix, MlsecError } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { DecisionTreeClassifier, FittedForest, type FittedTree, RandomForestClassifier } from "@mlsec/trees";
import { beforeAll, describe, expect, it } from "vitest";
import { clouds, matrixOf } from "./generated.js";

const FEATURES = 6;

/** A row as the documentation says that it goes: float32 against the threshold, missing values where the node says. */
function leafByDefinition({ nodes }: FittedTree, values: readonly number[]): number {
  let node = 0;
  while (nodes.left[node]! >= 0) {
    const value = Math.fround(values[nodes.feature[node]!]!);
    const left = Number.isNaN(value) ? nodes.missingLeft[node] === 1 : value <= nodes.threshold[node]!;
    node = left ? nodes.left[node]! : nodes.right[node]!;
  }
  return node;
}

/** Rows of which some lie on thresholds or next to them, and some lack values. */
function awkwardRows(tree: FittedTree, count: number): number[][] {
  const random = Random.seeded(5);
  const thresholds = tree.nodes.threshold.filter(
    (threshold, node) => tree.nodes.left[node]! >= 0 && Number.isFinite(Math.fround(threshold)),
  );
  return Array.from({ length: count }, () =>
    Array.from({ length: FEATURES }, () => {
      const threshold = thresholds[random.below(thresholds.length)]!;
      switch (random.below(6)) {
        case 0:
          return Number.NaN;
        case 1:
          return threshold;
        case 2:
          return threshold * (1 + 2 ** -52);
        case 3:
          return Math.fround(threshold) * (1 + 2 ** -23);
        default:
          return random.normal();
      }
    }),
  );
}

const transposed = (rows: readonly (readonly number[])[]): FeatureMatrix =>
  matrixOf(Array.from({ length: FEATURES }, (_, index) => rows.map((row) => row[index]!)));

describe("a compiled tree", () => {
  let tree: DecisionTreeClassifier;
  let rows: number[][];
  let expected: number[];

  beforeAll(async () => {
    const { matrix, labels } = clouds(700, FEATURES, 5, 3);
    for (let row = 0; row < matrix.rows; row += 5) matrix.columns[row % FEATURES]![row] = Number.NaN;
    tree = await DecisionTreeClassifier.fit(matrix, labels);
    // More than two blocks.
    rows = awkwardRows(tree, 2500);
    expected = rows.map((row) => leafByDefinition(tree, row));
  });

  it("sends every row where the tree's numbers say: alone, row-major in both precisions, and in a matrix", () => {
    const compiled = tree.compile();
    expect(tree.compile()).toBe(compiled);
    expect(new Set(expected).size).toBeGreaterThan(50);
    expect(rows.map((row) => compiled.applyRow(row))).toEqual(expected);
    expect([...compiled.applyRows(Float64Array.from(rows.flat()))]).toEqual(expected);
    expect([...compiled.applyRows(Float32Array.from(rows.flat()))]).toEqual(expected);
    expect([...tree.apply(transposed(rows))]).toEqual(expected);
    expect(rows.map((row) => tree.decisionPath(row).at(-1))).toEqual(expected);
  });

  it("gives classes and shares as the tree does, into arrays of the caller's", () => {
    const compiled = tree.compile();
    const classes = tree.predict(transposed(rows));
    const shares = tree.predictProba(transposed(rows));
    const out = new Int32Array(rows.length);
    expect(compiled.predictRows(Float64Array.from(rows.flat()), out)).toBe(out);
    expect(out).toEqual(classes);
    const own = new Float64Array(5);
    for (const [row, values] of rows.entries()) {
      expect(compiled.predictRow(values)).toBe(classes[row]);
      expect(compiled.probaRow(values, own)).toBe(own);
      expect(own).toEqual(shares.slice(row * 5, row * 5 + 5));
    }
  });

  it("refuses infinite values on the way and says where, and does not look at others", async () => {
    const stump = await DecisionTreeClassifier.fit(
      matrixOf([
        [1, 2, 3, 4],
        [0, 0, 0, 0],
      ]),
      {
        codes: Int32Array.of(0, 0, 1, 1),
        classes: ["a", "b"],
      },
    );
    const compiled = stump.compile();
    const caught = (run: () => unknown): MlsecError => {
      try {
        run();
      } catch (error) {
        return error as MlsecError;
      }
      throw new Error("Nothing was thrown.");
    };
    const detailed = { feature: "f0", value: Number.POSITIVE_INFINITY, row: 1 };
    const wide = Float64Array.of(1, 0, Number.POSITIVE_INFINITY, 0);
    for (const run of [
      () => compiled.applyRows(wide),
      () =>
        stump.predict(
          matrixOf([
            [1, Number.POSITIVE_INFINITY],
            [0, 0],
          ]),
        ),
    ]) {
      expect(caught(run)).toBeInstanceOf(MlsecError);
      expect(caught(run)).toMatchObject({ code: "not-finite", details: detailed });
    }
    expect(caught(() => compiled.predictRow([-1e39, 0]))).toMatchObject({ details: { feature: "f0", value: -1e39 } });
    expect([...compiled.predictRows(Float64Array.of(1, Number.NEGATIVE_INFINITY, 4, 1e300))]).toEqual([0, 1]);
    expect([
      ...stump.predict(
        matrixOf([
          [1, 4],
          [Number.NEGATIVE_INFINITY, 1e300],
        ]),
      ),
    ]).toEqual([0, 1]);
  });

  it("refuses buffers that do not fit", () => {
    const compiled = tree.compile();
    const mismatch = expect.objectContaining({ code: "length-mismatch" });
    expect(() => compiled.applyRow([1])).toThrowError(mismatch);
    expect(() => compiled.applyRows(new Float64Array(FEATURES + 1))).toThrowError(mismatch);
    expect(() => compiled.applyRows(new Float64Array(FEATURES), new Int32Array(2))).toThrowError(mismatch);
    expect([...compiled.applyRows(new Float64Array(0))]).toEqual([]);
    expect([...tree.apply(transposed([]))]).toEqual([]);
  });

  it("may be a single leaf", async () => {
    const leaf = await DecisionTreeClassifier.fit(matrixOf([[1, 2]]), {
      codes: Int32Array.of(1, 1),
      classes: ["a", "b"],
    });
    expect([...leaf.predict(matrixOf([[7, Number.POSITIVE_INFINITY]]))]).toEqual([1, 1]);
    expect(leaf.compile().predictRow([Number.NaN])).toBe(1);
  });
});

describe("a forest's scores", () => {
  it("are the mean of its trees' shares, in a matrix of several blocks as in a row", async () => {
    const { matrix, labels } = clouds(1300, FEATURES, 3, 8);
    for (let row = 0; row < matrix.rows; row += 9) matrix.columns[2]![row] = Number.NaN;
    const forest = await RandomForestClassifier.fit(matrix, labels, { nEstimators: 7, maxDepth: 6 });
    const shares = forest.predictProba(matrix);
    const byTree = forest.trees.map((tree) => tree.predictProba(matrix));
    expect(shares).toEqual(shares.map((_, at) => byTree.reduce((sum, own) => sum + own[at]!, 0) / forest.trees.length));
    for (let row = 0; row < matrix.rows; row += 50) {
      expect(forest.probaRow(matrix.columns.map((column) => column[row]!))).toEqual(shares.slice(row * 3, row * 3 + 3));
    }
  });

  it("are the same in a matrix and in a row where a leaf's shares sum to a little more than 1", () => {
    const leaf = { feature: [-1], threshold: [0], left: [-1], right: [-1], impurity: [0], samples: [1] };
    const nodes = { ...leaf, weightedSamples: [1], value: [1, 5e-7] };
    const forest = FittedForest.fromState({ classes: ["a", "b"], features: ["f0"], nodeCounts: [1], nodes });
    expect([...forest.predictProba(matrixOf([[0]]))]).toEqual([1, 5e-7]);
    expect([...forest.probaRow([0])]).toEqual([1, 5e-7]);
  });
});
