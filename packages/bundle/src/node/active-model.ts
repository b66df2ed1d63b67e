import type { Detector } from "../index.js";

export interface WatchOptions {
  /** How often the store is looked at, in milliseconds. Default 1000. */
  readonly everyMs?: number | undefined;
  /** Called after another model took over, or none is active any more. */
  readonly onChange?: ((detector: Detector | null) => void) | undefined;
  /** Called where the store or the new model cannot be read. The model that was active goes on. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * The active model of a running service. `detector` is one whole detector at any moment: take it once for a request, and all
 * verdicts of that request are by the same model, whatever becomes active meanwhile.
 */
export class ActiveModel {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | null = null;
  private isClosed = false;

  private constructor(
    private readonly nameOf: () => Promise<string | null>,
    private readonly load: (name: string) => Promise<Detector>,
    private readonly options: WatchOptions,
    private name: string | null,
    private current: Detector | null,
  ) {}

  /** @internal `ModelStore.watch` makes one. */
  static async of(
    nameOf: () => Promise<string | null>,
    load: (name: string) => Promise<Detector>,
    options: WatchOptions,
  ): Promise<ActiveModel> {
    const name = await nameOf();
    const active = new ActiveModel(nameOf, load, options, name, name === null ? null : await load(name));
    active.wait();
    return active;
  }

  /** Null where no model is active. */
  get detector(): Detector | null {
    return this.current;
  }

  /** Looks at the store now, without waiting for the next time. */
  async refresh(): Promise<void> {
    this.looking ??= this.look().finally(() => {
      this.looking = null;
    });
    await this.looking;
  }

  /** Stops watching. The detector stays what it is. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private wait(): void {
    if (this.isClosed) return;
    this.timer = setTimeout(() => void this.refresh().then(() => this.wait()), this.options.everyMs ?? 1000);
    // Watching alone keeps no process alive.
    this.timer.unref();
  }

  private async look(): Promise<void> {
    try {
      const name = await this.nameOf();
      if (name === this.name) return;
      const detector = name === null ? null : await this.load(name);
      if (this.isClosed) return;
      this.name = name;
      this.current = detector;
      this.options.onChange?.(detector);
    } catch (error) {
      this.options.onError?.(error);
    }
  }
}
