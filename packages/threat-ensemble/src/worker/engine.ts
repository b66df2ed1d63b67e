import { MlsecError, throwIfAborted } from "@mlsec/preprocess";
import { nodeWorkerThreads, whyNoThreads } from "@mlsec/preprocess/workers";
import type { NetworkEngine } from "../engine.js";
import { Network } from "../network/network.js";
import type { NetworkSpec } from "../network/spec.js";
import { networkEngine } from "../training/engine.js";
import { requireCount } from "../training/options.js";
import { closeSeat, type Seat, seatsFor } from "../training/shard-exchange.js";
import { type Answer, type Ended, type Job, keptFromState, type Told } from "./messages.js";

/** What is used of a worker: a browser's `Worker`, or that of `node:worker_threads`. */
export interface TrainingWorker {
  postMessage(message: unknown, transfer: never[]): void;
  terminate(): unknown;
}

/** What an engine on workers has to tell. */
export interface WorkerNotice {
  readonly kind: "one-thread";
  readonly message: string;
}

export interface WorkerEngineOptions {
  /**
   * Starts a worker whose file calls `serveTraining()`, for bundlers and content-security policies that want it their way:
   * `() => new Worker(new URL("./trainer.js", import.meta.url), { type: "module" })`. Default: a file of the package.
   */
  readonly createWorker?: (() => TrainingWorker) | undefined;
  /** Networks that are trained at the same time, each in workers of its own; default 2, the members of an ensemble. */
  readonly atOnce?: number | undefined;
  /**
   * Workers of a training, default 1. Two share a network with LSTMs and without batch normalisation, where each computes
   * the gradients of half a batch; any other is trained by one.
   */
  readonly threads?: 1 | 2 | undefined;
  /** Told where there is no shared memory for two threads: one then trains, to the same bytes. */
  readonly onNotice?: ((notice: WorkerNotice) => void) | undefined;
}

/**
 * The package's own engine, away from the calling thread: every training gets workers, which are ended with it. The weights
 * are those of `networkEngine()`, byte for byte; a checkpoint of one is resumed by the other. An abort ends the workers
 * at once, whatever they compute.
 *
 * @throws MlsecError `invalid-option`. Trainings throw what those of `networkEngine()` do, and `worker-failed` where a
 *   worker cannot be started or ends before the training.
 */
export function workerEngine(options: WorkerEngineOptions = {}): NetworkEngine {
  const { createWorker = startWorker, atOnce = 2, threads = 1, onNotice } = options;
  requireCount("atOnce", atOnce, 1);
  if (threads !== 1 && threads !== 2)
    throw new MlsecError("invalid-option", `threads must be 1 or 2, not ${String(threads)}.`, { got: threads });
  const why = threads === 1 ? null : whyNoThreads(true);
  if (why !== null) onNotice?.({ kind: "one-thread", message: `A network is trained by one worker: ${why}.` });
  const seatsOf = (spec: NetworkSpec): readonly (Seat | null)[] =>
    (threads === 1 || why !== null ? null : seatsFor(spec)) ?? [null];
  return {
    name: networkEngine().name,
    atOnce,
    async train(spec, data, { signal, onEpoch, ...rest }) {
      const ended = await work(
        createWorker,
        { spec, data, options: rest, watched: onEpoch !== undefined, stopping: null },
        seatsOf(spec),
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
      const { signal, onEpoch, onCheckpoint, validation, patience, monitor, checkpointEvery, ...rest } = given;
      const stopping = { validation, patience, monitor, checkpointEvery, checkpoints: onCheckpoint !== undefined };
      const job = { spec, data, options: rest, watched: true, stopping };
      const ended = await work(createWorker, job, seatsOf(spec), signal, async (told) => {
        if (told.type === "history") onEpoch?.(told.history);
        else if (told.type === "checkpoint") await onCheckpoint?.(told.checkpoint);
        return false;
      });
      if (ended.type !== "stopped") throw unexpected(ended);
      return keptFromState(ended.kept);
    },
  };
}

/**
 * Does a job in workers of its own, one for each seat. All do the same; the first tells of it, and its end is the job's.
 * `hear` says whether the training is to end.
 */
async function work(
  createWorker: () => TrainingWorker,
  job: Omit<Job, "seat">,
  seats: readonly (Seat | null)[],
  signal: AbortSignal | undefined,
  hear: (told: Told) => Promise<boolean>,
): Promise<Ended> {
  throwIfAborted(signal);
  const silent = { ...job, watched: false, stopping: job.stopping && { ...job.stopping, checkpoints: false } };
  const ends: (() => void)[] = [];
  let stop = (): void => undefined;
  try {
    const ended = await new Promise<Ended | null>((resolve, reject) => {
      stop = () => resolve(null);
      signal?.addEventListener("abort", stop);
      for (const [index, seat] of seats.entries()) {
        const first = index === 0;
        const worker = started(createWorker);
        const { port1: port, port2 } = new MessageChannel();
        ends.push(() => end(worker, port, seat));
        onFailure(worker, (why) => reject(new MlsecError("worker-failed", `A worker of the training ended: ${why}`)));
        port.onmessage = async ({ data }: { data: Told | Ended }) => {
          try {
            if (data.type === "failed") throw errorOf(data);
            if (!first) return;
            if (data.type === "trained" || data.type === "stopped") return resolve(data);
            const answer: Answer = { stop: await hear(data) };
            if ("asks" in data) port.postMessage(answer);
          } catch (error) {
            reject(error);
          }
        };
        worker.postMessage({ job: { ...(first ? job : silent), seat }, port: port2 }, [port2 as never]);
      }
    });
    throwIfAborted(signal);
    // Null only where it was aborted.
    return ended as Ended;
  } finally {
    signal?.removeEventListener("abort", stop);
    for (const end of ends) end();
  }
}

function started(createWorker: () => TrainingWorker): TrainingWorker {
  try {
    return createWorker();
  } catch (cause) {
    throw new MlsecError("worker-failed", `A worker of the training could not be started: ${cause}`, {}, { cause });
  }
}

function end(worker: TrainingWorker, port: MessagePort, seat: Seat | null): void {
  port.onmessage = null;
  port.close();
  if (seat !== null) closeSeat(seat);
  worker.terminate();
}

/** The worker's entry, seen from the package's file; for Node alone, so that no bundler takes it for an asset. */
const NODE_ENTRY = "./start.js";

function startWorker(): TrainingWorker {
  const node = nodeWorkerThreads();
  if (node !== undefined) return new node.Worker(new URL(NODE_ENTRY, import.meta.url));
  return new Worker(new URL("./start.js", import.meta.url), { type: "module" });
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
