import type { Breather } from "@mlsec/preprocess";
import type { Random } from "@mlsec/preprocess/numeric";
import { impurity, type Scoring } from "./criterion.js";
import type { GrowthRules } from "./options.js";
import type { RankedMatrix } from "./ranked-matrix.js";
import { Splitter } from "./splitter.js";
import { thresholdBetween } from "./threshold.js";
import type { TrainingRows } from "./training-rows.js";
import { type TreeNodes, TreeNodesBuilder } from "./tree-nodes.js";

/** A node of less impurity is pure: the machine epsilon, as in scikit-learn. */
const EPSILON = 2.220446049250313e-16;
/** Rows looked at between two glances at the clock: well under a millisecond of work. */
const ROWS_PER_GLANCE = 50_000;
/** What opening a node and looking at a feature cost besides its rows, in rows. */
const OVERHEAD_IN_ROWS = 16;

/** What a tree is grown from and by. */
export interface Growth {
  readonly matrix: RankedMatrix;
  /** Its `rows` are reordered. */
  readonly data: TrainingRows;
  readonly scoring: Scoring;
  readonly rules: GrowthRules;
  /** For feature draws. */
  readonly random: Random;
  readonly breather: Breather;
  /** Told how many rows have reached their leaf, whenever growing pauses. */
  readonly onSettled?: ((rows: number) => void) | undefined;
}

/**
 * Grows one tree, depth first and left before right, so that nodes are numbered as scikit-learn numbers them
 * (Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984).
 */
export async function growTree(growth: Growth): Promise<TreeNodes> {
  const { matrix, data, scoring, rules, breather } = growth;
  const splitter = new Splitter(matrix, data, scoring, rules, growth.random);
  const builder = new TreeNodesBuilder(scoring.factors.length);
  const pending = new PendingNodes();
  const classWeights = new Float64Array(scoring.factors.length);
  const spare = new Int32Array(data.rows.length);
  let settled = 0;
  let work = 0;

  pending.push(0, data.rows.length, 0, -1);
  while (pending.pop()) {
    const { start, end, depth, parent } = pending;
    const n = end - start;
    splitter.open(start, end);
    let weight = 0;
    for (let c = 0; c < classWeights.length; c++) {
      classWeights[c] = splitter.total[c]! * scoring.factors[c]!;
      weight += classWeights[c]!;
    }
    const impure = impurity(scoring.criterion, classWeights, weight);
    const node = builder.add(parent, impure, n, weight, classWeights);

    if (depth < rules.maxDepth && n >= rules.minSamplesSplit && n >= 2 * rules.minSamplesLeaf && impure > EPSILON) {
      splitter.begin(depth);
      while (splitter.next()) {
        work += n + OVERHEAD_IN_ROWS;
        if (work < ROWS_PER_GLANCE) continue;
        work = 0;
        if (breather.due()) {
          growth.onSettled?.(settled);
          await breather.pause();
        }
      }
      const { feature, lower, upper } = splitter.best;
      if (feature >= 0) {
        const { ranks, values } = matrix.columns[feature]!;
        builder.split(node, feature, thresholdBetween(values[lower]!, values[upper]!));
        const middle = partition(data.rows, start, end, ranks, lower, spare);
        pending.push(middle, end, depth + 1, node);
        pending.push(start, middle, depth + 1, node);
        continue;
      }
    }
    settled += n;
  }
  growth.onSettled?.(settled);
  return builder.finish();
}

/** Moves the rows of rank at most `lower` to the front, keeping both sides in order, and returns where the others begin. */
function partition(
  rows: Int32Array,
  start: number,
  end: number,
  ranks: Int32Array,
  lower: number,
  spare: Int32Array,
): number {
  let middle = start;
  let others = 0;
  for (let i = start; i < end; i++) {
    const row = rows[i]!;
    if (ranks[row]! <= lower) rows[middle++] = row;
    else spare[others++] = row;
  }
  for (let i = 0; i < others; i++) rows[middle + i] = spare[i]!;
  return middle;
}

/** The stack of nodes to grow; `pop` puts the topmost into the fields. */
class PendingNodes {
  start = 0;
  end = 0;
  depth = 0;
  /** The parent's number, −1 for the root. */
  parent = -1;
  private readonly items: number[] = [];

  push(start: number, end: number, depth: number, parent: number): void {
    this.items.push(start, end, depth, parent);
  }

  /** False when nothing is left. */
  pop(): boolean {
    if (this.items.length === 0) return false;
    this.parent = this.items.pop()!;
    this.depth = this.items.pop()!;
    this.end = this.items.pop()!;
    this.start = this.items.pop()!;
    return true;
  }
}
