import { requireCount } from "./checks.js";

/** Places of the features from the highest score to the lowest; of equal ones the earlier feature comes first. */
export function bestFirst(scores: Float64Array): number[] {
  return [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/**
 * The names of so many features with the highest scores, in their original order.
 *
 * @throws MlsecError `invalid-option` unless `count` is a whole number from 1 to the number of features.
 */
export function bestFeatures(features: readonly string[], scores: Float64Array, count: number): string[] {
  requireCount("count", count, 1, features.length);
  const best = new Set(bestFirst(scores).slice(0, count));
  return features.filter((_, index) => best.has(index));
}
