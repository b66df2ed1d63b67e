import { MlsecError } from "./errors.js";

/** How far a long operation is: `done` of `total` units of the step named `what`. */
export interface Progress {
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

/** Options that every asynchronous fit takes. */
export interface FitOptions {
  /** Seed of everything random in the fit: a safe non-negative integer. Default 42. */
  readonly seed?: number | undefined;
  /** Stops the fit, within 100 ms where it runs in slices, with an error of code `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** Called as the fit advances. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** The seed used where none is given. */
export const DEFAULT_SEED = 42;

/** Throws an error of code `aborted` if the signal has been triggered. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new MlsecError("aborted", "The operation was stopped by its AbortSignal.", {}, { cause: signal.reason });
  }
}

/**
 * Gives other work on this thread a turn, at most every `everyMs` milliseconds, and notices an abort.
 *
 * The clock decides only when to pause, never a result.
 */
export class Breather {
  private last: number = performance.now();

  constructor(
    readonly signal?: AbortSignal | undefined,
    private readonly everyMs = 25,
  ) {}

  /** True when the thread has been held long enough that `pause` should be awaited. */
  due(): boolean {
    return performance.now() - this.last >= this.everyMs;
  }

  /** Yields to the event loop, then throws if the signal was triggered meanwhile. */
  async pause(): Promise<void> {
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    this.last = performance.now();
    throwIfAborted(this.signal);
  }
}
