import { MlsecError } from "./errors.js";
import type { FitOptions } from "./progress.js";

/**
 * Times the stages of a pipeline and reports each as progress when it begins. The stages are announced in advance, so
 * that "3 of 6" means something. One that begins again goes on where it was.
 */
export class StageClock {
  private readonly elapsed: Record<string, number> = {};
  private current: string | null = null;
  private since = 0;

  constructor(
    private readonly stages: readonly string[],
    private readonly onProgress: FitOptions["onProgress"],
  ) {}

  /** Ends the stage before and begins the named one. */
  start(stage: string): void {
    const index = this.stages.indexOf(stage);
    if (index === -1)
      throw new MlsecError("unknown-stage", `${JSON.stringify(stage)} is not one of the announced stages.`);
    this.stop();
    this.current = stage;
    this.since = performance.now();
    this.onProgress?.({ what: stage, done: 0, total: 1 });
  }

  /** Ends the last stage; seconds by stage, to the millisecond. */
  finish(): Readonly<Record<string, number>> {
    this.stop();
    return this.elapsed;
  }

  private stop(): void {
    if (this.current === null) return;
    const milliseconds = 1000 * (this.elapsed[this.current] ?? 0) + performance.now() - this.since;
    this.elapsed[this.current] = Math.round(milliseconds) / 1000;
    this.onProgress?.({ what: this.current, done: 1, total: 1 });
    this.current = null;
  }
}
