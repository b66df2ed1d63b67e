import { childOf } from "./row-walk.js";
import type { TreeNodes } from "./tree-nodes.js";

/** Of which of the two rows a feature is on the way to a leaf. */
const OPEN = 0;
const ROW = 1;
const REFERENCE = 2;

/**
 * The Shapley values of one class's share in a tree, in a game whose players are the features and whose coalitions take
 * their features from the row and the others from the reference: for each feature its part of the difference between the
 * two rows' shares. Exact, and of one visit to every leaf that some coalition reaches (interventional TreeSHAP with one
 * background row: Lundberg et al. 2020, "From local explanations to global understanding with explainable AI for trees").
 *
 * @param out one number a feature, to which the values are added.
 * @throws MlsecError `not-finite` for an infinite value on the way.
 */
export function addAttributions(
  nodes: TreeNodes,
  features: readonly string[],
  shareOf: (leaf: number) => number,
  row: ArrayLike<number>,
  reference: ArrayLike<number>,
  out: Float64Array,
): void {
  const side = new Uint8Array(features.length);
  const decided: number[] = [];
  let fromRow = 0;

  const decide = (feature: number, by: number, child: number): void => {
    side[feature] = by;
    decided.push(feature);
    if (by === ROW) fromRow++;
    visit(child);
    if (by === ROW) fromRow--;
    decided.pop();
    side[feature] = OPEN;
  };

  const visit = (node: number): void => {
    const feature = nodes.feature[node]!;
    if (feature < 0) {
      add(shareOf(node));
      return;
    }
    const toRow = childOf(nodes, node, row[feature]!, features, null);
    const toReference = childOf(nodes, node, reference[feature]!, features, null);
    if (toRow === toReference || side[feature] === ROW) visit(toRow);
    else if (side[feature] === REFERENCE) visit(toReference);
    else {
      decide(feature, ROW, toRow);
      decide(feature, REFERENCE, toReference);
    }
  };

  const add = (share: number): void => {
    const fromReference = decided.length - fromRow;
    for (const feature of decided) {
      if (side[feature] === ROW) out[feature]! += share * orderings(fromRow - 1, fromReference);
      else out[feature]! -= share * orderings(fromRow, fromReference - 1);
    }
  };

  visit(0);
}

/** a! · b! / (a + b + 1)!: how many of the players' orders put a certain one right after `a` of them and before `b`. */
function orderings(a: number, b: number): number {
  let share = 1 / (a + b + 1);
  for (let i = 1; i <= b; i++) share *= i / (a + i);
  return share;
}
