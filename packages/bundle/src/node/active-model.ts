import type { Detector } from "../index.js";

export interface WatchOptions {
  /** How often the store is looked at, in milliseconds. Default 1000. */
  readonly everyMs?: number | undefined;
  /** Called after another model took over, or none is active any more. */
  readonly onChange?: ((detector: Detector | null) => void) | undefined;
  /** Called where the store or the new model cannot be read. The model that was active goes on. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A name of a model and what it is, or nulls where none is active. */
interface Loaded {
  readonly name: string | null;
  readonly detector: Detector | null;
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
    private readonly load: () => Promise<Loaded>,
    private readonly options: WatchOptions,
    private name: string | null,
    private current: Detector | null,
  ) {}

  /** @internal `ModelStore.watch` makes one. */
  static async of(
    nameOf: () => Promise<string | null>,
    load: () => Promise<Loaded>,
    options: WatchOptions,
  ): Promise<ActiveModel> {
    const { name, detector } = await load();
    const active = new ActiveModel(nameOf, load, options, name, detector);
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
      if ((await this.nameOf()) === this.name) return;
      const { name, detector } = await this.load();
      if (this.isClosed || name === this.name) return;
      this.name = name;
      this.current = detector;
      this.options.onChange?.(detector);
    } catch (error) {
      this.options.onError?.(error);
    }
  }
}
