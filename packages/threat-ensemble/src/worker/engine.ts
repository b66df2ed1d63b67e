import { MlsecError, throwIfAborted } from "@mlsec/preprocess";
import type { NetworkEngine } from "../engine.js";
import { Network } from "../network/network.js";
import { networkEngine } from "../training/engine.js";
import { requireCount } from "../training/options.js";
import { type Answer, type Ended, type Job, keptFromState, type Told } from "./messages.js";

/** What is used of a worker: a browser's `Worker`, or that of `node:worker_threads`. */
export interface TrainingWorker {
  postMessage(message: unknown, transfer: never[]): void;
  terminate(): unknown;
}

export interface WorkerEngineOptions {
  /** Networks that are trained at the same time, each in a worker of its own; default 2, the members of an ensemble. */
  readonly atOnce?: number | undefined;
}

/**
 * The package's own engine, away from the calling thread: every training gets a worker, which is ended with it. The weights
 * are those of `networkEngine()`, byte for byte; a checkpoint of one is resumed by the other. An abort ends the worker
 * at once, whatever it computes.
 *
 * @param start makes a worker whose file calls `serveTraining()`:
 *   `() => new Worker(new URL("./trainer.js", import.meta.url), { type: "module" })`.
 * @throws MlsecError `invalid-option`. Trainings throw what those of `networkEngine()` do, and `worker-failed` where the
 *   worker cannot be started or ends before the training.
 */
export function workerEngine(start: () => TrainingWorker, options: WorkerEngineOptions = {}): NetworkEngine {
  const { atOnce = 2 } = options;
  requireCount("atOnce", atOnce, 1);
  return {
    name: networkEngine().name,
    atOnce,
    async train(spec, data, { signal, onEpoch, ...rest }) {
      const ended = await work(
        start,
        { spec, data, options: rest, watched: onEpoch !== undefined, stopping: null },
        signal,
        async (told) => {
          if (told.type !== "epoch" || onEpoch === undefined) return false;
          const { epoch, network, loss, checkpoint } = told;
          const report =
            loss === null ? undefined : { loss, checkpoint: checkpoint === null ? undefined : () => checkpoint };
          return onEpoch(epoch, Network.fromState(network), report);
        },
      );
      if (ended.type !== "trained") throw unexpected(ended);
      return Network.fromState(ended.network);
    },
    async trainWithEarlyStopping(spec, data, given) {
      const { signal, onEpoch, onCheckpoint, validation, patience, checkpointEvery, ...rest } = given;
      const stopping = { validation, patience, checkpointEvery, checkpoints: onCheckpoint !== undefined };
      const ended = await work(start, { spec, data, options: rest, watched: true, stopping }, signal, async (told) => {
        if (told.type === "history") onEpoch?.(told.history);
        else if (told.type === "checkpoint") await onCheckpoint?.(told.checkpoint);
        return false;
      });
      if (ended.type !== "stopped") throw unexpected(ended);
      return keptFromState(ended.kept);
    },
  };
}

/** Does a job in a worker of its own. `hear` says whether the training is to end. */
async function work(
  start: () => TrainingWorker,
  job: Job,
  signal: AbortSignal | undefined,
  hear: (told: Told) => Promise<boolean>,
): Promise<Ended> {
  throwIfAborted(signal);
  const worker = start();
  const { port1: port, port2 } = new MessageChannel();
  let stop = (): void => undefined;
  try {
    const ended = await new Promise<Ended | null>((resolve, reject) => {
      stop = () => resolve(null);
      signal?.addEventListener("abort", stop);
      onFailure(worker, (why) => reject(new MlsecError("worker-failed", `The worker of the training ended: ${why}`)));
      port.onmessage = async ({ data }: { data: Told | Ended }) => {
        try {
          if (data.type === "failed") throw errorOf(data);
          if (data.type === "trained" || data.type === "stopped") return resolve(data);
          const answer: Answer = { stop: await hear(data) };
          if ("asks" in data) port.postMessage(answer);
        } catch (error) {
          reject(error);
        }
      };
      worker.postMessage({ job, port: port2 }, [port2 as never]);
    });
    throwIfAborted(signal);
    // Null only where it was aborted.
    return ended as Ended;
  } finally {
    signal?.removeEventListener("abort", stop);
    port.onmessage = null;
    port.close();
    worker.terminate();
  }
}

/** Hears of a worker that cannot start, throws or ends, in Node's way or in that of browsers. */
function onFailure(worker: TrainingWorker, hear: (why: string) => void): void {
  const { on, addEventListener } = worker as {
    on?: (event: string, listener: (value: unknown) => void) => void;
    addEventListener?: (type: string, listener: (event: { message?: string }) => void) => void;
  };
  if (on !== undefined) {
    on.call(worker, "error", (error) => hear(String(error)));
    on.call(worker, "exit", (code) => hear(`exit code ${code}.`));
  } else {
    addEventListener?.call(worker, "error", ({ message = "its file could not be loaded." }) => hear(message));
  }
}

function errorOf({ code, message, details }: Extract<Ended, { type: "failed" }>): Error {
  return code === null ? new Error(`In the training's worker: ${message}`) : new MlsecError(code, message, details);
}

function unexpected(ended: Ended): Error {
  return new Error(`The training's worker ended as ${ended.type}.`);
}
