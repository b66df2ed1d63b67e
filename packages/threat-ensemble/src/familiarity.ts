import {
  Breather,
  type FeatureMatrix,
  type FitOptions,
  quantileOfSorted,
  type State,
  type StateReader,
} from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";

/** Rows to choose prototypes from, and how many are chosen. */
const SAMPLE = 5000;
const PROTOTYPES = 128;
/** Distances that are kept to compare with, as quantiles. */
const DISTANCES = 1001;

/**
 * Squared distance that a category adds which training never saw: more than any two known ones are apart (2), so that such
 * a row is never among the familiar.
 */
const UNSEEN = 4;

/**
 * How unlike the training rows a row is: its distance from the nearest of 128 of them, as a rank among the distances of
 * rows that were held back. The 128 are drawn far from each other, each with a probability proportional to its squared
 * distance from those before it (the seeding of k-means++: Arthur and Vassilvitskii 2007), so that rare kinds of traffic
 * have a prototype too.
 */
export class Familiarity {
  constructor(
    /** Places of the columns that are compared. */
    readonly columns: Int32Array,
    /** Prototypes × columns, row-major. */
    private readonly prototypes: Float32Array,
    /** Quantiles of the squared distances of the held-back rows, ascending. */
    private readonly distances: Float64Array,
  ) {}

  /**
   * @param train @param held matrices of the same columns, on comparable scales; rows that were learnt from, and rows of the
   *   same kind that were not. At least one row each.
   */
  static async fit(
    train: FeatureMatrix,
    held: FeatureMatrix,
    { seed, signal }: FitOptions & { readonly seed: number },
  ): Promise<Familiarity> {
    const random = Random.seeded(seed);
    const breather = new Breather(signal);
    const sample = rowsOf(
      train,
      random.shuffle(Int32Array.from({ length: train.rows }, (_, row) => row)).subarray(0, SAMPLE),
    );
    const prototypes: Float32Array[] = [];
    const nearest = new Float64Array(sample.length).fill(Number.POSITIVE_INFINITY);
    let next = 0;
    while (next >= 0 && prototypes.length < PROTOTYPES) {
      const prototype = sample[next]!;
      prototypes.push(prototype);
      for (const [index, row] of sample.entries())
        nearest[index] = Math.min(nearest[index]!, squared(row, prototype, 0));
      next = drawn(nearest, random);
      if (breather.due()) await breather.pause();
    }
    const width = train.columns.length;
    const flat = new Float32Array(prototypes.length * width);
    for (const [index, prototype] of prototypes.entries()) flat.set(prototype, index * width);
    const distances = new Float64Array(held.rows);
    const columns = Int32Array.from({ length: width }, (_, column) => column);
    const fitted = new Familiarity(columns, flat, distances);
    for (const [index, row] of rowsOf(
      held,
      Int32Array.from({ length: held.rows }, (_, i) => i),
    ).entries()) {
      distances[index] = fitted.distance(row);
      if (breather.due()) await breather.pause();
    }
    distances.sort();
    const kept = Float64Array.from({ length: DISTANCES }, (_, i) => quantileOfSorted(distances, i / (DISTANCES - 1)));
    return new Familiarity(columns, flat, kept);
  }

  /**
   * The share of the held-back rows that are less unlike, 0 to 1.
   *
   * @param row one number for each of `columns`.
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

  private distance(row: ArrayLike<number>): number {
    let least = Number.POSITIVE_INFINITY;
    const width = this.columns.length;
    for (let from = 0; from < this.prototypes.length; from += width)
      least = Math.min(least, squared(row, this.prototypes, from));
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

/** Rows as arrays of float32. */
function rowsOf({ columns }: FeatureMatrix, rows: Int32Array): Float32Array[] {
  return Array.from(rows, (row) => Float32Array.from(columns, (values) => values[row]!));
}

function squared(row: ArrayLike<number>, prototypes: Float32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    const difference = Math.fround(row[i]!) - prototypes[from + i]!;
    sum += difference * difference;
  }
  return sum;
}

/** An index with a probability proportional to its weight; −1 where all are 0. */
function drawn(weights: Float64Array, random: Random): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return -1;
  let left = total * random.float();
  const index = weights.findIndex((weight) => {
    left -= weight;
    return weight > 0 && left <= 0;
  });
  return index >= 0 ? index : weights.findLastIndex((weight) => weight > 0);
}
