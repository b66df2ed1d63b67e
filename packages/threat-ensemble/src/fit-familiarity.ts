import { Breather, type FeatureMatrix, type FitOptions, quantileOfSorted } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { Familiarity, squared } from "./familiarity.js";

/** Rows to choose prototypes from, and how many are chosen. */
const SAMPLE = 5000;
const PROTOTYPES = 128;
/** Distances that are kept to compare with, as quantiles. */
const DISTANCES = 1001;

/**
 * Draws 128 prototypes from the training rows, each with a probability proportional to its squared distance from those
 * before it (the seeding of k-means++: Arthur and Vassilvitskii 2007), so that rare kinds of traffic have one too, and
 * measures how far held-back rows are from them.
 *
 * @param train @param held matrices of the same columns, on comparable scales: rows that are learnt from, and rows of the
 *   same kind that are not. At least one row each.
 */
export async function fitFamiliarity(
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
    for (const [index, row] of sample.entries()) nearest[index] = Math.min(nearest[index]!, squared(row, prototype, 0));
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

/** Rows as arrays of float32. */
function rowsOf({ columns }: FeatureMatrix, rows: Int32Array): Float32Array[] {
  return Array.from(rows, (row) => Float32Array.from(columns, (values) => values[row]!));
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
