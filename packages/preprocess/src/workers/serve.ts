import { MlsecError } from "../errors.js";
import { nodeWorkerThreads } from "./worker-like.js";

/** What a pool says to its workers: what all tasks share, then one task after the other. */
export type ToWorker = { readonly setup: unknown } | { readonly task: number };

/** What a worker answers: a task's result, or why there is none. */
export type FromWorker =
  | { readonly task: number; readonly result: unknown }
  | { readonly failure: { readonly code: string; readonly message: string; readonly details: unknown } };

/** One task; `transfer` lists buffers of the result that are handed over instead of copied. */
export type DoTask = (task: number) => Promise<{ result: unknown; transfer: ArrayBuffer[] }>;

/** The end of a worker at which messages come in and go out. */
interface Port {
  postMessage(message: FromWorker, transfer: ArrayBuffer[]): void;
  onMessage(listener: (message: ToWorker) => void): void;
}

/**
 * Makes the worker that runs this serve a `WorkerPool`. Does nothing on a main thread.
 *
 * @param prepare makes of a job's setup what does its tasks.
 */
export function serveTasks(prepare: (setup: never) => DoTask): void {
  const port = ownPort();
  if (port === null) return;
  let doTask: DoTask | null = null;
  const answer = async (message: ToWorker): Promise<void> => {
    try {
      if ("setup" in message) {
        doTask = prepare(message.setup as never);
      } else {
        if (doTask === null) throw new MlsecError("worker-failed", "A task came before its setup.");
        const { result, transfer } = await doTask(message.task);
        port.postMessage({ task: message.task, result }, transfer);
      }
    } catch (error) {
      port.postMessage({ failure: described(error) }, []);
    }
  };
  // One after the other, as the next task may be here before the one at hand is done.
  let last = Promise.resolve();
  port.onMessage((message) => {
    last = last.then(() => answer(message));
  });
}

function described(error: unknown): { code: string; message: string; details: unknown } {
  if (error instanceof MlsecError) return { code: error.code, message: error.message, details: { ...error.details } };
  return { code: "worker-failed", message: `A worker failed: ${String(error)}.`, details: {} };
}

function ownPort(): Port | null {
  const node = nodeWorkerThreads();
  if (node !== undefined) {
    const { parentPort } = node;
    if (parentPort === null) return null;
    return {
      postMessage: (message, transfer) => parentPort.postMessage(message, transfer),
      onMessage: (listener) => parentPort.on("message", (message) => listener(message as ToWorker)),
    };
  }
  // Pages have a document, workers do not.
  if (typeof document !== "undefined" || typeof self === "undefined") return null;
  return {
    postMessage: (message, transfer) => self.postMessage(message, { transfer }),
    onMessage: (listener) => self.addEventListener("message", ({ data }) => listener(data)),
  };
}
