import { encodeLabels, type FeatureMatrix, featureMatrix, type Labels, type State, toPlain } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { beforeAll, describe, expect, it } from "vitest";
import { generateConnections } from "../../../examples/data/index.js";
import {
  type MemberEpoch,
  ThreatEnsemble,
  type ThreatEnsembleOptions,
  type TrainedThreatDetector,
  trainThreatDetector,
} from "../src/index.js";

type Rows = { matrix: FeatureMatrix; labels: Labels };

function rows(count: number, seed: number): Rows {
  const random = Random.seeded(seed);
  const columns = Array.from({ length: 3 }, () => Float64Array.from({ length: count }, () => random.normal()));
  // A fifth of the classes are noise, so that the validation loss rises again.
  const names = Array.from({ length: count }, (_, row) =>
    columns[0]![row]! * columns[2]![row]! > 0.1 !== random.float() < 0.2 ? "Attack" : "Normal",
  );
  return { matrix: featureMatrix(["a", "b", "c"], columns), labels: encodeLabels(names, ["Normal", "Attack"]) };
}

const train = rows(200, 1);
const validation = rows(80, 2);

interface Run {
  readonly ensemble: ThreatEnsemble;
  readonly checkpoints: readonly string[];
  readonly epochs: readonly MemberEpoch[];
}

/** Trains, with every checkpoint as a file would have it. */
async function fit(options: Partial<ThreatEnsembleOptions>, data: Rows = train): Promise<Run> {
  const checkpoints: string[] = [];
  const epochs: MemberEpoch[] = [];
  const ensemble = await ThreatEnsemble.fit(data.matrix, data.labels, {
    validation,
    seed: 3,
    onEpoch: (epoch) => epochs.push(epoch),
    onCheckpoint: (state) => void checkpoints.push(JSON.stringify(toPlain(state))),
    ...options,
  });
  return { ensemble, checkpoints, epochs };
}

describe.each([
  ["compact", { architecture: "compact", epochs: 40, patience: 3 }],
  ["reference, with dropout and batch normalisation", { architecture: "reference", epochs: 2, patience: 1 }],
] as const)("a training of the %s architecture", (name, options) => {
  let whole: Run;

  beforeAll(async () => {
    whole = await fit(options);
  });

  it("tells every epoch of both members", () => {
    const { epochs, ensemble } = whole;
    expect(epochs.map(({ member, epoch }) => [member, epoch])).toEqual(
      ensemble.history.flatMap(({ member, epochs: count }) =>
        Array.from({ length: count }, (_, index) => [member, index + 1]),
      ),
    );
    for (const { epoch, history, loss, validationLoss } of epochs) {
      expect(history).toHaveLength(epoch);
      expect(history.at(-1)).toEqual({ epoch, loss, validationLoss });
      expect(loss).toBeGreaterThan(0);
    }
    for (const { member, bestEpoch, validationLoss } of ensemble.history) {
      const losses = epochs.filter((epoch) => epoch.member === member).map((epoch) => epoch.validationLoss);
      expect(validationLoss).toBe(Math.min(...losses));
      expect(losses.indexOf(validationLoss) + 1).toBe(bestEpoch);
    }
  });

  it("resumed after any epoch ends with the same bytes, and tells only the epochs after", async () => {
    const { checkpoints, epochs, ensemble } = whole;
    expect(checkpoints).toHaveLength(epochs.length);
    if (name === "compact") expect(epochs.length).toBeLessThan(80);
    const annEnd = ensemble.history[0]!.epochs;
    const everywhere = [1, 2, annEnd - 1, annEnd, annEnd + 1, epochs.length - 1, epochs.length];
    const cuts = name === "compact" ? everywhere : [1, annEnd + 1];
    for (const cut of cuts) {
      const again = await fit({ ...options, resume: JSON.parse(checkpoints[cut - 1]!) });
      expect(again.ensemble.toJSON()).toEqual(ensemble.toJSON());
      expect(again.epochs).toEqual(epochs.slice(cut));
      expect(again.checkpoints).toEqual(checkpoints.slice(cut));
    }
  });
});

describe("a checkpoint of an ensemble", () => {
  const options = { epochs: 6, patience: 6 };
  let whole: Run;

  beforeAll(async () => {
    whole = await fit(options);
  });

  it("outlives an abort", async () => {
    const stop = new AbortController();
    const kept: State[] = [];
    const stopped = fit({
      ...options,
      signal: stop.signal,
      onCheckpoint: async (state) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        kept.push(state);
        if (kept.length === 8) stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
    expect(kept).toHaveLength(8);
    const again = await fit({ ...options, resume: kept.at(-1) });
    expect(again.ensemble.toJSON()).toEqual(whole.ensemble.toJSON());
    expect(again.epochs).toHaveLength(4);
  });

  it("comes every few epochs, and at the end of each member", async () => {
    const { checkpoints } = await fit({ ...options, checkpointEvery: 4 });
    expect(checkpoints).toEqual([4, 6, 10, 12].map((epoch) => whole.checkpoints[epoch - 1]));
  });

  it("ends the training where it cannot be kept", async () => {
    const training = fit({ ...options, onCheckpoint: () => Promise.reject(new Error("The disk is full.")) });
    await expect(training).rejects.toThrowError("The disk is full.");
  });

  it.each<[string, Partial<ThreatEnsembleOptions>, Rows, RegExp]>([
    ["another seed", { seed: 4 }, train, /seed is 3 there and 4 here/],
    ["more epochs", { epochs: 7 }, train, /epochs is 6 there and 7 here/],
    ["another patience", { patience: 2 }, train, /patience is 6 there and 2 here/],
    ["another architecture", { architecture: "reference" }, train, /network is .* batchSize is 128 there and 32 here/],
    ["other rows", {}, rows(200, 9), /data is "[0-9a-f]{16}" there/],
    ["other validation rows", { validation: rows(80, 9) }, train, /validation is/],
    ["other sources", { sources: ["a", "b", "b"] }, train, /sources is/],
  ])("is refused for a training with %s", async (_, other, data, message) => {
    const resume = JSON.parse(whole.checkpoints[3]!);
    const training = fit({ ...options, ...other, resume }, data);
    await expect(training).rejects.toMatchObject({
      code: "checkpoint-mismatch",
      message: expect.stringMatching(message),
    });
  });

  it("is refused where anything in it is missing or wrong", async () => {
    const ann = (state: any): any => state.members.ann;
    const changes: ((state: any) => unknown)[] = [
      (state) => delete state.training,
      (state) => delete state.members,
      (state) => delete state.members.ann,
      (state) => delete ann(state).training,
      (state) => delete ann(state).best,
      (state) => delete ann(state).engine,
      (state) => (ann(state).history = []),
      (state) => (ann(state).history[1].epoch = 3),
      (state) => (ann(state).history[1].validationLoss = null),
      (state) => (ann(state).history[0].loss = "low"),
      (state) => ann(state).history.pop(),
      (state) => ann(state).history.push({ epoch: 5, loss: 0.1, validationLoss: 0.1 }),
      (state) => (ann(state).best.layers[0].units = 63),
      (state) => (ann(state).best.layers[0].activation = "linear"),
      (state) => (ann(state).engine.step = 3),
      (state) => (ann(state).engine.epoch = 1.5),
      (state) => (ann(state).engine.firstLoss = null),
      (state) => ann(state).engine.weights.pop(),
      (state) => ann(state).engine.weights[0].kernel.pop(),
      (state) => (ann(state).engine.first[0].kernel[0] = null),
      (state) => (ann(state).engine.second[1].bias[0] = -1),
    ];
    for (const change of changes) {
      const resume = JSON.parse(whole.checkpoints[3]!);
      change(resume);
      const code = await fit({ ...options, resume }).then(
        () => `resumed after ${change}`,
        (error) => error.code,
      );
      expect([String(change), code]).toEqual([String(change), "invalid-state"]);
    }
    for (const resume of [null, 7, "state", [], {}])
      await expect(fit({ ...options, resume })).rejects.toMatchObject({ code: "invalid-state" });
  });
});

describe("a checkpoint of the whole pipeline", async () => {
  const table = await generateConnections({ rows: 600, seed: 5 });
  const options = { nFeatures: 4, rfeTrees: 5, epochs: 3, seed: 2 };
  const model = ({ pipeline }: TrainedThreatDetector): unknown => [
    pipeline.preprocessor.toJSON(),
    pipeline.model.toJSON(),
  ];

  it("brings back the selected features, and the same bytes", async () => {
    const kept: string[] = [];
    const first = new Set<string>();
    const whole = await trainThreatDetector(table, {
      ...options,
      onCheckpoint: (state) => void kept.push(JSON.stringify(toPlain(state))),
      onProgress: ({ what }) => first.add(what),
    });
    expect(kept.length).toBeGreaterThan(3);
    expect(first).toContain("eliminate features");
    for (const index of [0, 2, kept.length - 1]) {
      const steps = new Set<string>();
      const again = await trainThreatDetector(table, {
        ...options,
        resume: JSON.parse(kept[index]!),
        onProgress: ({ what }) => steps.add(what),
      });
      expect(model(again)).toEqual(model(whole));
      expect(steps).not.toContain("eliminate features");
    }
    const resume = JSON.parse(kept[0]!);
    const other = await generateConnections({ rows: 600, seed: 6 });
    await expect(trainThreatDetector(other, { ...options, resume })).rejects.toMatchObject({
      code: "checkpoint-mismatch",
    });
    await expect(trainThreatDetector(table, { ...options, rfeTrees: 6, resume })).rejects.toThrowError(
      /rfeTrees is 5 there and 6 here/,
    );
  });
});
