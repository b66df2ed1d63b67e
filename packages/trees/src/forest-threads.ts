import { nodeWorkerThreads, type WorkerLike, WorkerPool, whyNoThreads } from "@mlsec/preprocess/workers";
import { checkCount } from "./options.js";

/** Why a forest is grown on one thread though more were asked for. */
export interface ThreadNotice {
  readonly kind: "one-thread";
  readonly message: string;
}

/** How threads are started. */
export interface ForestThreadsOptions {
  /**
   * Starts a worker whose file calls `serveForests()` of `@mlsec/trees/worker`, for bundlers and content-security policies
   * that want it their way. Default: a file of the package.
   */
  readonly createWorker?: (() => WorkerLike) | undefined;
  /** Told where there can be no threads; the forest is then grown on one, and is the same. */
  readonly onNotice?: ((notice: ThreadNotice) => void) | undefined;
}

/** The worker's entry, seen from the package's files; for Node alone, so that no bundler takes it for an asset. */
const NODE_ENTRY = "./worker/start.js";

/**
 * Threads for forests, which fits one after another may share: starting one takes tens of milliseconds. Worker threads in
 * Node, web workers in browsers, which need shared memory there (a cross-origin isolated page). They start with the first
 * fit; `close` ends them.
 */
export class ForestThreads {
  /** Null where there can be no threads. @internal */
  readonly pool: WorkerPool | null;

  /**
   * @param count how many, at least 1.
   * @throws MlsecError `invalid-option`.
   */
  constructor(
    readonly count: number,
    { createWorker, onNotice }: ForestThreadsOptions = {},
  ) {
    checkCount("threads", count, 1);
    const why = count === 1 ? null : whyNoThreads(createWorker !== undefined);
    if (why !== null) onNotice?.({ kind: "one-thread", message: `The forest is grown on one thread: ${why}.` });
    this.pool = count === 1 || why !== null ? null : new WorkerPool(count, createWorker ?? startWorker);
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.pool?.close();
  }
}

function startWorker(): WorkerLike {
  const node = nodeWorkerThreads();
  if (node !== undefined) return new node.Worker(new URL(NODE_ENTRY, import.meta.url));
  return new Worker(new URL("./worker/start.js", import.meta.url), { type: "module" });
}
