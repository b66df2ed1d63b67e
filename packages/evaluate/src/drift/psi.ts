import { log } from "@mlsec/preprocess/numeric";

/**
 * The population stability index, Σ (a − e) ln(a / e) over the expected and the actual share of each bin: 0 where they are
 * equal, without an upper end. Half a row is added to every bin, or one that is empty on one side would make it infinite.
 * Null where a side has no rows.
 *
 * Conventionally below 0.1 nothing much has changed, from 0.25 on very much has (Siddiqi, Credit Risk Scorecards, 2006).
 */
export function populationStability(expected: ArrayLike<number>, actual: ArrayLike<number>): number | null {
  const [n, m] = [sumOf(expected), sumOf(actual)];
  if (n === 0 || m === 0) return null;
  const half = expected.length / 2;
  let sum = 0;
  for (let i = 0; i < expected.length; i++) {
    const e = (expected[i]! + 0.5) / (n + half);
    const a = (actual[i]! + 0.5) / (m + half);
    sum += (a - e) * log(a / e);
  }
  return sum;
}

/** About what the index is without any drift (Yurdakul, Statistical properties of the population stability index, 2018). */
export function stabilityByChance(expected: ArrayLike<number>, actual: ArrayLike<number>): number | null {
  const [n, m] = [sumOf(expected), sumOf(actual)];
  return n === 0 || m === 0 ? null : (expected.length - 1) * (1 / n + 1 / m);
}

export function sumOf(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i]!;
  return sum;
}
