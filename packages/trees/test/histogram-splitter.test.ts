import { Random } from "@mlsec/preprocess/numeric";
import { DecisionTreeClassifier, type DecisionTreeOptions, rankColumns } from "@mlsec/trees";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accuracy, clouds, labelsOf, matrixOf } from "./generated.js";

const { fit } = DecisionTreeClassifier;
const nan = Number.NaN;

/** Rows enough for histograms to be inherited, of features with few values, some of them missing. */
function coarse(rows: number, features: number, classes: number, seed: number, holes: boolean) {
  const random = Random.seeded(seed);
  const codes = Array.from({ length: rows }, () => random.below(classes));
  const columns = Array.from({ length: features }, (_, feature) =>
    codes.map((code) =>
      holes && random.below(9) === 0 ? nan : Math.floor((random.normal() + (code % (feature + 2))) * 8),
    ),
  );
  columns.push(codes.map(() => 1));
  return { matrix: matrixOf(columns), labels: labelsOf(codes, classes), random };
}

async function expectSameTree(
  { matrix, labels }: Pick<ReturnType<typeof coarse>, "matrix" | "labels">,
  options: DecisionTreeOptions,
) {
  const exact = await fit(matrix, labels, options);
  const histogram = await fit(matrix, labels, { ...options, splitter: "histogram" });
  expect(histogram.splitter).toBe("histogram");
  expect(histogram.nodeCount).toBeGreaterThan(1);
  expect(histogram.nodes).toEqual(exact.nodes);
  const ranked = await fit(await rankColumns(matrix), labels, { ...options, splitter: "histogram" });
  expect(ranked.nodes).toEqual(exact.nodes);
}

describe("histograms of features that have no more values than bins", () => {
  const criteria = ["gini", "entropy"] as const;
  const options: DecisionTreeOptions[] = [
    {},
    { maxDepth: 6 },
    { classWeight: "balanced", maxDepth: 8 },
    { minSamplesLeaf: 40 },
    { minImpurityDecrease: 1e-4 },
    { maxLeafNodes: 30 },
  ];
  for (const criterion of criteria) {
    for (const holes of [false, true]) {
      it.each(options)(`grow the exact tree: ${criterion}, ${holes ? "with" : "without"} missing values, %o`, (one) =>
        expectSameTree(coarse(6000, 5, 4, 31, holes), { criterion, ...one }),
      );
    }
  }

  it("grow the exact tree of weighted rows, whole numbers or not", async () => {
    const data = coarse(4000, 4, 3, 32, true);
    const whole = Float64Array.from(data.labels.codes, () => data.random.below(4));
    await expectSameTree(data, { sampleWeight: whole, minSamplesLeaf: 5 });
    // Eighths add up without rounding in any order.
    await expectSameTree(data, { sampleWeight: whole.map((weight) => weight / 8), minSamplesLeaf: 5 });
  });

  it("grow the exact tree of any small data", async () => {
    const row = fc.record({ a: fc.constantFrom(0, 1, 2, 3, nan), b: fc.integer({ min: -3, max: 3 }), code: fc.nat(2) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        async (rows, least) => {
          const matrix = matrixOf([rows.map(({ a }) => a), rows.map(({ b }) => b)]);
          const labels = labelsOf(
            rows.map(({ code }) => code),
            3,
          );
          const exact = await fit(matrix, labels, { minSamplesLeaf: least });
          const histogram = await fit(matrix, labels, { minSamplesLeaf: least, splitter: "histogram" });
          expect(histogram.nodes).toEqual(exact.nodes);
        },
      ),
    );
  });
});

describe("histograms of continuous features", () => {
  it("score training rows as they split them, and nearly as well as exact splits", async () => {
    const { matrix, labels } = clouds(20_000, 8, 5, 33);
    const train = matrixOf(matrix.columns.map((column) => [...column.subarray(0, 15_000)]));
    const test = matrixOf(matrix.columns.map((column) => [...column.subarray(15_000)]));
    const trainLabels = labelsOf([...labels.codes.subarray(0, 15_000)], 5);
    const testLabels = labelsOf([...labels.codes.subarray(15_000)], 5);
    const histogram = await fit(train, trainLabels, { maxDepth: 10, splitter: "histogram" });
    const counts = new Int32Array(histogram.nodeCount);
    for (const leaf of histogram.apply(train)) counts[leaf]!++;
    for (let node = 0; node < counts.length; node++) {
      if (histogram.nodes.left[node]! < 0) expect(counts[node]).toBe(histogram.nodes.samples[node]);
    }
    const exact = await fit(train, trainLabels, { maxDepth: 10 });
    const right = (tree: DecisionTreeClassifier) => accuracy(tree.predict(test), testLabels);
    expect(Math.abs(right(histogram) - right(exact))).toBeLessThan(0.01);
    expect(histogram.nodes).not.toEqual(exact.nodes);
    const again = await fit(train, trainLabels, { maxDepth: 10, splitter: "histogram" });
    expect(again.nodes).toEqual(histogram.nodes);
  });

  it("are narrow where a rare class is", async () => {
    const random = Random.seeded(4);
    const codes = Array.from({ length: 200_000 }, (_, row) => (row % 999 === 0 ? 1 : 0));
    // As many rows of the frequent class are there.
    const column = codes.map((code) => (code === 1 ? 0.5 + 0.001 * random.float() : random.float()));
    const tree = await fit(matrixOf([column]), labelsOf(codes, 2), { maxDepth: 6, splitter: "histogram" });
    const shares = tree.nodes.value.filter((_, index) => index % 2 === 1);
    expect(Math.max(...shares)).toBeGreaterThan(0.4);
  });

  it("keep neighbours apart that are frequent, however many rare values there are", async () => {
    const rare = Array.from({ length: 2000 }, (_, index) => index / 3 + 10);
    const column = [...Array<number>(3000).fill(1), ...Array<number>(3000).fill(2), ...rare];
    const tree = await fit(matrixOf([column]), labelsOf(column.map((value) => (value === 1 ? 0 : 1))), {
      splitter: "histogram",
    });
    expect([tree.nodeCount, tree.nodes.threshold[0]]).toEqual([3, 1.5]);
  });

  it("stop on a signal", async () => {
    const { matrix, labels } = clouds(50_000, 8, 5, 34);
    const controller = new AbortController();
    const growing = fit(matrix, labels, { splitter: "histogram", signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await expect(growing).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("the splitter option", () => {
  it("is remembered by the tree and its JSON; auto says what it took", async () => {
    const { matrix, labels } = clouds(300, 3, 2, 35);
    const tree = await fit(matrix, labels, { splitter: "histogram" });
    expect(DecisionTreeClassifier.fromJSON(tree.toJSON()).splitter).toBe("histogram");
    const small = await fit(matrix, labels, { splitter: "auto" });
    expect([small.splitter, DecisionTreeClassifier.fromJSON(small.toJSON()).splitter]).toEqual(["exact", "exact"]);
    const many = clouds(100_000, 1, 2, 36);
    const large = await fit(many.matrix, many.labels, { splitter: "auto", maxDepth: 2 });
    expect(large.splitter).toBe("histogram");
  });

  it("is refused where it is unknown or features are drawn", async () => {
    const { matrix, labels } = clouds(50, 3, 2, 37);
    for (const options of [{ splitter: "best" as "exact" }, { splitter: "histogram", maxFeatures: 1 } as const]) {
      await expect(fit(matrix, labels, options)).rejects.toMatchObject({ code: "invalid-option" });
    }
  });
});
