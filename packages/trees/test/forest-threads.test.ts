import { Worker } from "node:worker_threads";
import { ForestThreads, RandomForestClassifier, type RandomForestOptions, type ThreadNotice } from "@mlsec/trees";
import { afterEach, describe, expect, it, vi } from "vitest";
import { clouds } from "./generated.js";
import { forestWorker } from "./source-worker.js";

const { fit } = RandomForestClassifier;

/** Counts the workers that were started and have not ended. */
function counted(start: () => Worker) {
  const counts = { started: 0, alive: 0 };
  const createWorker = (): Worker => {
    const worker = start();
    counts.started++;
    counts.alive++;
    worker.on("exit", () => counts.alive--);
    return worker;
  };
  return { counts, createWorker };
}

const scripted = (code: string) => (): Worker => new Worker(code, { eval: true });

afterEach(() => vi.unstubAllGlobals());

describe("a forest on threads", () => {
  const cases: [string, RandomForestOptions][] = [
    ["plain", {}],
    ["weighted entropy without bootstrap", { criterion: "entropy", classWeight: "balanced", bootstrap: false }],
    ["pruned, best first", { maxLeafNodes: 20, ccpAlpha: 0.002 }],
  ];

  it.each(cases)("is the same to the byte on 1, 2 and 4: %s", async (_, options) => {
    const { matrix, labels } = clouds(300, 8, 3, 1);
    const one = await fit(matrix, labels, { ...options, nEstimators: 9, seed: 3 });
    for (const threads of [2, 4]) {
      const { counts, createWorker } = counted(forestWorker);
      const progress: number[] = [];
      const forest = await fit(matrix, labels, {
        ...options,
        nEstimators: 9,
        seed: 3,
        threads,
        createWorker,
        onProgress: ({ done }) => progress.push(done),
      });
      expect(forest.toState()).toEqual(one.toState());
      expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(counts).toEqual({ started: threads, alive: 0 });
    }
  });

  it("learns from missing values there, too", async () => {
    const { matrix, labels } = clouds(200, 6, 2, 2);
    matrix.columns[1]!.forEach((_, row, column) => {
      if (row % 7 === 0) column[row] = Number.NaN;
    });
    const one = await fit(matrix, labels, { nEstimators: 6 });
    const two = await fit(matrix, labels, { nEstimators: 6, threads: 2, createWorker: forestWorker });
    expect(two.toState()).toEqual(one.toState());
  });

  it("shares threads between fits, and ends them when told", async () => {
    const { matrix, labels } = clouds(150, 5, 2, 3);
    const { counts, createWorker } = counted(forestWorker);
    const threads = new ForestThreads(2, { createWorker });
    for (const seed of [1, 2, 3]) {
      const forest = await fit(matrix, labels, { nEstimators: 4, seed, threads });
      expect(forest.toState()).toEqual((await fit(matrix, labels, { nEstimators: 4, seed })).toState());
    }
    const running = fit(matrix, labels, { nEstimators: 4, threads });
    await expect(Promise.resolve().then(() => fit(matrix, labels, { nEstimators: 4, threads }))).rejects.toMatchObject({
      code: "workers-busy",
    });
    await running;
    expect(counts).toEqual({ started: 2, alive: 2 });
    await threads.close();
    expect(counts.alive).toBe(0);
  });

  it("stops when told, and leaves no thread", async () => {
    const { matrix, labels } = clouds(20_000, 20, 4, 4);
    const { counts, createWorker } = counted(forestWorker);
    const controller = new AbortController();
    const growing = fit(matrix, labels, {
      nEstimators: 500,
      threads: 2,
      createWorker,
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done === 4) controller.abort("enough");
      },
    });
    await expect(growing).rejects.toMatchObject({ code: "aborted", cause: "enough" });
    expect(counts).toEqual({ started: 2, alive: 0 });
  });

  it.each([
    ["throws", scripted("throw new Error('no luck')"), /broke: no luck/],
    ["ends", scripted("process.exit(0)"), /ended before its work was done/],
    ["is not there", () => new Worker("/nowhere/worker.js"), /broke: .*nowhere/],
    [
      "breaks in a task",
      scripted(
        "require('node:worker_threads').parentPort.on('message', (m) => { if ('task' in m) throw Error('late'); })",
      ),
      /broke: late/,
    ],
    [
      "cannot be created",
      (): Worker => {
        throw new Error("forbidden");
      },
      /could not be started/,
    ],
  ])("says so where a worker %s, and leaves no thread", async (_, start, message) => {
    const { matrix, labels } = clouds(60, 4, 2, 5);
    const { counts, createWorker } = counted(start);
    const failing = fit(matrix, labels, { nEstimators: 5, threads: 3, createWorker });
    await expect(failing).rejects.toMatchObject({ code: "worker-failed", message: expect.stringMatching(message) });
    expect(counts.alive).toBe(0);
  });

  it("goes on with new threads after a failure", async () => {
    const { matrix, labels } = clouds(60, 4, 2, 6);
    let first = true;
    const threads = new ForestThreads(2, {
      createWorker: () => {
        const start = first ? scripted("throw new Error('once')") : forestWorker;
        first = false;
        return start();
      },
    });
    await expect(fit(matrix, labels, { nEstimators: 4, threads })).rejects.toMatchObject({ code: "worker-failed" });
    const forest = await fit(matrix, labels, { nEstimators: 4, threads });
    expect(forest.toState()).toEqual((await fit(matrix, labels, { nEstimators: 4 })).toState());
    await threads.close();
  });

  it("is grown on one thread, with a notice, where no memory can be shared", async () => {
    const { matrix, labels } = clouds(60, 4, 2, 7);
    const one = await fit(matrix, labels, { nEstimators: 3 });
    vi.stubGlobal("SharedArrayBuffer", undefined);
    const notices: ThreadNotice[] = [];
    const createWorker = (): Worker => expect.unreachable();
    const forest = await fit(matrix, labels, {
      nEstimators: 3,
      threads: 2,
      createWorker,
      onNotice: (notice) => notices.push(notice),
    });
    expect(forest.toState()).toEqual(one.toState());
    expect(notices).toEqual([{ kind: "one-thread", message: expect.stringContaining("no shared memory") }]);
  });

  it.each([0, 1.5, Number.NaN])("refuses %d threads", async (threads) => {
    const { matrix, labels } = clouds(20, 3, 2, 8);
    await expect(fit(matrix, labels, { threads })).rejects.toMatchObject({ code: "invalid-option" });
  });
});
