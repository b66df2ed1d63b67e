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

/** The verdicts by node number; null for nodes that are no leaves. */
export function leafVerdicts(tree: FittedTree, leafCounts: Int32Array | null): (AttackVerdict | null)[] {
  const { nodes, classes } = tree;
  const counts = nodeCounts(tree, leafCounts);
  const above = mixedAbove(nodes, counts);
  return Array.from(nodes.left, (child, leaf) => {
    if (child >= 0) return null;
    const shares = nodes.value.subarray(leaf * classes.length, (leaf + 1) * classes.length);
    const own = counts[leaf]!;
    const total = sum(own);
    const sure = (code: number): SureClass => ({
      class: classes[code]!,
      confidence: (own[code]! + 1 / classes.length) / (total + 1),
    });
    const code = shares.indexOf(Math.max(...shares));
    const next = runnerUp(leaf, code, counts, above);
    return {
      ...sure(code),
      leaf,
      runnerUp: next < 0 ? null : sure(next),
      trainingRows: leafCounts === null ? null : ranked(classes, own),
    };
  });
}

/** Rows of each class under each node; where they are not known, as the shares have it. */
function nodeCounts({ nodes, classes }: FittedTree, leafCounts: Int32Array | null): Float64Array[] {
  const { left, right, samples, value } = nodes;
  const width = classes.length;
  const places = leafPlaces({ nodes });
  const counts = Array.from(left, (child, node) => {
    if (child >= 0) return new Float64Array(width);
    const of = (code: number): number =>
      leafCounts === null ? value[node * width + code]! * samples[node]! : leafCounts[places[node]! * width + code]!;
    return Float64Array.from(classes, (_, code) => of(code));
  });
  // Children come after their parents.
  for (let node = left.length - 1; node >= 0; node--) {
    if (left[node]! < 0) continue;
    for (const child of [left[node]!, right[node]!])
      for (let code = 0; code < width; code++) counts[node]![code]! += counts[child]![code]!;
  }
  return counts;
}

/** For each node the nearest above it with rows of more classes; −1 where there is none. */
function mixedAbove({ left, right }: FittedTree["nodes"], counts: readonly Float64Array[]): Int32Array {
  const kinds = counts.map((own) => own.reduce((present, rows) => present + (rows > 0 ? 1 : 0), 0));
  const above = new Int32Array(left.length).fill(-1);
  for (let node = 0; node < left.length; node++) {
    if (left[node]! < 0) continue;
    for (const child of [left[node]!, right[node]!]) above[child] = kinds[node]! > kinds[child]! ? node : above[node]!;
  }
  return above;
}

/** The code of the runner-up, or −1. */
function runnerUp(leaf: number, winner: number, counts: readonly Float64Array[], above: Int32Array): number {
  // Nodes between have rows of the same classes, so that the way up takes two steps at most.
  for (let node = leaf; node >= 0; node = above[node]!) {
    const others = counts[node]!.map((rows, code) => (code === winner ? 0 : rows));
    const most = Math.max(...others);
    if (most > 0) return others.indexOf(most);
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
