import type { Units } from "./units.js";

/**
 * Finds and carries out the splits of one tree, node by node, in small steps between which its caller may pause:
 * `begin`, then `next` until the search is over; if there is a best split, `divide`; and if a child may be split again,
 * `settle` until all is in place.
 *
 * A node is a range of positions, the same for every feature. What lies there is the splitter's own affair.
 */
export interface Splitter {
  /** Feature of the best split of the node; −1 where there is none. */
  readonly bestFeature: number;
  /**
   * Turns to a node.
   *
   * @param depth of the node where nodes come depth first, so that what is known from above holds; −1 where they do not.
   * @param total the node's units by class.
   */
  begin(start: number, end: number, depth: number, total: Units): void;
  /** Looks at one more feature. False when the search is over. */
  next(): boolean;
  /** Decides which rows go left in the best split. */
  divide(): Division;
  /** Moves some of the node's rows to their sides. False when all of them are there. */
  settle(): boolean;
}

/** A split as the tree records it, and what it does to the node's rows. Valid until the next `divide`. */
export interface Division {
  readonly feature: number;
  /** A row goes left where its value is at most this. */
  readonly threshold: number;
  /** Whether missing values go left. */
  readonly missingLeft: boolean;
  /** Where the rows of the right side will begin. */
  readonly middle: number;
  /** Units by class. */
  readonly leftUnits: Units;
  readonly rightUnits: Units;
}
