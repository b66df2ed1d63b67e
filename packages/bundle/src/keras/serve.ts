import { MlsecError } from "@mlsec/preprocess";
import { KerasError } from "./keras-error.js";
import type { Answer, Job } from "./messages.js";
import { readKeras } from "./read-keras.js";

/** What is used of the worker's end: `self` of a browser's worker, `parentPort` of Node's. */
interface Scope {
  addEventListener(type: "message", listener: (event: { data: unknown }) => void, options: { once: true }): void;
  postMessage(message: Answer): void;
}

/**
 * Makes the worker in which it is called read the file that `readKerasInWorker` sends it. Call it once, from a file of your
 * own, which your bundler makes a worker of, and give that to `createWorker`:
 *
 *     import { serveKeras } from "@mlsec/bundle/keras";
 *     serveKeras();
 *
 * It changes the worker that it is called in: WebAssembly's memory grows no further than the job allows.
 *
 * @throws KerasError `not-a-worker` outside of a worker.
 */
export function serveKeras(): void {
  const scope = workerScope();
  scope.addEventListener(
    "message",
    ({ data }) => {
      void read(data as Job).then((answer) => scope.postMessage(answer));
    },
    { once: true },
  );
}

function workerScope(): Scope {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const threads = process?.getBuiltinModule?.("node:worker_threads") as { parentPort: Scope | null } | undefined;
  const isBrowsers = "WorkerGlobalScope" in globalThis;
  const scope = threads === undefined ? (isBrowsers ? (globalThis as unknown as Scope) : null) : threads.parentPort;
  if (scope === null)
    throw new KerasError("not-a-worker", "serveKeras() must be called in a worker's file, not on the main thread.");
  return scope;
}

async function read({ bytes, memoryBytes, ...options }: Job): Promise<Answer> {
  limitMemory(memoryBytes);
  // HDF5 writes of every damage that it finds, at length.
  console.error = () => undefined;
  try {
    const { network, ...model } = await readKeras(bytes, options);
    return { type: "read", network: network.toState(), model };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof MlsecError)) return { type: "failed", code: null, message, details: {} };
    return { type: "failed", code: error.code, message, details: { ...error.details } };
  }
}

const PAGE = 65_536;

/**
 * No memory of WebAssembly in this worker becomes larger. HDF5 is told so as by a machine that has no more, and gives up. The
 * library's own limit, 2 GB, is compiled into it; those of Node's workers are for JavaScript alone.
 */
function limitMemory(bytes: number): void {
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number): number {
    if (this.buffer.byteLength + pages * PAGE > bytes) throw new RangeError("The worker's memory is used up.");
    return grow.call(this, pages);
  };
}
