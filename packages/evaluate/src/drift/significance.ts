import { exp, log } from "@mlsec/preprocess/numeric";

/**
 * How probable a Kolmogorov–Smirnov distance as great as this one is between samples of `n` and `m` values of one
 * distribution: Kolmogorov's limit (1933; Smirnov, 1948). Of values that repeat, and of a distance that is looked for at
 * some points only, too great, never too small. 1 where a sample is empty.
 */
export function kolmogorovP(distance: number, n: number, m: number): number {
  if (n === 0 || m === 0) return 1;
  const squared = (distance * distance * n * m) / (n + m);
  // The sum needs the more terms the smaller this is; here it is 1 to twelve digits.
  if (squared < 0.04) return 1;
  let sum = 0;
  for (let k = 1, sign = 1; ; k++, sign = -sign) {
    const term = exp(-2 * k * k * squared);
    sum += sign * term;
    if (term < 1e-17) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}

/** The Kolmogorov–Smirnov distance whose `kolmogorovP` is `p`, to the first term of the sum. */
export function kolmogorovDistance(p: number, n: number, m: number): number {
  return Math.min(1, Math.sqrt((-log(p / 2) / 2) * (1 / n + 1 / m)));
}

/**
 * How probable it is that shares of one probability are as far apart as `a` of `n` and `b` of `m`: 2 exp(−G / 2) with the
 * likelihood ratio's G, after Chernoff's bound (1952). Unlike the chi-square test it holds for rare things, which matter here:
 * the exact permutation test gives less, but for up to 3.3 times as much (down to 1e-12) where the whole of a side differs
 * from the whole of the other. 1 where a sample is empty.
 */
export function shareP(a: number, n: number, b: number, m: number): number {
  if (n === 0 || m === 0) return 1;
  const common = (a + b) / (n + m);
  return Math.min(1, 2 * exp(-n * divergence(a / n, common) - m * divergence(b / m, common)));
}

/**
 * How probable at most it is that so many of `m` values are all below, or all above, each of `n` values of one distribution:
 * that the pooled extreme ones fall on one side, for either end.
 */
export function beyondP(rows: number, n: number, m: number): number {
  return Math.min(1, 2 * exp(rows * log(m / (n + m))));
}

/** What is new in a sample of texts. */
export interface Novelty {
  /** How many categories the first sample has once. */
  readonly once: number;
  /** Rows of the second sample with categories that the first has not, and those of the most frequent one. */
  readonly rows: number;
  readonly greatest: number;
}

/**
 * How probable at most so many rows of new categories are in a second sample (of `m`, after `n`) of one distribution. New
 * ones are to be expected: about as great a share as were there once (Good, 1953). Twice the less of two bounds:
 *
 * that of the most frequent new one, for which there were at most (n + m) / k categories of its k rows, each of which falls
 * wholly on the second sample with at most the probability (m / (n + m))ᵏ;
 *
 * that of all of them together: the share once, the unseen share and the new rows' share each stay near what they are on the
 * mean (McDiarmid, 1989; McAllester and Ortiz, 2003; Hoeffding, 1963).
 */
export function noveltyP({ once, rows, greatest }: Novelty, n: number, m: number): number {
  if (rows === 0 || n === 0) return 1;
  const ofOne = greatest === 0 ? 1 : ((n + m) / greatest) * exp(greatest * log(m / (n + m)));
  const beyond = Math.max(0, rows / m - once / n);
  const scale = (1 + Math.SQRT2) / Math.sqrt(n) + 1 / Math.sqrt(2 * m);
  const ofAll = 3 * exp(-(beyond / scale) * (beyond / scale));
  return Math.min(1, 2 * Math.min(ofOne, ofAll));
}

/** The Kullback–Leibler divergence of two shares. */
function divergence(p: number, q: number): number {
  return (p > 0 ? p * log(p / q) : 0) + (p < 1 ? (1 - p) * log((1 - p) / (1 - q)) : 0);
}

/**
 * p-values for a family of tests: what is at most α by these is wrong in at most a share α of families without any effect,
 * however the tests depend on each other (Holm, 1979).
 */
export function holm(values: readonly number[]): number[] {
  const adjusted = new Array<number>(values.length).fill(1);
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  let greatest = 0;
  for (const [place, index] of order.entries()) {
    greatest = Math.max(greatest, Math.min(1, (values.length - place) * values[index]!));
    adjusted[index] = greatest;
  }
  return adjusted;
}
