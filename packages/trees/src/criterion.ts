import { log2 } from "@mlsec/preprocess/numeric";

/** Impurity of a node from its class weights: 1 − Σp², or −Σ p·log2(p), as scikit-learn computes them. */
export function impurity(criterion: "gini" | "entropy", classWeights: Float64Array, total: number): number {
  let sum = 0;
  if (criterion === "gini") {
    for (const weight of classWeights) sum += weight * weight;
    return 1 - sum / (total * total);
  }
  for (const weight of classWeights) {
    if (weight > 0) sum -= (weight / total) * log2(weight / total);
  }
  return sum;
}

/** More units than this get no table: 128 MB of terms. */
const TABLE_LIMIT = 1 << 24;

/**
 * How the splits of one fit are scored: the larger score leaves less impurity.
 *
 * With class weights l left and r right, L and R their sums, the score is Σ l²/L + Σ r²/R for Gini, and
 * Σ l·log2(l) − L·log2(L) plus the same of the right for entropy: both grow as the weighted impurity of the two sides
 * shrinks. A class's weight is its *units* (rows, in most fits) times its factor, and its term (l² or l·log2(l)) is
 * looked up in a table by whole units.
 *
 * Factors and terms are rounded to binary grids so coarse that sums of them are exact in doubles, in any order (and so
 * fine, 2^−52 of the largest sum, that it does not matter otherwise). Equal partitions found on different features
 * therefore score the same bits, and the documented rule for ties decides, not rounding.
 */
export interface Scoring {
  readonly criterion: "gini" | "entropy";
  /** Gini without class weights, on whole units few enough for exact squares: no tables are needed. */
  readonly plainGini: boolean;
  /** Weight of one unit by class, exactly as given. */
  readonly factors: Float64Array;
  /** The same, rounded to the grid of total weights. */
  readonly gridFactors: Float64Array;
  /** The term of class c and u units is `terms[offsets[c] + u]`; null where units are not whole numbers. */
  readonly terms: Float64Array | null;
  readonly offsets: Int32Array;
  /** x·log2(x) of whole totals; null for Gini and where a factor is not 1. */
  readonly totals: Float64Array | null;
}

/**
 * @param factors the weight of one unit, by class; positive for every class that has units.
 * @param classUnits the most units that a node can have, by class.
 * @param whole whether every row has a whole number of units.
 */
export function scoring(
  criterion: "gini" | "entropy",
  factors: Float64Array,
  classUnits: Float64Array,
  whole: boolean,
): Scoring {
  const weights = classUnits.map((units, c) => units * factors[c]!);
  const weight = sumOf(weights);
  const weightGrid = gridFor(weight);
  const gridFactors = factors.map((factor) => Math.max(weightGrid, toGrid(factor, weightGrid)));
  const plain = factors.every((factor) => factor === 1);
  const offsets = new Int32Array(factors.length);
  const units = sumOf(classUnits);
  const plainGini = criterion === "gini" && plain && whole && units < 67108864;
  if (!whole || units > TABLE_LIMIT) {
    return { criterion, plainGini, factors, gridFactors, terms: null, offsets, totals: null };
  }

  const term = criterion === "gini" ? square : xLog2X;
  const largestSum = criterion === "gini" ? weight * weight : weight * (1 + Math.abs(log2(weight)));
  const grid = gridFor(largestSum);
  if (plain) {
    const terms = Float64Array.from({ length: units + 1 }, (_, x) => toGrid(term(x), grid));
    return { criterion, plainGini, factors, gridFactors, terms, offsets, totals: criterion === "gini" ? null : terms };
  }
  let length = 0;
  for (let c = 0; c < factors.length; c++) {
    offsets[c] = length;
    length += classUnits[c]! + 1;
  }
  const terms = new Float64Array(length);
  for (let c = 0; c < factors.length; c++) {
    for (let u = 1; u <= classUnits[c]!; u++) terms[offsets[c]! + u] = toGrid(term(u * gridFactors[c]!), grid);
  }
  return { criterion, plainGini, factors, gridFactors, terms, offsets, totals: null };
}

/** The power of two such that its multiples up to twice `largest` are doubles. */
function gridFor(largest: number): number {
  let grid = 1;
  while (grid * 4503599627370496 > largest * 2) grid /= 2;
  while (grid * 4503599627370496 < largest) grid *= 2;
  return grid;
}

function toGrid(value: number, grid: number): number {
  return Math.round(value / grid) * grid;
}

function square(x: number): number {
  return x * x;
}

/** x·log2(x), continued by 0 at 0. */
export function xLog2X(x: number): number {
  return x > 0 ? x * log2(x) : 0;
}

/** Per cell of [0, 1], the tangent of the binary entropy at the cell's middle: intercept and slope. Made on first use. */
let tangents: Float64Array | undefined;
const TANGENTS = 1024;

/**
 * A little more than the binary entropy −p·log2(p) − (1−p)·log2(1−p), for 0 < p < 1: the cross-entropy with a
 * neighbouring q, −p·log2(q) − (1−p)·log2(1−q), which is linear in p and never smaller (Gibbs' inequality).
 */
export function binaryEntropyBound(p: number): number {
  tangents ??= makeTangents();
  const cell = 2 * Math.floor(p * TANGENTS);
  return tangents[cell]! + tangents[cell + 1]! * p;
}

function makeTangents(): Float64Array {
  const made = new Float64Array(2 * TANGENTS);
  for (let cell = 0; cell < TANGENTS; cell++) {
    const q = (cell + 0.5) / TANGENTS;
    made[2 * cell] = -log2(1 - q);
    made[2 * cell + 1] = log2(1 - q) - log2(q);
  }
  return made;
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
