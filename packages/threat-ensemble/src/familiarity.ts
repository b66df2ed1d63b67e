import type { State, StateReader } from "@mlsec/preprocess";

/**
 * Squared distance that a category adds which training never saw: more than any two known ones are apart (2), so that such
 * a row is never among the familiar.
 */
const UNSEEN = 4;

/**
 * How unlike the training rows a row is: its distance from the nearest of 128 of them, as a rank among the distances of
 * rows that were held back.
 */
export class Familiarity {
  /** A row's own numbers, as float32. */
  private readonly point: Float64Array;

  constructor(
    /** Places of the columns that are compared. */
    readonly columns: Int32Array,
    /** Prototypes × columns, row-major. */
    private readonly prototypes: Float32Array,
    /** Quantiles of the squared distances of the held-back rows, ascending. */
    private readonly distances: Float64Array,
  ) {
    this.point = new Float64Array(columns.length);
  }

  /**
   * The share of the held-back rows that are less unlike, 0 to 1.
   *
   * @param row one number for each column of the matrix, of which `columns` are read.
   * @param unseen how many of its categories training never saw.
   */
  rank(row: ArrayLike<number>, unseen: number): number {
    const distance = this.distance(row) + unseen * UNSEEN;
    // The first that is not less: by halving.
    let [from, to] = [0, this.distances.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.distances[middle]! < distance) from = middle + 1;
      else to = middle;
    }
    return from / this.distances.length;
  }

  /** The same where the columns are elsewhere. */
  at(columns: Int32Array): Familiarity {
    return new Familiarity(columns, this.prototypes, this.distances);
  }

  /** The squared distance from the nearest prototype: the least that `squared` gives. */
  distance(row: ArrayLike<number>): number {
    const { columns, prototypes, point } = this;
    for (let i = 0; i < point.length; i++) point[i] = Math.fround(row[columns[i]!]!);
    let least = Number.POSITIVE_INFINITY;
    const width = point.length;
    let from = 0;
    // Four at once, since each addition waits for the one before it.
    for (; from + 4 * width <= prototypes.length; from += 4 * width) {
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let i = 0, at = from; i < width; i++, at++) {
        const value = point[i]!;
        const toA = value - prototypes[at]!;
        const toB = value - prototypes[at + width]!;
        const toC = value - prototypes[at + 2 * width]!;
        const toD = value - prototypes[at + 3 * width]!;
        a += toA * toA;
        b += toB * toB;
        c += toC * toC;
        d += toD * toD;
      }
      least = Math.min(least, a, b, c, d);
    }
    for (; from < prototypes.length; from += width) least = Math.min(least, squared(point, prototypes, from));
    return least;
  }

  toState(): State {
    return { columns: this.columns, prototypes: this.prototypes, distances: this.distances };
  }

  /** @param width columns of the ensemble's matrix. @throws MlsecError `invalid-state`. */
  static fromState(reader: StateReader, width: number): Familiarity {
    const columns = reader.int32("columns", undefined, { min: 0, max: width - 1 });
    const prototypes = reader.float32("prototypes");
    if (columns.length === 0 || prototypes.length === 0 || prototypes.length % columns.length !== 0)
      reader.fail("prototypes", "rows of a number for each column");
    const distances = reader.float64("distances");
    if (distances.length === 0 || !distances.every((value, i) => value >= (distances[i - 1] ?? 0)))
      reader.fail("distances", "ascending numbers from 0 up");
    return new Familiarity(columns, prototypes, distances);
  }
}

/** The squared distance of a row from the prototype at a place. */
export function squared(row: ArrayLike<number>, prototypes: Float32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    const difference = Math.fround(row[i]!) - prototypes[from + i]!;
    sum += difference * difference;
  }
  return sum;
}
