import {
  MutualInformation,
  mutualInformation,
  PermutationImportance,
  permutationImportance,
  VarianceFilter,
  varianceFilter,
} from "@mlsec/feature-select";
import { featureMatrix, type Labels, type Progress } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { DecisionTreeClassifier } from "@mlsec/trees";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const again = (value: unknown) => JSON.parse(JSON.stringify(value));
const code = (wanted: string) => expect.objectContaining({ code: wanted });

/** Three classes; f1 tells most, f3 something, the rest nothing. */
function problem(rows = 300, seed = 3) {
  const random = Random.seeded(seed);
  const codes = Int32Array.from({ length: rows }, () => random.below(3));
  const columns = [0, 3, 0, 1].map((tells) => Float64Array.from(codes, (label) => random.normal() + tells * label));
  return {
    matrix: featureMatrix(["f0", "f1", "f2", "f3"], columns),
    labels: { codes, classes: ["a", "b", "c"] } satisfies Labels,
  };
}

describe("the variance filter", () => {
  const matrix = featureMatrix(
    ["wide", "constant", "gaps", "never", "narrow"],
    [
      Float64Array.of(0, 10, 0, 10),
      Float64Array.of(0.1, 0.1, 0.1, 0.1),
      Float64Array.of(Number.NaN, 0.1, Number.NaN, 0.1),
      new Float64Array(4).fill(Number.NaN),
      Float64Array.of(1, 2, 1, 2),
    ],
  );

  it("removes what does not vary, in what is present; and at a threshold what varies no more", () => {
    const filter = varianceFilter(matrix);
    expect(filter.kept).toEqual(["wide", "narrow"]);
    expect(filter.removed).toEqual(["constant", "gaps", "never"]);
    expect([...filter.variances]).toEqual([25, 0, 0, 0, 0.25]);
    expect(varianceFilter(matrix, 0.25).kept).toEqual(["wide"]);
  });

  it("becomes a step, JSON and a table", () => {
    const filter = varianceFilter(matrix, 0.1);
    expect(filter.toStep()).toEqual({ step: "keepColumns", columns: ["wide", "narrow"] });
    expect(VarianceFilter.fromJSON(again(filter))).toEqual(filter);
    expect(filter.toText()).toMatch(/wide +25\.000 +kept\n[\s\S]*kept 2, removed 3/);
    expect(() => VarianceFilter.fromJSON({ ...again(filter), threshold: -1 })).toThrowError(code("invalid-state"));
  });

  it("says when nothing would be left, and what it cannot take", () => {
    expect(() => varianceFilter(matrix, 25)).toThrowError(code("no-features"));
    expect(() => varianceFilter(matrix, -1)).toThrowError(code("invalid-option"));
    expect(() => varianceFilter(matrix, Number.NaN)).toThrowError(code("invalid-option"));
    expect(() => varianceFilter(featureMatrix([], []))).toThrowError(code("no-features"));
    expect(() => varianceFilter(featureMatrix(["a"], [new Float64Array(0)]))).toThrowError(code("no-rows"));
    for (const values of [
      [1, Infinity],
      [1e200, -1e200],
    ]) {
      const bad = featureMatrix(["bad"], [Float64Array.from(values)]);
      expect(() => varianceFilter(bad)).toThrowError(
        expect.objectContaining({ code: "not-finite", details: expect.objectContaining({ column: "bad" }) }),
      );
    }
  });
});

describe("mutual information", () => {
  it("is Ross's estimate as its definition has it, by brute force", async () => {
    const classes = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(classes, fc.integer({ min: 1, max: 6 }), fc.nat(1e6), async (codes, neighbors, seed) => {
        const random = Random.seeded(seed);
        const values = codes.map((label) => label + 2 * random.normal());
        const { scores } = await mutualInformation(
          featureMatrix(["f"], [Float64Array.from(values)]),
          { codes: Int32Array.from(codes), classes: ["a", "b", "c", "d"] },
          { neighbors },
        );
        expect(scores[0]).toBeCloseTo(byDefinition(values, codes, neighbors), 12);
      }),
    );
  });

  it("ranks, selects and comes back", async () => {
    const { matrix, labels } = problem();
    const made = await mutualInformation(matrix, labels);
    expect(made.ranked.slice(0, 2)).toEqual(["f1", "f3"]);
    expect(made.best(2)).toEqual(["f1", "f3"]);
    expect(made.toStep(1)).toEqual({ step: "keepColumns", columns: ["f1"] });
    expect(MutualInformation.fromJSON(again(made))).toEqual(made);
    expect(made.toText()).toMatch(/^feature +nats\nf1 +0\.\d{4}\nf3/);
    expect(() => made.best(5)).toThrowError(code("invalid-option"));
    expect(() => MutualInformation.fromJSON({ features: ["a"], scores: [] })).toThrowError(code("invalid-state"));
  });

  it("gives nothing to a constant and to a class of one row each, and all of the class to the class itself", async () => {
    const codes = Int32Array.of(0, 0, 1, 1, 2, 2);
    const matrix = featureMatrix(["constant", "itself"], [new Float64Array(6).fill(0.1), Float64Array.from(codes)]);
    const labels = { codes, classes: ["a", "b", "c"] };
    const tabled = await mutualInformation(matrix, labels, { discrete: "all" });
    expect(tabled.scores[0]).toBe(0);
    expect(tabled.scores[1]).toBeCloseTo(1.0986122886681098, 14);
    expect((await mutualInformation(matrix, labels)).scores[0]).toBe(0);
    const lonely = { codes: Int32Array.of(0, 1, 2, 3, 4, 5), classes: [..."abcdef"] };
    expect([...(await mutualInformation(matrix, lonely)).scores]).toEqual([0, 0]);
  });

  it("is the same for a seed, and for another where nothing is tied", async () => {
    const { matrix, labels } = problem();
    const rounded = featureMatrix(
      matrix.features,
      matrix.columns.map((column) => column.map((value) => Math.round(value))),
    );
    const scoresOf = async (of: typeof matrix, seed: number) => (await mutualInformation(of, labels, { seed })).scores;
    expect(await scoresOf(matrix, 1)).toEqual(await scoresOf(matrix, 2));
    expect(await scoresOf(rounded, 1)).toEqual(await scoresOf(rounded, 1));
    expect(await scoresOf(rounded, 1)).not.toEqual(await scoresOf(rounded, 2));
  });

  it("stops when told, and refuses what it cannot use", async () => {
    const { matrix, labels } = problem(20);
    const run = (options: object) => mutualInformation(matrix, labels, options);
    await expect(run({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
    await expect(run({ neighbors: 0 })).rejects.toMatchObject({ code: "invalid-option" });
    await expect(run({ discrete: ["f9"] })).rejects.toMatchObject({ code: "missing-column" });
    await expect(run({ seed: -1 })).rejects.toMatchObject({ code: "invalid-seed" });
    matrix.columns[2]![7] = Number.NaN;
    await expect(run({})).rejects.toMatchObject({ code: "not-finite", details: { column: "f2", row: 7 } });
  });
});

/** Kraskov's and Ross's estimate from all distances. */
function byDefinition(values: readonly number[], codes: readonly number[], neighbors: number): number {
  const psi = (n: number): number => Array.from({ length: n - 1 }, (_, i) => 1 / (i + 1)).reduce((a, b) => a + b, 0);
  const sizeOf = (label: number): number => codes.filter((other) => other === label).length;
  const rows = [...codes.keys()].filter((row) => sizeOf(codes[row]!) > 1);
  if (rows.length === 0) return 0;
  const terms = rows.map((row) => {
    const distance = (other: number): number => Math.abs(values[other]! - values[row]!);
    const size = sizeOf(codes[row]!);
    const k = Math.min(neighbors, size - 1);
    const own = rows.filter((other) => other !== row && codes[other] === codes[row]).map(distance);
    const radius = own.sort((a, b) => a - b)[k - 1]!;
    return psi(rows.length) + psi(k) - psi(size) - psi(rows.filter((other) => distance(other) < radius).length);
  });
  return Math.max(0, terms.reduce((a, b) => a + b, 0) / terms.length);
}

describe("permutation importance", () => {
  it("is what the score falls by when a column is shuffled; the same for a seed", async () => {
    const { matrix, labels } = problem();
    const model = await DecisionTreeClassifier.fit(matrix, labels, { maxDepth: 2 });
    const seen: Progress[] = [];
    const made = await permutationImportance(model, matrix, labels, {
      repeats: 3,
      seed: 5,
      scorer: "macroF1",
      onProgress: (progress) => seen.push(progress),
    });
    expect(made.ranked[0]).toBe("f1");
    expect(made.means[1]).toBeGreaterThan(0.2);
    const unread = model.featureImportances.indexOf(0);
    expect([...made.falls[unread]!]).toEqual([0, 0, 0]);
    const more = await permutationImportance(model, matrix, labels, { repeats: 4, seed: 5, scorer: "macroF1" });
    expect(more.falls[1]!.slice(0, 3)).toEqual(made.falls[1]);
    expect(made.means[1]).toBeCloseTo((made.falls[1]![0]! + made.falls[1]![1]! + made.falls[1]![2]!) / 3, 14);
    expect(seen.map(({ done }) => done)).toEqual([...Array(13).keys()]);
    expect(matrix).toEqual(problem().matrix);
  });

  it("selects, comes back from JSON and prints", async () => {
    const { matrix, labels } = problem();
    // A model that reads f1 and f3 only, and a scorer of one's own.
    const model = {
      predict: ({ columns }: typeof matrix) => columns[1]!.map((value, row) => value + columns[3]![row]!),
    };
    const made = await permutationImportance(model, matrix, labels, {
      scorer: (own, rows, { codes }) => own.predict(rows).reduce((sum, value, row) => sum + value * codes[row]!, 0),
    });
    expect(made.best(2)).toEqual(["f1", "f3"]);
    expect(made.toStep(1)).toEqual({ step: "keepColumns", columns: ["f1"] });
    expect(PermutationImportance.fromJSON(again(made))).toEqual(made);
    expect(made.toText()).toMatch(/^feature +importance +sd\nf1 /);
    const broken = again(made);
    broken.importances[1].falls.pop();
    expect(() => PermutationImportance.fromJSON(broken)).toThrowError(code("invalid-state"));
  });

  it("stops when told, within a repeat, and refuses what it cannot use", async () => {
    const { matrix, labels } = problem(20);
    const model = { predict: ({ rows }: typeof matrix) => new Int32Array(rows) };
    const run = (options: object) => permutationImportance(model, matrix, labels, options);
    const controller = new AbortController();
    const slow = {
      predict: (of: typeof matrix) => {
        wait(10);
        return model.predict(of);
      },
    };
    const running = permutationImportance(slow, matrix, labels, {
      repeats: 1000,
      signal: controller.signal,
      onProgress: ({ done }) => done === 9 && setTimeout(() => controller.abort(), 0),
    });
    await expect(running).rejects.toMatchObject({ code: "aborted" });
    await expect(run({ repeats: 0 })).rejects.toMatchObject({ code: "invalid-option" });
    await expect(run({ scorer: "auc" })).rejects.toMatchObject({ code: "invalid-option" });
    await expect(run({ scorer: () => Number.NaN })).rejects.toMatchObject({ code: "invalid-score" });
    await expect(
      permutationImportance(model, matrix, { codes: new Int32Array(3), classes: ["a"] }),
    ).rejects.toMatchObject({ code: "length-mismatch" });
  });
});

function wait(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
