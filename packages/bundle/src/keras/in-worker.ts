import { nodeWorkerThreads } from "@mlsec/preprocess/workers";
import { Network } from "@mlsec/threat-ensemble/score";
import { invalidKeras, KerasError, tooLarge } from "./keras-error.js";
import { MAX_KERAS_BYTES } from "./limits.js";
import type { Answer, Job } from "./messages.js";
import type { KerasModel, ReadKerasOptions } from "./read-keras.js";

/** What is used of a worker: a browser's `Worker`, or that of `node:worker_threads`. */
export interface KerasWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

export interface ReadKerasInWorkerOptions extends ReadKerasOptions {
  /** Most milliseconds, the worker's start among them; default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Most bytes of memory: for HDF5, and in Node as much again for JavaScript's objects; default 1,000,000,000. */
  readonly memoryBytes?: number | undefined;
  /**
   * Starts a worker whose file calls `serveKeras()`, for bundlers and content-security policies that want it their way:
   * `() => new Worker(new URL("./keras-worker.js", import.meta.url), { type: "module" })`. Default: a file of the package.
   */
  readonly createWorker?: (() => KerasWorker) | undefined;
}

/**
 * As `readKeras`, in a worker of its own that is ended with the file, and before, when it takes more time or memory than it
 * may: for files of strangers. The bytes are copied.
 *
 * @throws KerasError as `readKeras`; `too-slow`, and `worker-failed` where the worker cannot be started or ends by itself,
 *   as when it has no memory left for JavaScript.
 */
export async function readKerasInWorker(
  bytes: Uint8Array,
  options: ReadKerasInWorkerOptions = {},
): Promise<KerasModel> {
  const { config, kerasVersion, maxBytes = MAX_KERAS_BYTES, timeoutMs = 30_000, memoryBytes = 1e9 } = options;
  const { createWorker = () => startWorker(memoryBytes) } = options;
  requirePositive("timeoutMs", timeoutMs);
  requirePositive("memoryBytes", memoryBytes);
  if (bytes.length > maxBytes) throw tooLarge(`The file has ${bytes.length} bytes`, maxBytes);
  const job: Job = { bytes, config: configText(config), kerasVersion, maxBytes, memoryBytes };
  const worker = started(createWorker);
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      const slow = `The file took more than ${timeoutMs} ms to read, which is the limit.`;
      timer = setTimeout(() => reject(new KerasError("too-slow", slow, { limit: timeoutMs })), timeoutMs);
      listen(worker, resolve, (why) =>
        reject(new KerasError("worker-failed", `The worker that read the file ended: ${why}`)),
      );
      worker.postMessage(job);
    });
    if (answer.type === "read") return { ...answer.model, network: Network.fromState(answer.network) };
    if (answer.code === null)
      throw new KerasError("worker-failed", `In the worker that read the file: ${answer.message}`);
    throw new KerasError(answer.code, answer.message, answer.details);
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
}

function configText(config: unknown): string | null {
  if (config === undefined || config === null) return null;
  if (typeof config === "string") return config;
  try {
    return JSON.stringify(config) ?? null;
  } catch (cause) {
    throw invalidKeras("The model's configuration cannot be written as JSON: it may hold itself.", {}, cause);
  }
}

/** The worker's entry, seen from the package's file; for Node alone, so that no bundler takes it for an asset. */
const NODE_ENTRY = "./start.js";

function startWorker(memoryBytes: number): KerasWorker {
  const node = nodeWorkerThreads();
  if (node === undefined) return new Worker(new URL("./start.js", import.meta.url), { type: "module" });
  const NodeWorker = node.Worker as unknown as new (file: URL, options: object) => KerasWorker;
  const megabytes = Math.max(16, Math.ceil(memoryBytes / 1e6));
  return new NodeWorker(new URL(NODE_ENTRY, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: megabytes, maxYoungGenerationSizeMb: 64 },
  });
}

function started(createWorker: () => KerasWorker): KerasWorker {
  try {
    return createWorker();
  } catch (cause) {
    throw new KerasError("worker-failed", `A worker could not be started: ${String(cause)}`, {}, { cause });
  }
}

/** Hears what a worker answers, and of its end, in Node's way or in that of browsers. */
function listen(worker: KerasWorker, answered: (answer: Answer) => void, failed: (why: string) => void): void {
  const { on, addEventListener } = worker as {
    on?: (event: string, listener: (value: unknown) => void) => void;
    addEventListener?: (type: string, listener: (event: { data?: unknown; message?: string }) => void) => void;
  };
  if (on !== undefined) {
    on.call(worker, "message", (answer) => answered(answer as Answer));
    on.call(worker, "error", (error) => failed(String(error)));
    on.call(worker, "exit", (code) => failed(`exit code ${String(code)}.`));
  } else {
    addEventListener?.call(worker, "message", ({ data }) => answered(data as Answer));
    addEventListener?.call(worker, "error", ({ message = "its file could not be loaded." }) => failed(message));
  }
}

function requirePositive(option: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new KerasError("invalid-option", `${option} must be a number above 0, not ${String(value)}.`, { got: value });
}
