/** What a pool needs of a worker: a web `Worker` has it, and so has a `Worker` of Node's `node:worker_threads`. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  /** Ends the worker, whatever it is doing. */
  terminate(): unknown;
  /** Web workers. */
  addEventListener?(type: string, listener: (event: unknown) => void): void;
  /** Node's workers. */
  on?(event: string, listener: (value: unknown) => void): unknown;
  /** Lets Node's process end while the worker waits. */
  unref?(): void;
  ref?(): void;
}

/** What is used of Node's module `node:worker_threads`. */
export interface NodeWorkerThreads {
  readonly Worker: new (script: URL) => WorkerLike;
  /** Null on the main thread. */
  readonly parentPort: {
    postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
    on(event: "message", listener: (message: unknown) => void): unknown;
  } | null;
}

/**
 * Node's worker threads, where there are any (from Node 20.16 on): without an import, so that bundlers for browsers see
 * none.
 */
export function nodeWorkerThreads(): NodeWorkerThreads | undefined {
  return globalThis.process?.getBuiltinModule?.("node:worker_threads") as NodeWorkerThreads | undefined;
}

/** Why there can be no workers that share memory here, or null where there can. */
export function whyNoThreads(hasOwnWorkers: boolean): string | null {
  if (typeof SharedArrayBuffer === "undefined" || globalThis.crossOriginIsolated === false) {
    return "there is no shared memory (a page has it only with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)";
  }
  if (hasOwnWorkers || nodeWorkerThreads() !== undefined || typeof Worker !== "undefined") return null;
  return "there are no workers";
}

/** A copy of numbers in memory that workers share; the numbers themselves where they are in such memory already. */
export function shared(values: Int32Array): Int32Array;
export function shared(values: Float32Array): Float32Array;
export function shared(values: Int32Array | Float32Array): Int32Array | Float32Array {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const memory = new SharedArrayBuffer(values.byteLength);
  const copy = values instanceof Int32Array ? new Int32Array(memory) : new Float32Array(memory);
  copy.set(values);
  return copy;
}
