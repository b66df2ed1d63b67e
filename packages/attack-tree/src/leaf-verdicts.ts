import type { FittedTree } from "@mlsec/trees/score";
import { leafPlaces } from "./leaf-counts.js";

/** A class, and how sure it is. */
export interface SureClass {
  readonly class: string;
  /** From 0 to 1; see `AttackVerdict`. */
  readonly confidence: number;
}

/**
 * What the classifier says of a flow.
 *
 * Confidence is the class's share of the training rows in the flow's leaf, each counted once whatever it weighed, with one
 * row's worth of doubt spread over all classes: (rows of the class + 1 ÷ classes) ÷ (rows + 1) (Perks, 1947). So a leaf of
 * one row is about half sure, one of a hundred 99 %. Where classes were weighted, a verdict can be less sure than the
 * runner-up: the tree was told to prefer it.
 */
export interface AttackVerdict extends SureClass {
  /** The flow's leaf, by its node number. */
  readonly leaf: number;
  /**
   * The class that it would be next: the one with the most training rows, of the others, in the leaf or, where those are all
   * of one class, in the nearest node above it with another. Null in a tree that knows one class alone.
   */
  readonly runnerUp: SureClass | null;
  /** The leaf's training rows by class, the most first; classes without rows are left out. Null where they are not known. */
  readonly trainingRows: readonly { readonly class: string; readonly rows: number }[] | null;
}

/** What makes verdicts, each when its leaf is first asked for. */
export class LeafVerdicts {
  private readonly verdicts: (AttackVerdict | undefined)[];
  /** Rows of each class under each node: nodes × classes, row-major. */
  private readonly counts: Float64Array;
  private readonly above: Int32Array;

  constructor(
    private readonly tree: FittedTree,
    private readonly leafCounts: Int32Array | null,
  ) {
    this.verdicts = new Array(tree.nodeCount).fill(undefined);
    this.counts = nodeCounts(tree, leafCounts);
    this.above = mixedAbove(tree.nodes, this.counts, tree.classes.length);
  }

  /** @param leaf its node number. */
  of(leaf: number): AttackVerdict {
    let verdict = this.verdicts[leaf];
    if (verdict === undefined) {
      verdict = this.make(leaf);
      this.verdicts[leaf] = verdict;
    }
    return verdict;
  }

  private make(leaf: number): AttackVerdict {
    const { classes, nodeClass } = this.tree;
    const own = this.counts.subarray(leaf * classes.length, (leaf + 1) * classes.length);
    const total = sum(own);
    const sure = (code: number): SureClass => ({
      class: classes[code]!,
      confidence: (own[code]! + 1 / classes.length) / (total + 1),
    });
    const code = nodeClass[leaf]!;
    const next = runnerUp(leaf, code, this.counts, classes.length, this.above);
    return {
      ...sure(code),
      leaf,
      runnerUp: next < 0 ? null : sure(next),
      trainingRows: this.leafCounts === null ? null : ranked(classes, own),
    };
  }
}

/** As `LeafVerdicts` keeps them; where the leaves' are not known, as the shares have it. */
function nodeCounts({ nodes, classes }: FittedTree, leafCounts: Int32Array | null): Float64Array {
  const { left, right, samples, value } = nodes;
  const width = classes.length;
  const places = leafPlaces({ nodes });
  const counts = new Float64Array(left.length * width);
  // Children come after their parents.
  for (let node = left.length - 1; node >= 0; node--) {
    const from = node * width;
    const [first, second] = [left[node]! * width, right[node]! * width];
    const leaf = places[node]! * width;
    for (let code = 0; code < width; code++) {
      if (first >= 0) counts[from + code] = counts[first + code]! + counts[second + code]!;
      else if (leafCounts === null) counts[from + code] = value[from + code]! * samples[node]!;
      else counts[from + code] = leafCounts[leaf + code]!;
    }
  }
  return counts;
}

/** For each node the nearest above it with rows of more classes; −1 where there is none. */
function mixedAbove({ left, right }: FittedTree["nodes"], counts: Float64Array, width: number): Int32Array {
  const kinds = new Int32Array(left.length);
  for (let i = 0; i < counts.length; i++) if (counts[i]! > 0) kinds[Math.floor(i / width)]!++;
  const above = new Int32Array(left.length).fill(-1);
  for (let node = 0; node < left.length; node++) {
    if (left[node]! < 0) continue;
    for (const child of [left[node]!, right[node]!]) above[child] = kinds[node]! > kinds[child]! ? node : above[node]!;
  }
  return above;
}

/** The code of the runner-up, or −1. */
function runnerUp(leaf: number, winner: number, counts: Float64Array, width: number, above: Int32Array): number {
  // Nodes between have rows of the same classes, so that the way up takes two steps at most.
  for (let node = leaf; node >= 0; node = above[node]!) {
    let best = -1;
    let most = 0;
    for (let code = 0; code < width; code++) {
      const rows = counts[node * width + code]!;
      if (code === winner || rows <= most) continue;
      best = code;
      most = rows;
    }
    if (best >= 0) return best;
  }
  return -1;
}

function ranked(classes: readonly string[], counts: Float64Array): { class: string; rows: number }[] {
  return classes
    .map((name, code) => ({ class: name, rows: counts[code]! }))
    .filter(({ rows }) => rows > 0)
    .sort((a, b) => b.rows - a.rows);
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
