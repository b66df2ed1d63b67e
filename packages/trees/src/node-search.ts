import type { Division } from "./splitter.js";
import type { Units } from "./units.js";

/**
 * Finds the best split of a node among the features that it is told to look at. A better score wins; among equal ones (to
 * rounding) the feature looked at first, and of its thresholds the lowest.
 */
export interface NodeSearch {
  /** Feature of the best split so far; −1 where there is none. */
  readonly bestFeature: number;
  /** Turns to a node: a range of the tree's rows, and their units by class. */
  begin(start: number, end: number, total: Units): void;
  /** Scores every threshold of a feature. False if the feature is constant in the node. */
  inspect(feature: number): boolean;
  /** Moves the node's rows to their sides of the best split, keeping them in order. */
  divide(): Division;
}
