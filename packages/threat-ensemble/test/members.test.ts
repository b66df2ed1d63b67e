import { encodeLabels, type FeatureMatrix, featureMatrix, type Labels, takeRows } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { beforeAll, describe, expect, it } from "vitest";
import { explainScore, FittedEnsemble, type MemberEpoch, ThreatEnsemble } from "../src/index.js";

/** Attacks are one row in four: a > 0 and b > 0. */
function rows(count: number, seed: number): { matrix: FeatureMatrix; labels: Labels } {
  const random = Random.seeded(seed);
  const columns = Array.from({ length: 3 }, () => Float64Array.from({ length: count }, () => random.normal()));
  const names = Array.from({ length: count }, (_, row) =>
    columns[0]![row]! > 0 && columns[1]![row]! > 0 ? "Attack" : "Normal",
  );
  return { matrix: featureMatrix(["a", "b", "c"], columns), labels: encodeLabels(names, ["Normal", "Attack"]) };
}

const train = rows(600, 1);
const validation = rows(200, 2);
const test = rows(400, 3);
const rowOf = ({ columns }: FeatureMatrix, row: number): number[] => columns.map((values) => values[row]!);

describe("an ensemble with a forest", () => {
  let ensemble: ThreatEnsemble;

  beforeAll(async () => {
    ensemble = await ThreatEnsemble.fit(train.matrix, train.labels, {
      validation,
      members: ["forest", "ann"],
      forest: { nEstimators: 20 },
      seed: 3,
    });
  });

  it("has members in their order, each with an equal vote", () => {
    expect(ensemble.members.map(({ name, fold, weight }) => [name, fold, weight])).toEqual([
      ["ann", null, 0.5],
      ["forest", null, 0.5],
    ]);
    const [ann, forest] = ["ann", "forest"].map((name) => ensemble.memberProba(test.matrix).get(name as "ann")!);
    const means = ensemble.predictProba(test.matrix);
    for (let row = 0; row < 400; row++) expect(means[row]).toBe(0.5 * ann![row]! + 0.5 * forest![row]!);
  });

  it("scores a row as a batch does, also from JSON", () => {
    const again = FittedEnsemble.fromJSON(JSON.parse(JSON.stringify(ensemble.toJSON())));
    const means = ensemble.predictProba(test.matrix);
    expect(again.predictProba(test.matrix)).toEqual(means);
    for (let row = 0; row < 400; row++) expect(again.score(rowOf(test.matrix, row))).toBe(means[row]);
    expect(again.toJSON()).toEqual(ensemble.toJSON());
  });

  it("attributes the difference of scores, the forest's part included", () => {
    const baseline = [-1, -1, 0];
    for (let row = 0; row < 100; row++) {
      const { score, baselineScore, attributions } = explainScore(ensemble, rowOf(test.matrix, row), baseline);
      const sum = [...attributions.values()].reduce((a, b) => a + b, 0);
      expect(Math.abs(sum - (score - baselineScore))).toBeLessThan(1e-3);
    }
    const { attributions } = explainScore(ensemble, [1, 1, 2], baseline);
    expect(attributions.get("a")! + attributions.get("b")!).toBeGreaterThan(5 * Math.abs(attributions.get("c")!));
  });

  it("refuses states of other forests and of votes that do not sum to 1", () => {
    const code = (change: (state: any) => void): unknown => {
      const state = JSON.parse(JSON.stringify(ensemble.toJSON()));
      change(state);
      try {
        return FittedEnsemble.fromState(state);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    for (const change of [
      (state: any) => (state.members[0].weight = 0.6),
      (state: any) => (state.members = []),
      (state: any) => state.members[1].forest.features.pop(),
      (state: any) => (state.members[1].name = "lstm"),
      (state: any) => (state.members[0].fold = 0),
      (state: any) => (state.members[0].columns[0] = 7),
      (state: any) => (state.calibration = { method: "magic" }),
      (state: any) => (state.familiarity.distances[0] = 1e9),
      (state: any) => state.familiarity.prototypes.pop(),
      (state: any) => {
        const none = { ...state.members[1], weight: 0 };
        for (let i = 0; i < 300; i++) state.members.push(none);
      },
      (state: any) => {
        // Two forests of 6,000 trees of one leaf: each is small enough.
        const leaves = (value: number, each = 1): number[] => new Array(6000 * each).fill(value);
        const [none, one] = [leaves(-1), leaves(1)];
        const nodes = {
          feature: none,
          left: none,
          right: none,
          threshold: leaves(0),
          impurity: leaves(0),
          samples: one,
        };
        const { forest } = state.members[1];
        Object.assign(forest, { nodeCounts: one, nodes: { ...nodes, weightedSamples: one, value: leaves(0.5, 2) } });
        state.members.push({ ...state.members[1], weight: 0 });
      },
    ])
      expect([String(change), code(change)]).toEqual([String(change), "invalid-state"]);
  });

  it("is never surer than certain, whatever votes sum to within their tolerance", () => {
    const state = JSON.parse(JSON.stringify(ensemble.toJSON()));
    const { forest } = state.members[1];
    forest.nodes.value = forest.nodes.value.map((_: number, place: number) => place % 2);
    state.members = [0.5, 0.5 + 9e-10].map((weight) => ({ ...state.members[1], weight }));
    const certain = FittedEnsemble.fromState(state);
    expect(certain.score([1, 1, 1])).toBe(1);
    expect(certain.predictProba(test.matrix)[0]).toBe(1);
  });

  it("gives no score where finite weights overflow to what is no number", () => {
    const state = JSON.parse(JSON.stringify(ensemble.toJSON()));
    const { weights } = state.members[0].network;
    for (const layer of weights)
      for (const [name, values] of Object.entries<number[]>(layer))
        layer[name] = values.map(() => (name === "variance" ? 0 : Math.fround(3e38)));
    // Infinity times nothing.
    weights.at(-1).kernel.fill(0);
    const overflowing = FittedEnsemble.fromState(state);
    const error = expect.objectContaining({ code: "not-finite" });
    expect(() => overflowing.score(rowOf(test.matrix, 0))).toThrowError(error);
    expect(() => overflowing.predictProba(test.matrix)).toThrowError(error);
  });
});

describe("epochs", () => {
  it("are of all networks, or of each", async () => {
    const of = async (epochs: number | { ann?: number; lstm?: number }): Promise<number[]> => {
      const options = { validation, epochs, familiarity: false, architecture: { lstm: { epochs: 3 } } } as const;
      const { history } = await ThreatEnsemble.fit(train.matrix, train.labels, options);
      return history.map((record) => record.epochs);
    };
    expect(await of(2)).toEqual([2, 2]);
    expect(await of({ ann: 1 })).toEqual([1, 3]);
  });
});

describe("unfamiliarity", () => {
  let ensemble: ThreatEnsemble;

  beforeAll(async () => {
    ensemble = await ThreatEnsemble.fit(train.matrix, train.labels, { validation, members: ["ann"], epochs: 2 });
  });

  it("is a rank: even among rows of the same kind, 1 for a row far from all", () => {
    const ranks = Array.from({ length: 400 }, (_, row) => ensemble.unfamiliar(rowOf(test.matrix, row))!);
    for (const share of [0.25, 0.5, 0.75]) {
      const below = ranks.filter((rank) => rank < share).length / ranks.length;
      expect(Math.abs(below - share)).toBeLessThan(0.1);
    }
    expect(ensemble.unfamiliar([8, -8, 8])).toBe(1);
    expect(ensemble.unfamiliar(rowOf(train.matrix, 0))).toBeLessThan(1);
  });

  it("counts categories that training never saw, and refuses what is no row", () => {
    const row = rowOf(test.matrix, 0);
    expect(ensemble.unfamiliar(row, 1)).toBeGreaterThan(ensemble.unfamiliar(row)!);
    expect(() => ensemble.unfamiliar([1])).toThrowError(/numbers, not 1/);
  });

  it("is null where it was not asked for", async () => {
    const without = await ThreatEnsemble.fit(train.matrix, train.labels, {
      validation,
      members: ["ann"],
      epochs: 1,
      familiarity: false,
    });
    expect(without.unfamiliar([0, 0, 0])).toBeNull();
  });
});

describe("options of fit", () => {
  const recall = (ensemble: FittedEnsemble): number => {
    const proba = ensemble.predictProba(test.matrix);
    const found = test.labels.codes.filter((code, row) => code === 1 && proba[row]! > 0.5).length;
    return found / test.labels.codes.filter((code) => code === 1).length;
  };

  it("takes layers of one's own, and the rest from the compact architecture", async () => {
    const layers = [
      { type: "dense", units: 5, activation: "relu" },
      { type: "dense", units: 1, activation: "linear" },
    ] as const;
    const ensemble = await ThreatEnsemble.fit(train.matrix, train.labels, {
      validation,
      members: ["ann"],
      architecture: { ann: { layers, epochs: 3 } },
    });
    expect(ensemble.toJSON()).toMatchObject({ members: [{ network: { layers } }] });
    expect(ensemble.history[0]!.epochs).toBe(3);
  });

  it("finds more attacks where these weigh more", async () => {
    const options = { validation, members: ["ann"], epochs: 6, batchSize: 64 } as const;
    const even = await ThreatEnsemble.fit(train.matrix, train.labels, options);
    const heavy = await ThreatEnsemble.fit(train.matrix, train.labels, { ...options, classWeight: [1, 20] });
    const balanced = await ThreatEnsemble.fit(train.matrix, train.labels, { ...options, classWeight: "balanced" });
    expect(recall(heavy)).toBeGreaterThan(recall(even));
    expect(recall(balanced)).toBeGreaterThanOrEqual(recall(even));
  });

  it("stops by the area under the ROC curve, and keeps the best epoch by it", async () => {
    const epochs: MemberEpoch[] = [];
    const { history } = await ThreatEnsemble.fit(train.matrix, train.labels, {
      validation,
      members: ["ann"],
      monitor: "auc",
      epochs: 12,
      onEpoch: (epoch) => epochs.push(epoch),
    });
    const areas = epochs.map(({ validationAuc }) => validationAuc!);
    expect(Math.max(...areas)).toBeGreaterThan(0.9);
    expect(history[0]!.bestEpoch).toBe(areas.indexOf(Math.max(...areas)) + 1);
  });

  it("holds a share of the rows back where it is given no others", async () => {
    const ensemble = await ThreatEnsemble.fit(train.matrix, train.labels, {
      members: ["ann"],
      epochs: 2,
      validation: 0.3,
    });
    expect(ensemble.history[0]!.validationLoss).toBeGreaterThan(0);
    const again = await ThreatEnsemble.fit(train.matrix, train.labels, {
      members: ["ann"],
      epochs: 2,
      validation: 0.3,
    });
    expect(again.toJSON()).toEqual(ensemble.toJSON());
  });

  it("refuses what is no option", async () => {
    const few = { matrix: takeRows(train.matrix, Int32Array.of(0, 1)), labels: train.labels };
    for (const [options, code] of [
      [{ members: [] }, "invalid-option"],
      [{ members: ["tree"] }, "invalid-option"],
      [{ architecture: "huge" }, "invalid-option"],
      [{ monitor: "accuracy" }, "invalid-option"],
      [{ validation: 1 }, "invalid-option"],
      [{ classWeight: [1, -1] }, "invalid-option"],
      [{ architecture: { ann: { layers: [] } } }, "invalid-network"],
      [{ validation: { ...few, matrix: featureMatrix(["x"], [new Float64Array(2)]) } }, "feature-mismatch"],
    ] as const) {
      await expect(
        ThreatEnsemble.fit(train.matrix, train.labels, { validation, epochs: 1, ...(options as object) }),
        JSON.stringify(options),
      ).rejects.toMatchObject({ code });
    }
  });
});
