import type { FeatureMatrix } from "@mlsec/preprocess";
import type { FittedTree } from "./fitted-tree.js";
import { fitsKernel, KernelWalk, type WalkKernel, walkKernel } from "./kernel-walk.js";
import { leafOf } from "./row-walk.js";

/** Rows that pass all trees together: so few that they stay in the processor's cache, so many that it seldom changes trees. */
const BLOCK = 1024;
/** A tree's nodes are copied to the kernel where there is one way of a row through a tree for each so many of them. */
const NODES_PER_WALK = 10;

/** Some trees, and room for a block of rows that pass them. */
export interface BlockWalk {
  /** For the block's rows, one after another. */
  readonly rows: Float32Array;
  /** The leaf of each of the first `count` rows in one of the trees; to be read before the next call. */
  leavesOf(tree: number, count: number): Int32Array;
}

/**
 * Finds the leaves of all rows of a matrix in all trees, block by block.
 *
 * @param use is told the tree, the block's first row, and the leaves of its rows; of any one row, in the order of the trees.
 * @param kernel null to do without.
 * @throws MlsecError `not-finite` for an infinite value on the way of a row.
 */
export function walkForest(
  trees: readonly FittedTree[],
  matrix: FeatureMatrix,
  use: (tree: FittedTree, from: number, leaves: Int32Array) => void,
  kernel: WalkKernel | null = walkKernel(),
): void {
  for (const group of groupsOf(trees, matrix.columns.length)) {
    const walk = openWalk(group, matrix, kernel);
    for (let from = 0; from < matrix.rows; from += BLOCK) {
      const to = Math.min(from + BLOCK, matrix.rows);
      const finite = copyRows(matrix, from, to, walk.rows);
      for (const [index, tree] of group.entries()) {
        use(tree, from, finite ? walk.leavesOf(index, to - from) : cautiousLeaves(tree, matrix, from, to));
      }
    }
  }
}

/** Trees after one another, as many as fit the kernel together; a tree that does not is on its own. */
function groupsOf(trees: readonly FittedTree[], width: number): FittedTree[][] {
  const groups: FittedTree[][] = [];
  let nodes = 0;
  for (const tree of trees) {
    nodes += tree.nodeCount;
    if (groups.length === 0 || !fitsKernel(nodes, BLOCK, width)) {
      groups.push([]);
      nodes = tree.nodeCount;
    }
    groups.at(-1)!.push(tree);
  }
  return groups;
}

function openWalk(
  trees: readonly FittedTree[],
  { rows, columns }: FeatureMatrix,
  kernel: WalkKernel | null,
): BlockWalk {
  const nodes = trees.reduce((sum, tree) => sum + tree.nodeCount, 0);
  if (kernel !== null && nodes <= rows * trees.length * NODES_PER_WALK && fitsKernel(nodes, BLOCK, columns.length)) {
    const walk = KernelWalk.open(kernel, trees, BLOCK, columns.length);
    if (walk !== null) return walk;
  }
  return plainWalk(trees, columns.length);
}

function plainWalk(trees: readonly FittedTree[], width: number): BlockWalk {
  const rows = new Float32Array(BLOCK * width);
  const leaves = new Int32Array(BLOCK);
  return {
    rows,
    leavesOf: (tree, count) =>
      trees[tree]!.compile().applyRows(rows.subarray(0, count * width), leaves.subarray(0, count)),
  };
}

/** Writes rows of a matrix one after another, as float32. False if a value is infinite, there or because float32 cannot hold it. */
function copyRows({ columns }: FeatureMatrix, from: number, to: number, rows: Float32Array): boolean {
  const width = columns.length;
  let largest = 0;
  for (const [index, column] of columns.entries()) {
    for (let row = from, at = index; row < to; row++, at += width) {
      const value = Math.fround(column[row]!);
      rows[at] = value;
      const magnitude = Math.abs(value);
      if (magnitude > largest) largest = magnitude;
    }
  }
  return largest < Number.POSITIVE_INFINITY;
}

/** For rows with infinite values, which are refused only where a node asks for them. */
function cautiousLeaves(
  { nodes }: FittedTree,
  { columns, features }: FeatureMatrix,
  from: number,
  to: number,
): Int32Array {
  return new Int32Array(to - from).map((_, index) => {
    const row = from + index;
    return leafOf(nodes, (feature) => columns[feature]![row]!, features, row);
  });
}
