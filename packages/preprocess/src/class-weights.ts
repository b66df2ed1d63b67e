import { countClasses, type Labels } from "./labels.js";

/**
 * Weights that make every class count alike in training: rows ÷ (classes × rows of the class), scikit-learn's "balanced"
 * (King and Zeng, "Logistic regression in rare events data", 2001).
 *
 * @returns one weight a class, in class order. A class without rows weighs 0, and does not count as a class.
 */
export function classWeights(labels: Labels): Float64Array {
  const counts = countClasses(labels);
  const present = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  return Float64Array.from(counts, (count) => (count === 0 ? 0 : labels.codes.length / (present * count)));
}
