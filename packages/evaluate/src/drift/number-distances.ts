import type { CountedNumbers } from "./number-counts.js";
import { sumOf } from "./psi.js";

/** Least share of the expected rows of a bin, unless values that repeat leave less between them. */
const BIN_SHARE = 0.09;
/** From which share of the expected rows on a value that repeats is a bin of its own. */
const POINT_SHARE = 0.05;

/** The greatest difference of the two distribution functions at the points; 0 to 1. */
export function kolmogorovSmirnovAtPoints(expected: CountedNumbers, actual: CountedNumbers): number {
  const [n, m] = [sumOf(expected.counts), sumOf(actual.counts)];
  let [e, a, greatest] = [0, 0, 0];
  for (let place = 0; place < expected.counts.length - 1; place++) {
    e += expected.counts[place]!;
    a += actual.counts[place]!;
    greatest = Math.max(greatest, Math.abs(e / n - a / m));
  }
  return greatest;
}

/**
 * The area between the two distribution functions (Wasserstein's distance of order 1), in the values' unit. Between two
 * points differences of either sign cancel: it is exact where the distribution functions do not cross there, and never too
 * great but for what `expectedNumbers` assumes. `Number.MAX_VALUE` where it is beyond that.
 */
export function wassersteinAtPoints(points: Float64Array, expected: CountedNumbers, actual: CountedNumbers): number {
  const [n, m] = [sumOf(expected.counts), sumOf(actual.counts)];
  const last = points.length;
  let sum = actual.offsets[0]! / m + actual.offsets[last]! / m;
  let [e, a] = [0, 0];
  for (let i = 1; i < last; i++) {
    e += expected.counts[2 * i - 2]! + expected.counts[2 * i - 1]!;
    a += actual.counts[2 * i - 2]! + actual.counts[2 * i - 1]!;
    const width = points[i]! - points[i - 1]!;
    sum += Math.abs(areaBelow(e / n, expected, i, width, n) - areaBelow(a / m, actual, i, width, m));
  }
  return Number.isFinite(sum) ? sum : Number.MAX_VALUE;
}

/** The mean distance of the expected values from their median, in their unit: the scale of their differences. */
export function spreadOf(points: Float64Array, expected: CountedNumbers, median: number): number {
  const n = sumOf(expected.counts);
  let [sum, e] = [0, 0];
  for (let i = 1; i < points.length; i++) {
    e += expected.counts[2 * i - 2]! + expected.counts[2 * i - 1]!;
    const width = points[i]! - points[i - 1]!;
    const area = areaBelow(e / n, expected, i, width, n);
    sum += points[i]! <= median ? area : width - area;
  }
  return Math.max(0, sum);
}

/** The area below a distribution function, between the points i − 1 and i. */
function areaBelow(share: number, { counts, offsets }: CountedNumbers, i: number, width: number, rows: number): number {
  return share * width + (counts[2 * i]! * width - offsets[i]!) / rows;
}

/** Expected and actual rows of a range of values. */
interface Bin {
  expected: number;
  actual: number;
  /** Whether it is one value that makes up a good part of the rows. */
  readonly isPoint: boolean;
}

/**
 * Expected and actual rows by bin: about a tenth of the expected rows each, with open ends; and each value that makes up a
 * twentieth of them or more apart, so that nothing hides behind the zeros.
 */
export function binsOf(expected: Float64Array, actual: Float64Array): readonly Bin[] {
  const n = sumOf(expected);
  const isFull = (bin: Bin): boolean => bin.isPoint || bin.expected >= BIN_SHARE * n;
  const bins: Bin[] = [];
  for (let place = 0; place < expected.length; place++) {
    const isPoint = place % 2 === 1 && expected[place]! >= POINT_SHARE * n;
    const last = bins.at(-1);
    if (last === undefined || isPoint || isFull(last))
      bins.push({ expected: expected[place]!, actual: actual[place]!, isPoint });
    else join(last, { expected: expected[place]!, actual: actual[place]! });
  }
  // What is left at the upper end goes with the bin before it, as what is below the lower end does with the first.
  const [before, last] = bins.slice(-2);
  if (before !== undefined && last !== undefined && !before.isPoint && !isFull(last)) join(before, bins.pop()!);
  return bins;
}

function join(bin: Bin, { expected, actual }: Pick<Bin, "expected" | "actual">): void {
  bin.expected += expected;
  bin.actual += actual;
}
