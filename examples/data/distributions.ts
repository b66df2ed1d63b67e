import { MlsecError } from "@mlsec/preprocess";
import { exp, type Random } from "@mlsec/preprocess/numeric";

/** True with the given probability. */
export function chance(random: Random, probability: number): boolean {
  return random.float() < probability;
}

/** An integer from `low` to `high`, both included, each equally likely. */
export function between(random: Random, low: number, high: number): number {
  return low + random.below(high - low + 1);
}

/** A real number from `low` (included) to `high` (excluded). */
export function uniform(random: Random, low: number, high: number): number {
  return low + (high - low) * random.float();
}

/**
 * A log-normal number: half of the draws lie below `median`, and `spread` is the standard deviation of the logarithm.
 * Sizes and durations of traffic are roughly so: 0.1 is nearly constant, 1 spans two decades, 2 has a heavy tail.
 */
export function logNormal(random: Random, median: number, spread: number): number {
  return median * exp(spread * random.normal());
}

/** A log-normal number rounded to an integer and kept within `low` and `high`. */
export function size(random: Random, median: number, spread: number, low = 0, high = 1e9): number {
  return Math.min(high, Math.max(low, Math.round(logNormal(random, median, spread))));
}

/** One of the items, each equally likely. */
export function oneOf<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)]!;
}

/** One of the keys; the values are relative weights. */
export function weighted<T extends string>(random: Random, weights: Readonly<Partial<Record<T, number>>>): T {
  const choices = Object.entries<number | undefined>(weights) as [T, number][];
  let rest = random.float() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [choice, weight] of choices) {
    rest -= weight;
    if (rest < 0) return choice;
  }
  return choices[choices.length - 1]![0];
}

/** An index from 0 to `count` − 1 where low ones are far more popular than high ones (density falls with the square root). */
export function popular(random: Random, count: number): number {
  const draw = random.float();
  return Math.floor(count * draw * draw);
}

/**
 * Shares `total` out over kinds in proportion to `shares`, every kind at least `minimum`; the kind with the largest share
 * takes what rounding leaves.
 *
 * @throws MlsecError `too-few-rows` where `total` cannot give every kind its minimum.
 */
export function apportion(total: number, shares: readonly number[], minimum: number): number[] {
  const sum = shares.reduce((a, b) => a + b, 0);
  const counts = shares.map((share) => Math.max(minimum, Math.round((total * share) / sum)));
  const largest = shares.indexOf(Math.max(...shares));
  counts[largest] = 0;
  counts[largest] = total - counts.reduce((a, b) => a + b, 0);
  if (counts[largest] < minimum) {
    throw new MlsecError(
      "too-few-rows",
      `${total} rows are too few for ${shares.length} kinds of traffic with at least ${minimum} rows each. Ask for more rows.`,
      { rows: total, kinds: shares.length, minimum },
    );
  }
  return counts;
}

/** @throws MlsecError `invalid-option` unless the value is a positive integer. */
export function checkPositiveInteger(option: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new MlsecError("invalid-option", `\`${option}\` must be a positive integer, but is ${value}.`, {
    option,
    got: value,
  });
}
