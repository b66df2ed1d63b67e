import { MlsecError } from "../errors.js";
import { throwIfAborted } from "../progress.js";
import type { FromWorker, ToWorker } from "./serve.js";
import type { WorkerLike } from "./worker-like.js";

/** Tasks that share a setup. */
export interface PoolJob {
  /** Sent once to every worker, as `structuredClone` copies it; memory in `SharedArrayBuffer`s is shared. */
  readonly setup: unknown;
  /** How many tasks; each is known by its number, from 0. */
  readonly tasks: number;
  /** Called with each task's result, in the order in which they end. */
  readonly onResult: (task: number, result: unknown) => void;
  readonly signal?: AbortSignal | undefined;
}

interface Member {
  readonly worker: WorkerLike;
  /** Tasks that it has and has not done. */
  pending: number;
  onMessage: (message: FromWorker) => void;
  onFailure: (why: string) => void;
}

/**
 * Workers that do numbered tasks, each whatever worker is free; which one did it must not matter for its result. They are
 * started when the first job comes and stay for the next; after a failure or an abort they are ended, and the next job
 * starts others. In Node, waiting workers do not keep a process alive. The workers run `serveTasks`.
 */
export class WorkerPool {
  private members: Member[] = [];
  private busy = false;

  /**
   * @param size how many workers, at least 1.
   * @param createWorker starts one.
   */
  constructor(
    readonly size: number,
    private readonly createWorker: () => WorkerLike,
  ) {}

  /**
   * Does a job's tasks, all of them.
   *
   * @throws MlsecError `worker-failed` if a worker cannot be started or breaks, `aborted`, `workers-busy` during another
   *   job, or what a task threw. No worker is left then.
   */
  async run({ setup, tasks, onResult, signal }: PoolJob): Promise<void> {
    if (this.busy) throw new MlsecError("workers-busy", "These workers do another job; wait for it or start others.");
    throwIfAborted(signal);
    this.busy = true;
    let onAbort = (): void => {};
    try {
      await new Promise<void>((resolve, reject) => {
        onAbort = () => reject(new MlsecError("aborted", "The operation was stopped by its AbortSignal."));
        signal?.addEventListener("abort", onAbort);
        let next = 0;
        let done = 0;
        if (tasks === 0) resolve();
        // A worker has its next task before it is done with the last; not near the end, when another may be free sooner.
        const feed = (member: Member): void => {
          while (next < tasks && member.pending < (tasks - next > 2 * this.size ? 2 : 1)) {
            post(member.worker, { task: next++ });
            member.pending++;
          }
        };
        const settle = (member: Member, message: FromWorker): void => {
          try {
            if ("failure" in message) throw rebuilt(message.failure);
            member.pending--;
            feed(member);
            onResult(message.task, message.result);
            if (++done === tasks) resolve();
          } catch (error) {
            reject(error);
          }
        };
        while (this.members.length < Math.min(this.size, tasks)) this.members.push(this.start());
        for (const member of this.members.slice(0, tasks)) {
          member.onMessage = (message) => settle(member, message);
          member.onFailure = (why) => reject(workerFailed(why));
          member.worker.ref?.();
          post(member.worker, { setup });
          feed(member);
        }
      });
      for (const { worker } of this.members) worker.unref?.();
    } catch (error) {
      await this.close();
      // An abort keeps its reason.
      if (error instanceof MlsecError && error.code === "aborted") throwIfAborted(signal);
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.busy = false;
    }
  }

  /** Ends the workers. The pool may be used again: it then starts others. */
  async close(): Promise<void> {
    const members = this.members;
    this.members = [];
    for (const member of members) {
      member.onMessage = () => {};
      member.onFailure = () => {};
    }
    await Promise.all(members.map(({ worker }) => worker.terminate()));
  }

  private start(): Member {
    let worker: WorkerLike;
    try {
      worker = this.createWorker();
    } catch (error) {
      throw workerFailed("could not be started", error);
    }
    const member: Member = { worker, pending: 0, onMessage: () => {}, onFailure: () => {} };
    // A worker that breaks while no job waits for it is not used for the next.
    const fail = (why: string): void => {
      this.members = this.members.filter((other) => other !== member || this.busy);
      member.onFailure(why);
    };
    const hear = (message: unknown): void => member.onMessage(message as FromWorker);
    const breaks = (error: unknown): void =>
      fail(`broke: ${(error as Partial<Error>).message || "its script could not be loaded"}`);
    const garbled = (): void => fail("sent what cannot be read");
    if (worker.on !== undefined) {
      worker.on("message", hear);
      worker.on("error", breaks);
      worker.on("messageerror", garbled);
      worker.on("exit", () => fail("ended before its work was done"));
    } else {
      worker.addEventListener?.("message", (event) => hear((event as { data: unknown }).data));
      worker.addEventListener?.("error", breaks);
      worker.addEventListener?.("messageerror", garbled);
    }
    return member;
  }
}

function post(worker: WorkerLike, message: ToWorker): void {
  worker.postMessage(message);
}

function rebuilt({ code, message, details }: { code: string; message: string; details: unknown }): MlsecError {
  return new MlsecError(code, message, details as Record<string, unknown>);
}

function workerFailed(why: string, cause?: unknown): MlsecError {
  return new MlsecError(
    "worker-failed",
    `A worker ${why}. Work on one thread, or give a createWorker that starts the package's worker as your bundler and content-security policy want it.`,
    { why },
    { cause },
  );
}
