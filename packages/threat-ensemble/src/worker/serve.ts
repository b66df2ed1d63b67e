import { MlsecError } from "@mlsec/preprocess";
import { trainWithEarlyStopping } from "../training/early-stopping.js";
import { engineAt } from "../training/engine.js";
import { type Answer, type Ended, failure, type Job, keptToState, type Told } from "./messages.js";

/** What is used of the worker's end: `self` of a browser's worker, `parentPort` of Node's. */
interface Scope {
  addEventListener(type: "message", listener: (event: { data: unknown }) => void, options: { once: true }): void;
}

/**
 * Makes the worker in which it is called train the network that `workerEngine` sends it. Call it once, from a file of your
 * own, which your bundler makes a worker of, and give that to `createWorker`:
 *
 *     import { serveTraining } from "@mlsec/threat-ensemble/worker";
 *     serveTraining();
 *
 * @throws MlsecError `not-a-worker` outside of a worker.
 */
export function serveTraining(): void {
  workerScope().addEventListener(
    "message",
    ({ data }) => {
      const { job, port } = data as { job: Job; port: MessagePort };
      void train(job, new Caller(port));
    },
    { once: true },
  );
}

function workerScope(): Scope {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const threads = process?.getBuiltinModule?.("node:worker_threads") as { parentPort: Scope | null } | undefined;
  const scope = threads === undefined ? browserScope() : threads.parentPort;
  if (scope === null)
    throw new MlsecError("not-a-worker", "serveTraining() must be called in a worker's file, not on the main thread.");
  return scope;
}

function browserScope(): Scope | null {
  return "WorkerGlobalScope" in globalThis ? (globalThis as unknown as Scope) : null;
}

/** The other end of the port. */
class Caller {
  private answered: (answer: Answer) => void = () => undefined;

  constructor(private readonly port: MessagePort) {
    port.onmessage = ({ data }) => this.answered(data);
  }

  tell(message: Told | Ended): void {
    this.port.postMessage(message);
  }

  /** Tells something, and waits for the answer. */
  ask(message: Extract<Told, { asks: true }>): Promise<Answer> {
    return new Promise((resolve) => {
      this.answered = resolve;
      this.tell(message);
    });
  }
}

async function train({ spec, data, options, watched, stopping, seat }: Job, caller: Caller): Promise<void> {
  const engine = engineAt(seat);
  try {
    if (stopping === null) {
      const network = await engine.train(spec, data, {
        ...(options as object as typeof options & { resume?: never }),
        onEpoch: async (epoch, at, report) => {
          if (!watched) return false;
          const checkpoint = report?.checkpoint?.() ?? null;
          const loss = report?.loss ?? null;
          return (await caller.ask({ type: "epoch", epoch, network: at.toState(), loss, checkpoint, asks: true })).stop;
        },
      });
      caller.tell({ type: "trained", network: network.toState() });
    } else {
      const { checkpoints, ...rest } = stopping;
      const kept = await trainWithEarlyStopping(engine, spec, data, {
        ...options,
        ...rest,
        onEpoch: (history) => caller.tell({ type: "history", history }),
        onCheckpoint: checkpoints
          ? async (checkpoint) => void (await caller.ask({ type: "checkpoint", checkpoint, asks: true }))
          : undefined,
      });
      caller.tell({ type: "stopped", kept: keptToState(kept) });
    }
  } catch (error) {
    caller.tell(failure(error));
  }
}
