import { cicIds2017, encodeLabels, type FeatureMatrix, featureMatrix, type Labels } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { DecisionTreeClassifier } from "@mlsec/trees";
import { describe, expect, it } from "vitest";
import {
  ATTACK_CLASSES,
  AttackTree,
  type AttackTreeOptions,
  attackClassName,
  attackFamily,
  FittedAttackTree,
} from "../src/index.js";

/** Two noisy features, of which the first says most; `Bot` is rare. */
function overlapping(seed: number, rows = 600): { matrix: FeatureMatrix; labels: Labels } {
  const random = Random.seeded(seed);
  const names = Array.from({ length: rows }, (_, row) => (row % 20 === 0 ? "Bot" : row % 3 === 0 ? "DDoS" : "BENIGN"));
  const centre = { BENIGN: 0, DDoS: 2, Bot: 1 } as Record<string, number>;
  const first = Float64Array.from(names, (name) => centre[name]! + random.normal() * 0.6);
  const second = Float64Array.from(names, (name) => (name === "Bot" ? 1 : 0) + random.normal() * 0.8);
  return { matrix: featureMatrix(["First", "Second"], [first, second]), labels: encodeLabels(names) };
}

const { matrix, labels } = overlapping(1);

function fit(options: AttackTreeOptions = {}): Promise<AttackTree> {
  return AttackTree.fit(matrix, labels, { maxDepth: 6, ...options });
}

/** How many rows the tree calls a class. */
function called(tree: FittedAttackTree, name: string): number {
  return tree.predict(matrix).filter((code) => tree.classes[code] === name).length;
}

describe("AttackTree.fit", () => {
  it("grows the tree that DecisionTreeClassifier grows with the same options", async () => {
    for (const options of [
      {},
      { criterion: "entropy", classWeight: "balanced", minSamplesLeaf: 5, ccpAlpha: 0.002 },
    ] as const) {
      const own = await fit(options);
      const theirs = await DecisionTreeClassifier.fit(matrix, labels, { maxDepth: 6, ...options });
      expect(own.tree.toJSON()).toEqual(theirs.toJSON());
    }
  });

  it("counts every training row once in its leaf, however it was weighted or resampled", async () => {
    for (const options of [{}, { classWeight: "balanced" }, { resample: { atLeast: 200, atMost: 200 } }] as const) {
      const { tree, leafCounts } = await fit(options);
      const leaves = tree.apply(matrix);
      const byLeaf = new Map<number, Int32Array>();
      for (const [row, leaf] of leaves.entries()) {
        const counts = byLeaf.get(leaf) ?? new Int32Array(3);
        counts[labels.codes[row]!]!++;
        byLeaf.set(leaf, counts);
      }
      const expected = [...tree.nodes.left.keys()]
        .filter((node) => tree.nodes.left[node]! < 0)
        .flatMap((leaf) => [...(byLeaf.get(leaf) ?? new Int32Array(3))]);
      expect([...leafCounts!]).toEqual(expected);
    }
  });

  it("weighs by square roots between not at all and balanced", async () => {
    const [none, roots, balanced] = await Promise.all(
      [undefined, "squareRoot", "balanced"].map((classWeight) => fit({ classWeight } as AttackTreeOptions)),
    );
    expect(called(roots!, "Bot")).toBeGreaterThan(called(none!, "Bot"));
    expect(called(balanced!, "Bot")).toBeGreaterThan(called(roots!, "Bot"));
  });

  it("turns costs into weights: twice the cost of every error is twice the weight", async () => {
    const costs = await fit({ costs: [{ of: "Bot", cost: 4 }] });
    const weights = await fit({ classWeight: { Bot: 4 } });
    expect(costs.tree.toJSON()).toEqual(weights.tree.toJSON());
    // Of two possible errors one costs 7, the other 1: 4 on the mean.
    const one = await fit({ costs: [{ of: "Bot", as: "BENIGN", cost: 7 }] });
    expect(one.tree.toJSON()).toEqual(weights.tree.toJSON());
    const both = await fit({ costs: [{ of: "Bot", cost: 4 }], classWeight: "balanced" });
    expect(called(both, "Bot")).toBeGreaterThan(called(await fit({ classWeight: "balanced" }), "Bot"));
    await expect(fit({ costs: [{ of: "Worm", cost: 2 }] })).rejects.toMatchObject({ code: "unknown-class" });
    await expect(fit({ costs: [{ of: "Bot", cost: -1 }] })).rejects.toMatchObject({ code: "invalid-option" });
  });

  it("never asks about excluded features, and still takes the whole matrix", async () => {
    const tree = await fit({ excludeFeatures: ["First"] });
    expect(tree.features).toEqual(["First", "Second"]);
    expect(tree.tree.nodes.feature).not.toContain(0);
    expect(tree.tree.leaves).toBeGreaterThan(1);
    expect(tree.predict(matrix)).toHaveLength(matrix.rows);
    await expect(fit({ excludeFeatures: ["Third"] })).rejects.toMatchObject({ code: "missing-column" });
    await expect(fit({ excludeFeatures: ["First", "Second"] })).rejects.toMatchObject({ code: "no-features" });
  });

  it("grows on resampled rows", async () => {
    const more = await fit({ resample: { atLeast: 300 } });
    expect(more.tree.nodes.samples[0]).toBe(380 + 300 + 300);
    expect(called(more, "Bot")).toBeGreaterThan(called(await fit(), "Bot"));
    const fewer = await fit({ resample: { atMost: 30 } });
    expect(fewer.tree.nodes.samples[0]).toBe(90);
    await expect(fit({ resample: { atLeast: 50, atMost: 20 } })).rejects.toMatchObject({ code: "invalid-option" });
  });

  it("chooses a pruning by cross-validation that does better on new rows than none", async () => {
    const whole = await AttackTree.fit(matrix, labels, { maxDepth: 12 });
    const pruned = await AttackTree.fit(matrix, labels, { maxDepth: 12, ccpAlpha: "cross-validated" });
    expect(pruned.tree.leaves).toBeLessThan(whole.tree.leaves / 2);
    const fresh = overlapping(2, 3000);
    const right = (tree: AttackTree): number =>
      tree.predict(fresh.matrix).filter((code, row) => code === fresh.labels.codes[row]).length;
    expect(right(pruned)).toBeGreaterThan(right(whole));
    const again = await AttackTree.fit(matrix, labels, { maxDepth: 12, ccpAlpha: "cross-validated" });
    expect(again.toJSON()).toEqual(pruned.toJSON());
  });
});

describe("verdicts", () => {
  it("are as sure as their leaf has rows: Perks' rule", async () => {
    const tree = await fit();
    const verdicts = tree.verdicts(matrix);
    const predicted = tree.predict(matrix);
    for (const [row, { class: name, confidence, trainingRows, leaf }] of verdicts.entries()) {
      expect(name).toBe(tree.classes[predicted[row]!]);
      const rows = trainingRows!.reduce((sum, counted) => sum + counted.rows, 0);
      expect(rows).toBe(tree.tree.nodes.samples[leaf]);
      const own = trainingRows!.find((counted) => counted.class === name)!.rows;
      expect(confidence).toBeCloseTo((own + 1 / 3) / (rows + 1), 12);
      expect(confidence).toBeLessThan(1);
    }
    expect(tree.verdictRow(matrix.columns.map((column) => column[5]!))).toEqual(verdicts[5]);
  });

  it("name the runner-up of the leaf, or of the nearest node above with another class", async () => {
    const tree = await AttackTree.fit(
      featureMatrix(["x"], [Float64Array.of(0, 0, 0, 1, 2, 2, 2, 2)]),
      encodeLabels(["a", "a", "b", "b", "c", "c", "c", "c"]),
      { maxDepth: 2 },
    );
    const [mixed, , pure] = tree.verdicts(featureMatrix(["x"], [Float64Array.of(0, 1, 2)]));
    expect(mixed).toMatchObject({
      class: "a",
      confidence: (2 + 1 / 3) / 4,
      runnerUp: { class: "b", confidence: (1 + 1 / 3) / 4 },
    });
    expect(pure).toMatchObject({
      class: "c",
      runnerUp: { class: expect.stringMatching(/a|b/), confidence: 1 / 3 / 5 },
    });
  });

  it("know the runner-up at once, however far above it is", () => {
    const depth = 16_000;
    const isLeaf = (node: number): boolean => node % 2 === 1 || node === 2 * depth;
    const each = <T>(of: (node: number) => T): T[] => Array.from({ length: 2 * depth + 1 }, (_, node) => of(node));
    const tree = {
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
        value: each((node) => (node === 1 ? [0, 1] : [1, 0])).flat(),
      },
    };
    const chain = FittedAttackTree.fromState({ tree });
    const started = performance.now();
    expect(chain.verdictRow([1e6])).toMatchObject({ class: "a", runnerUp: { class: "b" } });
    // Leaf by leaf it took minutes; this is no measurement.
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("can be less sure than the runner-up where classes were weighted", async () => {
    const tree = await AttackTree.fit(
      featureMatrix(["x"], [Float64Array.of(0, 0, 0, 1)]),
      encodeLabels(["a", "a", "b", "a"]),
      { classWeight: { b: 10 } },
    );
    const [verdict] = tree.verdicts(featureMatrix(["x"], [Float64Array.of(0)]));
    expect(verdict).toMatchObject({ class: "b", runnerUp: { class: "a" } });
    expect(verdict!.confidence).toBeLessThan(verdict!.runnerUp!.confidence);
  });

  it("survive JSON, and do without counts in models from before they were kept", async () => {
    const tree = await fit();
    const json = JSON.parse(JSON.stringify(tree.toJSON()));
    expect(FittedAttackTree.fromJSON(json).verdicts(matrix)).toEqual(tree.verdicts(matrix));
    const { tree: alone } = json as { tree: unknown };
    const older = FittedAttackTree.fromState({ tree: alone }).verdicts(matrix);
    for (const [row, { trainingRows, confidence }] of older.entries()) {
      expect(trainingRows).toBeNull();
      // Unweighted shares are the counts.
      expect(confidence).toBeCloseTo(tree.verdicts(matrix)[row]!.confidence, 12);
    }
    expect(() => FittedAttackTree.fromState({ ...json, leafCounts: [1, 2, 3] })).toThrow(
      expect.objectContaining({ code: "invalid-state" }),
    );
    expect(() => FittedAttackTree.fromState({ ...json, leafCounts: [...tree.leafCounts!].fill(-1) })).toThrow(
      expect.objectContaining({ code: "invalid-state" }),
    );
  });
});

describe("AttackTree.search", () => {
  it("tries every combination on the same folds, and fits the best on all rows", async () => {
    const options = {
      choose: "best",
      maxDepth: [2, 6],
      classWeight: [null, "balanced"],
      minSamplesLeaf: [1],
      ccpAlpha: [0],
      seed: 3,
    } as const;
    const { tree, options: best, candidates } = await AttackTree.search(matrix, labels, options);
    expect(candidates).toHaveLength(8);
    expect(candidates.map(({ rank }) => rank)).toEqual([...candidates.map(({ rank }) => rank)].sort((a, b) => a - b));
    expect(candidates[0]!.behind.mean).toBe(0);
    for (const { scores, behind } of candidates) {
      expect(scores["macroF1"]!.values).toHaveLength(10);
      expect(behind.mean).toBeCloseTo(candidates[0]!.scores["macroF1"]!.mean - scores["macroF1"]!.mean, 12);
    }
    expect(best).toMatchObject({ maxDepth: candidates[0]!.parameters.maxDepth });
    expect(tree.tree.toJSON()).toEqual((await AttackTree.fit(matrix, labels, best)).tree.toJSON());
  });

  it("takes of those as good as the best, but for chance, the first as options were given", async () => {
    const options = {
      maxDepth: [6, 5, 4],
      criterion: ["entropy", "gini"],
      minSamplesLeaf: [1],
      ccpAlpha: [0],
    } as const;
    const { chosen, candidates, options: used } = await AttackTree.search(matrix, labels, options);
    const near = candidates.filter(({ behind }) => behind.mean <= behind.standardError);
    expect(near.length).toBeGreaterThan(1);
    expect(near).toContainEqual(chosen);
    const place = ({ parameters }: typeof chosen): number[] => [
      options.maxDepth.indexOf(parameters.maxDepth as 6),
      options.criterion.indexOf(parameters.criterion as "gini"),
      ["balanced", "squareRoot", null].indexOf(parameters.classWeight as string | null),
    ];
    const places = near.map((candidate) => place(candidate).join(" ")).sort();
    expect(place(chosen).join(" ")).toBe(places[0]);
    expect(used).toMatchObject({ maxDepth: chosen.parameters.maxDepth, criterion: chosen.parameters.criterion });
    await expect(AttackTree.search(matrix, labels, { choose: "luck" as "best" })).rejects.toMatchObject({
      code: "invalid-option",
    });
  });

  it("keeps to its budget, and to what decides", async () => {
    const { candidates } = await AttackTree.search(matrix, labels, { candidates: 3, repeats: 1, by: "accuracy" });
    expect(candidates).toHaveLength(3);
    const means = candidates.map(({ scores }) => scores["accuracy"]!.mean);
    expect(means[0]).toBe(Math.max(...means));
  });

  it("refuses what cannot work, and stops when told", async () => {
    await expect(AttackTree.search(matrix, labels, { repeats: 0 })).rejects.toMatchObject({ code: "invalid-option" });
    await expect(AttackTree.search(matrix, labels, { criterion: [] })).rejects.toMatchObject({
      code: "invalid-option",
    });
    await expect(AttackTree.search(matrix, labels, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "aborted",
    });
  });
});

describe("the classes", () => {
  it("are fourteen, each of a family, known by any spelling", () => {
    expect(ATTACK_CLASSES).toEqual(cicIds2017.classes);
    expect(ATTACK_CLASSES.map(attackFamily)).not.toContain(null);
    expect(ATTACK_CLASSES.filter((name) => attackFamily(name) === "Web attack")).toHaveLength(3);
    expect(attackFamily("Heartbleed")).toBeNull();
    expect(attackClassName("Web Attack \u2013 XSS")).toBe("Web Attack XSS");
  });
});
