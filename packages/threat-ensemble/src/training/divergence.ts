import { MlsecError } from "@mlsec/preprocess";

/** A coin toss costs ln 2; an epoch whose mean loss is this many times more has lost its way. */
const LIMIT = 3 * Math.LN2;

/**
 * Ends a training that diverges: a loss that is no number; or, after an epoch, a mean loss far above that of a coin toss
 * and above that of the first batch, which had learned nothing. (Untrained networks on unscaled inputs begin with large
 * losses too, but they do not rise.)
 */
export class DivergenceWatch {
  private sum = 0;
  private rows = 0;
  private weight = 0;
  private firstLoss: number | null;

  /** @param firstLoss the mean loss of the first batch, in a training that is resumed. */
  constructor(firstLoss: number | null = null) {
    this.firstLoss = firstLoss;
  }

  /** The mean loss of the first batch. */
  get first(): number {
    return this.firstLoss ?? 0;
  }

  /**
   * Adds a batch: the sum of its losses, its rows, and the sum of their weights.
   *
   * @throws MlsecError `diverged`.
   */
  add(loss: number, rows: number, weight: number, epoch: number): void {
    if (loss - loss !== 0) throw diverged(loss, epoch, `became ${loss}`);
    this.firstLoss ??= loss / rows;
    this.sum += loss;
    this.rows += rows;
    this.weight += weight;
  }

  /** The mean loss of the epoch that ends here. @throws MlsecError `diverged`. */
  endEpoch(epoch: number): number {
    const mean = this.sum / this.rows;
    const limit = LIMIT * (this.weight / this.rows);
    this.sum = 0;
    this.rows = 0;
    this.weight = 0;
    if (mean > limit && mean > this.first) throw diverged(mean, epoch, `rose to ${mean.toPrecision(3)}`);
    return mean;
  }
}

export function diverged(loss: number, epoch: number, what: string): MlsecError {
  return new MlsecError(
    "diverged",
    `The training diverged: its loss ${what} in epoch ${epoch}. Lower the learning rate, or scale the inputs.`,
    { epoch, loss },
  );
}
