import type { Breather } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import type { FittedTree } from "./fitted-tree.js";
import { drawUnits, type ForestPlan } from "./forest-grower.js";
import type { RankedMatrix } from "./ranked-matrix.js";
import { argmax } from "./tree-nodes.js";

/** What trees say about training rows that they have not seen. */
export interface OutOfBag {
  /** Share of rows whose most probable class is right, of those that some tree left out; NaN if there are none. */
  readonly score: number;
  /** Rows × classes, row-major: means over the trees that left the row out; NaN where none did. */
  readonly decisionFunction: Float64Array;
}

/** Draws every tree's sample again and asks the tree about the other rows (Breiman, "Out-of-bag estimation", 1996). */
export async function outOfBag(
  { rows, columns }: RankedMatrix,
  plan: ForestPlan,
  trees: readonly FittedTree[],
  breather: Breather,
): Promise<OutOfBag> {
  const classes = plan.factors.length;
  const sums = new Float64Array(rows * classes);
  const votes = new Int32Array(rows);
  const random = Random.seeded(plan.seed);
  for (const [index, { nodes }] of trees.entries()) {
    const { feature, threshold, missingLeft, left, right, value } = nodes;
    const units = drawUnits(plan, random.fork(index));
    for (let row = 0; row < rows; row++) {
      if (units[row]! > 0) continue;
      let node = 0;
      while (feature[node]! >= 0) {
        const { ranks, values } = columns[feature[node]!]!;
        const seen = values[ranks[row]!];
        const goesLeft = seen === undefined ? missingLeft[node] === 1 : seen <= threshold[node]!;
        node = goesLeft ? left[node]! : right[node]!;
      }
      votes[row]!++;
      for (let c = 0; c < classes; c++) sums[row * classes + c]! += value[node * classes + c]!;
    }
    if (breather.due()) await breather.pause();
  }
  let asked = 0;
  let right = 0;
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < classes; c++) sums[row * classes + c]! /= votes[row]!;
    if (votes[row] === 0) continue;
    asked++;
    if (argmax(sums, row * classes, classes) === plan.codes[row]) right++;
  }
  return { score: right / asked, decisionFunction: sums };
}
