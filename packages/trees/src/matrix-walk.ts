import type { FeatureMatrix } from "@mlsec/preprocess";
import { leafOf } from "./row-walk.js";
import type { ScoringLayout } from "./scoring-layout.js";
import type { TreeNodes } from "./tree-nodes.js";

/** Rows that pass the tree together: so few that their numbers and values stay in the processor's cache. */
const BLOCK = 1024;

/**
 * The leaf of every row of a matrix whose features are the tree's. Block by block, all rows of a node are divided before the
 * next node's turn, which reads columns nearly as they lie in memory: twice as fast as row by row.
 *
 * @throws MlsecError `not-finite` for an infinite value on the way of a row.
 */
export function leavesOf(nodes: TreeNodes, layout: ScoringLayout, depth: number, matrix: FeatureMatrix): Int32Array {
  const { rows, columns, features } = matrix;
  const leaves = new Int32Array(rows);
  const division = new BlockDivision(layout, depth, Math.min(BLOCK, rows));
  for (let from = 0; from < rows; from += BLOCK) {
    const to = Math.min(from + BLOCK, rows);
    if (division.divide(columns, from, to, leaves)) continue;
    for (let row = from; row < to; row++) {
      leaves[row] = leafOf(nodes, (feature) => columns[feature]![row]!, features, row);
    }
  }
  return leaves;
}

/** Divides blocks of rows over a tree. Depth first, since then as few parts wait as the tree is deep. */
class BlockDivision {
  /** Rows in the order of the nodes of one level, in turns. */
  private readonly even: Int32Array;
  private readonly odd: Int32Array;
  /** Parts that wait for their turn, each by place, first and last position, and level. */
  private readonly waiting: Int32Array;

  constructor(
    private readonly layout: ScoringLayout,
    depth: number,
    rows: number,
  ) {
    this.even = new Int32Array(rows);
    this.odd = new Int32Array(rows);
    this.waiting = new Int32Array(4 * (depth + 1));
  }

  /** Finds the leaves of some rows; false if a value on the way of one was missing or infinite: then they are not right. */
  divide(columns: readonly Float64Array[], firstRow: number, endRow: number, leaves: Int32Array): boolean {
    const { even, odd, waiting } = this;
    const { feature, threshold, child, node } = this.layout;
    for (let row = firstRow; row < endRow; row++) even[row - firstRow] = row;
    let unusual = 0;
    let place = 0;
    let from = 0;
    let to = endRow - firstRow;
    let level = 0;
    for (let top = 0; ; ) {
      const rows = level % 2 === 0 ? even : odd;
      const next = child[place]!;
      if (next !== place) {
        const divided = level % 2 === 0 ? odd : even;
        const column = columns[feature[place]!]!;
        const limit = threshold[place]!;
        // Every row is written at both ends of the gap; what is wrong is written over.
        let lower = from;
        let upper = to - 1;
        for (let at = from; at < to; at++) {
          const row = rows[at]!;
          const value = Math.fround(column[row]!);
          // Zero for finite values, NaN otherwise.
          unusual += value - value;
          divided[lower] = row;
          divided[upper] = row;
          if (value <= limit) lower++;
          else upper--;
        }
        level++;
        if (lower === from) place = next + 1;
        else {
          if (lower < to) {
            waiting[top++] = next + 1;
            waiting[top++] = lower;
            waiting[top++] = to;
            waiting[top++] = level;
          }
          place = next;
          to = lower;
        }
        continue;
      }
      for (let at = from; at < to; at++) leaves[rows[at]!] = node[place]!;
      if (top === 0) return unusual === 0;
      level = waiting[--top]!;
      to = waiting[--top]!;
      from = waiting[--top]!;
      place = waiting[--top]!;
    }
  }
}
