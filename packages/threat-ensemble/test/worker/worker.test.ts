import { rmSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { encodeLabels, type FeatureMatrix, featureMatrix, type Labels, type State } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NetworkSpec, networkEngine, ThreatEnsemble, type TrainingOptions } from "../../src/index.js";
import { serveTraining, workerEngine } from "../../src/worker/index.js";
import { LOGIT, sameSign } from "../training/networks.js";
import { trainerFile } from "./trainer-file.js";

const SPEC: NetworkSpec = {
  steps: 2,
  width: 1,
  layers: [{ type: "lstm", units: 8, returnSequences: false }, { type: "dropout", rate: 0.1 }, LOGIT],
};
const OPTIONS: TrainingOptions = { epochs: 4, batchSize: 32, learningRate: 0.02, seed: 7 };
const data = sameSign(200, 1);
const here = networkEngine();

const workers: Worker[] = [];
const ended = new Set<Worker>();
let files: Record<"trainer" | "broken" | "leaving", string>;

function start(file: keyof typeof files = "trainer"): Worker {
  const worker = new Worker(files[file]);
  workers.push(worker);
  worker.on("exit", () => ended.add(worker));
  return worker;
}
const engine = workerEngine({ createWorker: start });

beforeAll(async () => {
  files = {
    trainer: await trainerFile("trainer"),
    broken: await trainerFile("broken", 'throw new Error("no trainer");'),
    leaving: await trainerFile("leaving", "process.exit(3);"),
  };
});
afterAll(() => {
  for (const file of Object.values(files)) rmSync(file);
});

/** Every worker that was started is gone, or goes. */
async function allEnded(): Promise<boolean> {
  for (let turn = 0; turn < 200 && ended.size < workers.length; turn++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return ended.size === workers.length;
}

/** All that is told of a training, and the network. */
async function record(on: typeof engine, spec: NetworkSpec, options = OPTIONS): Promise<unknown[]> {
  const told: unknown[] = [];
  const network = await on.train(spec, data, {
    ...options,
    onEpoch: (epoch, at, report) => {
      told.push([epoch, at.toJSON(), report!.loss, report!.checkpoint!()]);
      return epoch === 3;
    },
  });
  return [network.toJSON(), ...told];
}

describe("workerEngine", () => {
  it("trains to the same bytes as on the calling thread, tells each epoch, and ends its worker", async () => {
    const before = workers.length;
    expect(await record(engine, SPEC)).toEqual(await record(here, SPEC));
    expect((await engine.train(SPEC, data, OPTIONS)).toJSON()).toEqual(
      (await here.train(SPEC, data, OPTIONS)).toJSON(),
    );
    expect(workers).toHaveLength(before + 2);
    expect(await allEnded()).toBe(true);
  });

  it("resumes here what was begun there", async () => {
    let checkpoint: State | undefined;
    await engine.train(SPEC, data, {
      ...OPTIONS,
      onEpoch: async (_, __, report) => {
        await Promise.resolve();
        checkpoint = report!.checkpoint!();
        return true;
      },
    });
    const resumed = await here.train(SPEC, data, { ...OPTIONS, resume: checkpoint });
    expect(resumed.toJSON()).toEqual((await here.train(SPEC, data, OPTIONS)).toJSON());
  });

  it("throws what the training throws, and what the caller's functions throw", async () => {
    const training = engine.train(SPEC, sameSign(200, 1), { ...OPTIONS, learningRate: -1 });
    await expect(training).rejects.toMatchObject({ name: "MlsecError", code: "invalid-option", details: { got: -1 } });
    await expect(
      engine.train(SPEC, data, {
        ...OPTIONS,
        onEpoch: () => {
          throw new Error("no more");
        },
      }),
    ).rejects.toThrowError("no more");
    await expect(engine.train(SPEC, data, { ...OPTIONS, resume: (() => 1) as never })).rejects.toThrowError(/cloned/);
    expect(await allEnded()).toBe(true);
  });

  it("says so where the worker fails, and where there is none", async () => {
    const broken = workerEngine({ createWorker: () => start("broken") }).train(SPEC, data, OPTIONS);
    await expect(broken).rejects.toMatchObject({ code: "worker-failed", message: /no trainer/ });
    const leaving = workerEngine({ createWorker: () => start("leaving") }).train(SPEC, data, OPTIONS);
    await expect(leaving).rejects.toMatchObject({ code: "worker-failed", message: /exit code 3/ });
    expect(() => serveTraining()).toThrowError(/main thread/);
    const none = workerEngine({
      createWorker: () => {
        throw new Error("no room");
      },
    }).train(SPEC, data, OPTIONS);
    await expect(none).rejects.toMatchObject({ code: "worker-failed", message: /no room/ });
    expect(() => workerEngine({ atOnce: 0 })).toThrowError(/atOnce/);
    expect(() => workerEngine({ threads: 3 as 2 })).toThrowError(/threads/);
  });

  it("ends a training at once when its signal is triggered", async () => {
    const stop = new AbortController();
    const reference: NetworkSpec = { ...SPEC, layers: [{ type: "lstm", units: 256, returnSequences: false }, LOGIT] };
    const training = engine.train(reference, data, { ...OPTIONS, epochs: 100_000, signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    await expect(training).rejects.toMatchObject({ code: "aborted" });
    await expect(engine.train(SPEC, data, { ...OPTIONS, signal: stop.signal })).rejects.toMatchObject({
      code: "aborted",
    });
    expect(await allEnded()).toBe(true);
  });
});

describe("two workers on a training", () => {
  const pair = workerEngine({ createWorker: start, threads: 2 });

  it("train to the bytes of one, whatever the last batch leaves for the second shard, and end", async () => {
    const before = workers.length;
    // 200 rows: whole batches; a last batch of 8 rows; one of a single row, whose second shard is empty.
    for (const batchSize of [100, 64, 199])
      expect(await record(pair, SPEC, { ...OPTIONS, batchSize })).toEqual(
        await record(here, SPEC, { ...OPTIONS, batchSize }),
      );
    expect(workers).toHaveLength(before + 6);
    expect(await allEnded()).toBe(true);
  });

  it("resume, and are resumed", async () => {
    let checkpoint: State | undefined;
    const stopped = (on: typeof engine): Promise<unknown> =>
      on.train(SPEC, data, {
        ...OPTIONS,
        onEpoch: (_, __, report) => {
          checkpoint = report!.checkpoint!();
          return true;
        },
      });
    const whole = (await here.train(SPEC, data, OPTIONS)).toJSON();
    await stopped(pair);
    expect((await here.train(SPEC, data, { ...OPTIONS, resume: checkpoint })).toJSON()).toEqual(whole);
    await stopped(here);
    expect((await pair.train(SPEC, data, { ...OPTIONS, resume: checkpoint })).toJSON()).toEqual(whole);
  });

  it("leave a network that has no shards to one", async () => {
    const dense: NetworkSpec = { steps: 1, width: 2, layers: [LOGIT] };
    const before = workers.length;
    expect(await record(pair, dense)).toEqual(await record(here, dense));
    expect(workers).toHaveLength(before + 1);
  });

  it("end together: with a failure of either, an abort, or a training that diverges", async () => {
    const wide: NetworkSpec = { ...SPEC, layers: [{ type: "lstm", units: 128, returnSequences: false }, LOGIT] };
    for (const at of [0, 1]) {
      let made = 0;
      const half = workerEngine({ createWorker: () => start(made++ === at ? "leaving" : "trainer"), threads: 2 });
      await expect(half.train(wide, data, { ...OPTIONS, epochs: 100_000 })).rejects.toMatchObject({
        code: "worker-failed",
      });
    }
    const stop = new AbortController();
    const training = pair.train(wide, data, { ...OPTIONS, epochs: 100_000, signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    await expect(training).rejects.toMatchObject({ code: "aborted" });
    const wild = pair.train(SPEC, data, { ...OPTIONS, epochs: 30, learningRate: 10, optimizer: { type: "sgd" } });
    const alone = here.train(SPEC, data, { ...OPTIONS, epochs: 30, learningRate: 10, optimizer: { type: "sgd" } });
    const [there, same] = await Promise.all([wild, alone].map((one) => one.then(String, String)));
    expect(there).toBe(same);
    expect(await allEnded()).toBe(true);
  });

  it("are one where there is no shared memory, with a notice", async () => {
    const shared = globalThis.SharedArrayBuffer;
    const notices: string[] = [];
    try {
      Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
      const alone = workerEngine({ createWorker: start, threads: 2, onNotice: ({ kind }) => notices.push(kind) });
      const before = workers.length;
      expect((await alone.train(SPEC, data, OPTIONS)).toJSON()).toEqual(
        (await here.train(SPEC, data, OPTIONS)).toJSON(),
      );
      expect(workers).toHaveLength(before + 1);
      expect(notices).toEqual(["one-thread"]);
    } finally {
      globalThis.SharedArrayBuffer = shared;
    }
  });
});

describe("an ensemble on workers", () => {
  function rows(count: number, seed: number): { matrix: FeatureMatrix; labels: Labels } {
    const random = Random.seeded(seed);
    const columns = Array.from({ length: 3 }, () => Float64Array.from({ length: count }, () => random.normal()));
    const names = Array.from(columns[0]!, (value, row) => (value > columns[1]![row]! ? "Attack" : "Normal"));
    return { matrix: featureMatrix(["a", "b", "c"], columns), labels: encodeLabels(names, ["Normal", "Attack"]) };
  }
  const { matrix, labels } = rows(300, 1);
  const options = { validation: rows(100, 2), epochs: 5, seed: 3 };

  it("trains both members at once to the same bytes, and resumes from checkpoints with both", async () => {
    const whole = await ThreatEnsemble.fit(matrix, labels, options);
    const checkpoints: State[] = [];
    const told: string[] = [];
    const before = workers.length;
    const there = await ThreatEnsemble.fit(matrix, labels, {
      ...options,
      engine,
      onCheckpoint: (state) => void checkpoints.push(state),
      onEpoch: ({ member, epoch }) => {
        told.push(`${member} ${epoch}`);
        if (told.length === 1) expect(workers).toHaveLength(before + 2);
      },
    });
    expect(there.toJSON()).toEqual(whole.toJSON());
    expect(told.toSorted()).toEqual(
      ["ann", "lstm"].flatMap((name) => [1, 2, 3, 4, 5].map((epoch) => `${name} ${epoch}`)),
    );
    expect(checkpoints).toHaveLength(10);
    for (const resume of [checkpoints[0], checkpoints[4], checkpoints[8]]) {
      for (const on of [engine, here]) {
        const again = await ThreatEnsemble.fit(matrix, labels, { ...options, engine: on, resume });
        expect(again.toJSON()).toEqual(whole.toJSON());
      }
    }
    expect(await allEnded()).toBe(true);
  });

  it("ends both members where one fails or the caller stops", async () => {
    const failing = ThreatEnsemble.fit(matrix, labels, {
      ...options,
      engine,
      epochs: 100_000,
      patience: 100_000,
      onEpoch: ({ member, epoch }) => {
        if (member === "lstm" && epoch === 2) throw new Error("enough");
      },
    });
    await expect(failing).rejects.toThrowError("enough");
    const stop = new AbortController();
    const stopped = ThreatEnsemble.fit(matrix, labels, {
      ...options,
      engine,
      epochs: 100_000,
      patience: 100_000,
      signal: stop.signal,
      onEpoch: ({ epoch }) => epoch === 3 && stop.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
    expect(await allEnded()).toBe(true);
  });
});
