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

  const add = (share: number): void => {
    const fromReference = decided.length - fromRow;
    for (const feature of decided) {
      if (side[feature] === ROW) out[feature]! += share * orderings(fromRow - 1, fromReference);
      else out[feature]! -= share * orderings(fromRow, fromReference - 1);
    }
  };

  // Ways that wait: each decides one feature more than so many that were decided on the way to it. No recursion, since a tree
  // may be as deep as it has rows.
  const waiting = [{ node: 0, before: 0, feature: -1, by: OPEN }];
  for (let way = waiting.pop(); way !== undefined; way = waiting.pop()) {
    for (const feature of decided.splice(way.before)) {
      if (side[feature] === ROW) fromRow--;
      side[feature] = OPEN;
    }
    if (way.feature >= 0) {
      side[way.feature] = way.by;
      decided.push(way.feature);
      if (way.by === ROW) fromRow++;
    }
    let node = way.node;
    for (let feature = nodes.feature[node]!; feature >= 0; feature = nodes.feature[node]!) {
      const toRow = childOf(nodes, node, row[feature]!, features, null);
      const toReference = childOf(nodes, node, reference[feature]!, features, null);
      if (toRow !== toReference && side[feature] === OPEN) {
        const before = decided.length;
        waiting.push({ node: toReference, before, feature, by: REFERENCE }, { node: toRow, before, feature, by: ROW });
        break;
      }
      node = side[feature] === REFERENCE ? toReference : toRow;
    }
    if (nodes.feature[node]! < 0) add(shareOf(node));
  }
}

/** a! · b! / (a + b + 1)!: how many of the players' orders put a certain one right after `a` of them and before `b`. */
function orderings(a: number, b: number): number {
  let share = 1 / (a + b + 1);
  for (let i = 1; i <= b; i++) share *= i / (a + i);
  return share;
}
