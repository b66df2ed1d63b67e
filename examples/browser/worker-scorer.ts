import { MlsecError, type ModelKind } from "@mlsec/preprocess";
import type { JudgeOptions } from "./judge-file.js";
import type { Answer, Call, Cancel, Failure } from "./messages.js";
import type { ModelCard } from "./model-card.js";
import type { Scorer } from "./scorer.js";
import type { Scores } from "./scores.js";

/** The worker could not be started, or broke: whatever it held is lost. */
export class WorkerStopped extends Error {}

/** Works in a worker of its own, so that the page stays responsive. */
export class WorkerScorer implements Scorer {
  private readonly worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  /** Rejects when the worker could not be started, or broke. */
  private readonly broken: Promise<never>;

  constructor() {
    this.broken = new Promise((_, reject) => {
      this.worker.addEventListener("error", ({ message }) =>
        reject(new WorkerStopped(`The worker stopped: ${message || "it could not be started"}.`)),
      );
    });
    // Each call listens to it; without a call there is nobody to tell.
    this.broken.catch(() => {});
  }

  open(bundle: Blob): Promise<ModelCard> {
    return this.call<ModelCard>({ method: "open", file: bundle });
  }

  remove(kind: ModelKind): Promise<void> {
    return this.call<void>({ method: "remove", kind });
  }

  score(traffic: Blob, options: JudgeOptions): Promise<Scores> {
    return this.call<Scores>({ method: "score", file: traffic }, options);
  }

  save(options: JudgeOptions): Promise<Blob> {
    return this.call<Blob>({ method: "save" }, options);
  }

  close(): void {
    this.worker.terminate();
  }

  private call<Value>(call: Call, options?: JudgeOptions): Promise<Value> {
    const { port1, port2 } = new MessageChannel();
    const ended = new Promise<Value>((resolve, reject) => {
      port1.onmessage = ({ data }: MessageEvent<Answer>) => {
        if (data.type === "progress") options?.onProgress(data.progress);
        else if (data.type === "done") resolve(data.value as Value);
        else reject(errorFrom(data.failure));
      };
    });
    const cancel = (): void => port1.postMessage("cancel" satisfies Cancel);
    options?.signal.addEventListener("abort", cancel);
    this.worker.postMessage(call, [port2]);
    return Promise.race([ended, this.broken]).finally(() => {
      options?.signal.removeEventListener("abort", cancel);
      port1.close();
    });
  }
}

function errorFrom({ name, message, code }: Failure): Error {
  if (code !== null) return new MlsecError(code, message);
  return Object.assign(new Error(message), { name });
}
