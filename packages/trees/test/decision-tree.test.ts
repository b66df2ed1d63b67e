import { type FeatureMatrix, type Labels, toPlain } from "@mlsec/preprocess";
import { DecisionTreeClassifier, type DecisionTreeOptions, rankColumns } from "@mlsec/trees";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clouds, labelsOf, matrixOf } from "./generated.js";

const { fit } = DecisionTreeClassifier;

/** A split that a full scan finds, and the weighted impurity that it leaves. */
interface Candidate {
  readonly feature: number;
  readonly threshold: number;
  readonly impurity: number;
}

/** Every allowed split of some rows, by feature and threshold, computed in the plainest way from the definition. */
function scan(
  matrix: FeatureMatrix,
  labels: Labels,
  weights: readonly number[],
  rows: readonly number[],
  { criterion, minSamplesLeaf = 1 }: DecisionTreeOptions,
): Candidate[] {
  const impurityOf = (side: readonly number[]): number => {
    const sums = labels.classes.map((_, c) =>
      side.filter((row) => labels.codes[row] === c).reduce((sum, row) => sum + weights[row]!, 0),
    );
    const total = sums.reduce((a, b) => a + b);
    const shares = sums.map((sum) => sum / total).filter((share) => share > 0);
    const impurity =
      criterion === "gini"
        ? 1 - shares.reduce((sum, p) => sum + p * p, 0)
        : -shares.reduce((sum, p) => sum + p * Math.log2(p), 0);
    return total * impurity;
  };
  return matrix.columns.flatMap((column, feature) => {
    const values = [...new Set(rows.map((row) => Math.fround(column[row]!)))].sort((a, b) => a - b);
    return values.slice(1).flatMap((upper, index) => {
      const lower = values[index]!;
      const threshold = lower / 2 + upper / 2;
      const left = rows.filter((row) => Math.fround(column[row]!) <= threshold);
      const right = rows.filter((row) => Math.fround(column[row]!) > threshold);
      const apart = upper > Math.fround(lower + Math.fround(1e-7));
      if (!apart || left.length < minSamplesLeaf || right.length < minSamplesLeaf) return [];
      return [{ feature, threshold, impurity: impurityOf(left) + impurityOf(right) }];
    });
  });
}

const value = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 5 }) },
  { weight: 2, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) },
  // Neighbours too close to part.
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 8 }).map((step) => step * 6e-8) },
);

const problem = fc
  .record({ rows: fc.integer({ min: 1, max: 60 }), features: fc.integer({ min: 1, max: 4 }) })
  .chain(({ rows, features }) =>
    fc.record({
      columns: fc.array(fc.array(value, { minLength: rows, maxLength: rows }), {
        minLength: features,
        maxLength: features,
      }),
      codes: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: rows, maxLength: rows }),
      criterion: fc.constantFrom("gini" as const, "entropy" as const),
      classWeight: fc.constantFrom(undefined, "balanced" as const, { a: 0.3, c: 7 }),
      sampleWeight: fc.option(
        fc.oneof(
          fc.array(fc.integer({ min: 1, max: 4 }), { minLength: rows, maxLength: rows }),
          fc.array(fc.double({ min: 0.01, max: 5, noNaN: true }), { minLength: rows, maxLength: rows }),
        ),
        { nil: undefined },
      ),
      minSamplesLeaf: fc.integer({ min: 1, max: 4 }),
      minSamplesSplit: fc.integer({ min: 2, max: 6 }),
      maxDepth: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    }),
  );

describe("growing a tree", () => {
  it("finds at every node the split that a full scan finds, and of equal ones the first", async () => {
    await fc.assert(
      fc.asyncProperty(problem, async ({ columns, codes, sampleWeight, classWeight, ...rules }) => {
        const matrix = matrixOf(columns);
        const labels = labelsOf(codes, 4);
        const tree = await fit(matrix, labels, {
          ...rules,
          classWeight,
          sampleWeight: sampleWeight && Float64Array.from(sampleWeight),
        });
        const present = new Set(codes).size;
        const factor = (code: number): number => {
          if (classWeight === undefined) return 1;
          if (classWeight === "balanced") return codes.length / (present * codes.filter((c) => c === code).length);
          return new Map(Object.entries(classWeight)).get(labels.classes[code]!) ?? 1;
        };
        const weights = codes.map((code, row) => factor(code) * (sampleWeight?.[row] ?? 1));
        const { feature, threshold, left, right, samples } = tree.nodes;

        const check = (node: number, rows: number[], depth: number): void => {
          expect(samples[node]).toBe(rows.length);
          const pure = new Set(rows.map((row) => codes[row])).size === 1;
          const mustStop =
            pure ||
            depth === rules.maxDepth ||
            rows.length < rules.minSamplesSplit ||
            rows.length < 2 * rules.minSamplesLeaf;
          const candidates = mustStop ? [] : scan(matrix, labels, weights, rows, rules);
          if (candidates.length === 0) {
            expect(feature[node]).toBe(-1);
            return;
          }
          const best = Math.min(...candidates.map((candidate) => candidate.impurity));
          const tolerance = 1e-10 * weights.reduce((a, b) => a + b);
          const first = candidates.find((candidate) => candidate.impurity <= best + tolerance)!;
          expect([feature[node], threshold[node]]).toEqual([first.feature, first.threshold]);
          const column = matrix.columns[first.feature]!;
          const goesLeft = (row: number): boolean => Math.fround(column[row]!) <= first.threshold;
          check(left[node]!, rows.filter(goesLeft), depth + 1);
          check(
            right[node]!,
            rows.filter((row) => !goesLeft(row)),
            depth + 1,
          );
        };
        check(0, [...codes.keys()], 0);
      }),
      { numRuns: 300 },
    );
  });

  it("splits where no single split helps, as in exclusive or", async () => {
    const tree = await fit(
      matrixOf([
        [0, 0, 1, 1],
        [0, 1, 0, 1],
      ]),
      labelsOf([0, 1, 1, 0]),
    );
    expect(
      Array.from(
        tree.predict(
          matrixOf([
            [0, 0, 1, 1],
            [0, 1, 0, 1],
          ]),
        ),
      ),
    ).toEqual([0, 1, 1, 0]);
  });

  it("draws constant features as scikit-learn does: they count, but one that varies is always looked at", async () => {
    const { matrix, labels } = clouds(60, 2, 2, 5);
    const constants = Array.from({ length: 10 }, () => Array<number>(60).fill(3));
    const wide = matrixOf([...matrix.columns.map((column) => [...column]), ...constants]);
    const roots = await Promise.all(
      Array.from({ length: 60 }, async (_, seed) => {
        const { nodes } = await fit(wide, labels, { maxFeatures: 2, maxDepth: 1, seed });
        return nodes.feature[0];
      }),
    );
    expect(new Set(roots)).toEqual(new Set([0, 1]));
  });

  it("leaves rows of weight 0 out", async () => {
    const { matrix, labels } = clouds(200, 4, 3, 1);
    const kept = Int32Array.from({ length: 200 }, (_, row) => row).filter((row) => row % 3 > 0);
    const part = matrixOf(matrix.columns.map((column) => Array.from(kept, (row) => column[row]!)));
    const partLabels = labelsOf(
      Array.from(kept, (row) => labels.codes[row]!),
      3,
    );
    const sampleWeight = Float64Array.from({ length: 200 }, (_, row) => (row % 3 > 0 ? 1 : 0));
    const whole = await fit(matrix, labels, { sampleWeight });
    expect(whole.nodes).toEqual((await fit(part, partLabels)).nodes);
  });

  it("grows the same tree from ranks made once, for any selection of features", async () => {
    const { matrix, labels } = clouds(300, 6, 3, 2);
    const ranked = await rankColumns(matrix);
    const names = ["f4", "f0", "f3"];
    const direct = await fit({ ...matrix, features: names, columns: [4, 0, 3].map((i) => matrix.columns[i]!) }, labels);
    expect((await fit(ranked.select(names), labels)).toJSON()).toEqual(direct.toJSON());
  });

  it("gives other work a turn and stops within 100 ms of an abort, even in the root of one big tree", async () => {
    const { matrix, labels } = clouds(60_000, 40, 5, 3);
    const controller = new AbortController();
    let aborted = 0;
    setTimeout(() => {
      aborted = performance.now();
      controller.abort();
    }, 120);
    const growing = fit(matrix, labels, { criterion: "entropy", signal: controller.signal });
    await expect(growing).rejects.toMatchObject({ code: "aborted" });
    expect(performance.now() - aborted).toBeLessThan(100);
  });

  it("reports every feature with values that a tree cannot see", async () => {
    const matrix = matrixOf([
      [1, Number.NEGATIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY],
      [1, 2, 3, 4],
      [1e39, 0, 0, 0],
    ]);
    await expect(fit(matrix, labelsOf([0, 1, 0, 1]))).rejects.toMatchObject({
      code: "not-finite",
      details: {
        feature: "f0",
        row: 1,
        value: Number.NEGATIVE_INFINITY,
        count: 3,
        problems: [{ feature: "f0" }, { feature: "f2" }],
      },
    });
  });

  it.each([
    [{ maxDepth: 0 }, "maxDepth"],
    [{ minSamplesSplit: 1 }, "minSamplesSplit"],
    [{ minSamplesLeaf: 0.5 }, "minSamplesLeaf"],
    [{ maxFeatures: 1.5 }, "maxFeatures"],
    [{ criterion: "mse" as "gini" }, "criterion"],
    [{ classWeight: { nobody: 1 } }, "classWeight"],
    [{ classWeight: { a: -1 } }, 'classWeight of "a"'],
    [{ sampleWeight: Float64Array.of(1, 2) }, "sampleWeight"],
    [{ sampleWeight: Float64Array.of(1, 2, Number.NaN) }, "sampleWeight[2]"],
  ] satisfies [DecisionTreeOptions, string][])("refuses %o", async (options, option) => {
    await expect(fit(matrixOf([[1, 2, 3]]), labelsOf([0, 1, 0]), options)).rejects.toMatchObject({
      code: "invalid-option",
      details: { option },
    });
  });

  it("refuses labels that do not fit the matrix", async () => {
    const matrix = matrixOf([[1, 2, 3]]);
    await expect(fit(matrix, labelsOf([0, 1]))).rejects.toMatchObject({ code: "length-mismatch" });
    await expect(fit(matrix, labelsOf([0, 5, 1], 2))).rejects.toMatchObject({ code: "invalid-labels" });
    await expect(fit(matrixOf([[]]), labelsOf([], 2))).rejects.toMatchObject({ code: "no-rows" });
    await expect(fit({ rows: 3, features: [], columns: [] }, labelsOf([0, 1, 0]))).rejects.toMatchObject({
      code: "no-features",
    });
  });
});

describe("a fitted tree", () => {
  it("scores a row alone as it scores it in a matrix", async () => {
    const { matrix, labels } = clouds(400, 5, 4, 7);
    const tree = await fit(matrix, labels, { maxDepth: 5 });
    const leaves = tree.apply(matrix);
    const classes = tree.predict(matrix);
    const shares = tree.predictProba(matrix);
    for (let row = 0; row < matrix.rows; row += 7) {
      const values = matrix.columns.map((column) => column[row]!);
      expect(tree.predictRow(values)).toBe(classes[row]);
      expect(tree.probaRow(values)).toEqual(shares.slice(row * 4, row * 4 + 4));
      const path = tree.decisionPath(values);
      expect(path[0]).toBe(0);
      expect(path.at(-1)).toBe(leaves[row]);
    }
  });

  it("names the first feature that is not where it was at fit", async () => {
    const tree = await fit(
      matrixOf([
        [1, 2],
        [3, 4],
      ]),
      labelsOf([0, 1]),
    );
    const swapped = {
      ...matrixOf([
        [1, 2],
        [3, 4],
      ]),
      features: ["f1", "f0"],
    };
    expect(() => tree.predict(swapped)).toThrowError(/Feature 0 must be "f0", but is "f1".*another order/);
    expect(() => tree.predict(matrixOf([[1, 2]]))).toThrowError(/Feature 1 must be "f1", but is absent/);
    expect(() => tree.predictRow([1])).toThrowError(expect.objectContaining({ code: "length-mismatch" }));
  });

  it("refuses values it would have to guess about", async () => {
    const tree = await fit(matrixOf([[1, 2]]), labelsOf([0, 1]));
    for (const bad of [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 1e39]) {
      expect(() => tree.predict(matrixOf([[1, bad]]))).toThrowError(expect.objectContaining({ code: "not-finite" }));
      expect(() => tree.predictRow([bad])).toThrowError(expect.objectContaining({ code: "not-finite" }));
    }
  });

  it("keeps classes that no row has, with probability 0", async () => {
    const tree = await fit(matrixOf([[1, 2]]), labelsOf([0, 2], 4), { classWeight: "balanced" });
    expect(Array.from(tree.probaRow([2]))).toEqual([0, 0, 1, 0]);
    expect(Array.from(tree.nodes.weightedSamples)).toEqual([2, 1, 1]);
  });

  it("rounds thresholds in its text as Python does", async () => {
    const tree = await fit(matrixOf([[0, 0.25]]), labelsOf([0, 1]));
    expect(tree.toText()).toBe("|--- f0 <= 0.12\n|   |--- class: a\n|--- f0 >  0.12\n|   |--- class: b\n");
    expect(tree.toText({ decimals: 3, showWeights: true })).toContain("weights: [0.000, 1.000] class: b");
  });

  it("writes branches below the depth asked for as one line", async () => {
    const tree = await fit(matrixOf([[0, 1, 2, 3, 4]]), labelsOf([0, 1, 0, 1, 0]));
    expect(tree.toText({ maxDepth: 0 })).toMatch(/truncated branch of depth [34]\n/);
  });

  it("survives state and JSON to the bit", async () => {
    const { matrix, labels } = clouds(300, 5, 3, 11);
    const tree = await fit(matrix, labels, { criterion: "entropy", classWeight: "balanced" });
    const parsed = JSON.parse(JSON.stringify(tree.toJSON()));
    for (const copy of [DecisionTreeClassifier.fromState(tree.toState()), DecisionTreeClassifier.fromJSON(parsed)]) {
      expect(copy).toEqual(tree);
      expect(copy.predictProba(matrix)).toEqual(tree.predictProba(matrix));
    }
  });

  it("refuses a state that is not one well-formed tree", async () => {
    const { matrix, labels } = clouds(100, 3, 2, 4);
    const tree = await fit(matrix, labels);
    type Plain = { classes: string[]; features: string[]; nodes: Record<string, number[]> };
    const broken = (change: (state: Plain) => void) => {
      const state = toPlain(tree.toState()) as unknown as Plain;
      const copy = structuredClone(state);
      change(copy);
      return () => DecisionTreeClassifier.fromState(copy);
    };
    const invalid = expect.objectContaining({ code: "invalid-state" });
    expect(broken(() => undefined)).not.toThrow();
    const changes: ((state: Plain) => void)[] = [
      ({ nodes }) => nodes["left"]!.pop(),
      ({ nodes }) => (nodes["left"]![0] = 0), // a node below itself
      ({ nodes }) => (nodes["left"]![0] = nodes["right"]![0]!), // two links to one node
      ({ nodes }) => (nodes["right"]![0] = nodes["left"]!.length), // beyond the end
      ({ nodes }) => (nodes["feature"]![0] = -1), // a leaf with children
      ({ nodes }) => (nodes["feature"]![0] = 3), // a feature that is not there
      ({ nodes }) => (nodes["threshold"]![0] = Number.NaN),
      ({ nodes }) => (nodes["value"]![0] = -0.5),
      ({ nodes }) => (nodes["value"]![0]! += 0.5),
      ({ nodes }) => (nodes["samples"]![0] = 1.5),
      ({ nodes }) => (nodes["impurity"]![0] = 65), // importances would overflow
      ({ nodes }) => (nodes["weightedSamples"]![0] = 1e300),
      (state) => state.classes.push("c"),
      (state) => (state.features[1] = state.features[0]!),
      (state) => (state.classes = []),
      (state) => (state.nodes = {}),
    ];
    for (const change of changes) expect(broken(change), String(change)).toThrowError(invalid);
  });

  it("refuses a tree deeper than any of traffic, and takes shares that rounding made more than 1 for 1", () => {
    const chain = (depth: number): unknown => {
      const isLeaf = (node: number): boolean => node % 2 === 1 || node === 2 * depth;
      const each = <T>(of: (node: number) => T): T[] => Array.from({ length: 2 * depth + 1 }, (_, node) => of(node));
      return {
        classes: ["a", "b"],
        features: ["x"],
        nodes: {
          feature: each((node) => (isLeaf(node) ? -1 : 0)),
          left: each((node) => (isLeaf(node) ? -1 : node + 1)),
          right: each((node) => (isLeaf(node) ? -1 : node + 2)),
          threshold: each((node) => node),
          impurity: each(() => 0),
          samples: each(() => 1),
          weightedSamples: each(() => 1),
          value: each(() => [0, 1 + 1e-7]).flat(),
        },
      };
    };
    const deepest = DecisionTreeClassifier.fromState(chain(16_384));
    expect(deepest.depth).toBe(16_384);
    expect(deepest.probaRow([3])).toEqual(Float64Array.of(0, 1));
    expect(() => DecisionTreeClassifier.fromState(chain(16_385))).toThrowError(/at most 16384 levels/);
  });

  it("grows and reads back a tree as deep as it has rows without running out of stack", async () => {
    const rows = 4000;
    const tree = await fit(
      matrixOf([Array.from({ length: rows }, (_, i) => i)]),
      labelsOf(Array.from({ length: rows }, (_, i) => i % 2)),
      { sampleWeight: Float64Array.from({ length: rows }, (_, i) => 1.5 ** Math.min(i, 800)) },
    );
    expect(tree.depth).toBeGreaterThan(500);
    expect(DecisionTreeClassifier.fromState(tree.toState()).depth).toBe(tree.depth);
  });
});
