import { MlsecError } from "@mlsec/preprocess";
import type { TreeNodes } from "./tree-nodes.js";

/** What minimal cost-complexity pruning does to a tree, step by step, from the whole tree to its root alone. */
export interface PruningPath {
  /** Effective alphas, ascending but for rounding: 0 for the whole tree, then one per branch that is pruned. */
  readonly ccpAlphas: Float64Array;
  /** Per alpha, the weighted impurity of the leaves that are left, over the tree's total weight. */
  readonly impurities: Float64Array;
}

/**
 * The pruning path of a grown tree (Breiman, Friedman, Olshen and Stone, 1984, chapter 3), with scikit-learn's numbers:
 * again and again, the branch whose impurity saved per leaf is least becomes a leaf; among equals the one whose root has
 * the lowest number.
 *
 * @param tree a grown tree, or anything with its `nodes`.
 */
export function costComplexityPruningPath({ nodes }: { readonly nodes: TreeNodes }): PruningPath {
  const branches = new Branches(nodes);
  const ccpAlphas = [0];
  const impurities = [branches.impurity];
  for (let weakest = branches.weakest(); weakest >= 0; weakest = branches.weakest()) {
    ccpAlphas.push(branches.alpha(weakest));
    branches.prune(weakest);
    impurities.push(branches.impurity);
  }
  return { ccpAlphas: Float64Array.from(ccpAlphas), impurities: Float64Array.from(impurities) };
}

/**
 * The nodes that are left when every branch whose effective alpha is at most `ccpAlpha` has become a leaf, in the order in
 * which a tree's nodes are numbered.
 *
 * @param ccpAlpha finite, at least 0; 0 prunes nothing, as in scikit-learn.
 * @throws MlsecError `invalid-option`.
 */
export function prunedNodes(nodes: TreeNodes, ccpAlpha: number): TreeNodes {
  if (!(ccpAlpha >= 0 && ccpAlpha < Number.POSITIVE_INFINITY)) {
    throw new MlsecError("invalid-option", `ccpAlpha must be a finite number of at least 0, but is ${ccpAlpha}.`, {
      option: "ccpAlpha",
      got: ccpAlpha,
    });
  }
  if (ccpAlpha === 0) return nodes;
  const branches = new Branches(nodes);
  let pruned = false;
  for (let weakest = branches.weakest(); weakest >= 0; weakest = branches.weakest()) {
    if (branches.alpha(weakest) > ccpAlpha) break;
    branches.prune(weakest);
    pruned = true;
  }
  return pruned ? withLeaves(nodes, branches.isLeaf) : nodes;
}

/** The branches of a tree that is being pruned, and which of them is the weakest. */
class Branches {
  /** Per node, 1 where it is a leaf of what is left. Nodes below a leaf are unchanged. */
  readonly isLeaf: Uint8Array;
  private readonly parent: Int32Array;
  /** Impurity of a node as a leaf, weighted by its share of the total weight. */
  private readonly own: Float64Array;
  /** The same of the leaves below it. */
  private readonly below: Float64Array;
  private readonly leaves: Int32Array;
  /** Effective alpha of every inner node that is left; infinite for all others. */
  private readonly alphas: Float64Array;
  /**
   * A tournament over the nodes: place `i` holds the node of the lower alpha among those of `2i` and `2i + 1`, the lower
   * number among equals; node `n` starts at place `size + n`, and the winner stands at place 1. A change of one alpha
   * costs the logarithm of the number of nodes, where a scan would cost them all.
   */
  private readonly winners: Int32Array;
  private readonly size: number;

  constructor(private readonly nodes: TreeNodes) {
    const { left, right, impurity, weightedSamples } = nodes;
    const count = left.length;
    const total = weightedSamples[0]!;
    this.parent = parentsOf(nodes);
    this.own = impurity.map((value, node) => (weightedSamples[node]! * value) / total);
    this.isLeaf = Uint8Array.from(left, (child) => (child < 0 ? 1 : 0));
    this.below = new Float64Array(count);
    this.leaves = new Int32Array(count);
    for (let leaf = 0; leaf < count; leaf++) {
      if (right[leaf]! >= 0) continue;
      // Leaf by leaf, from the left, up to the root: scikit-learn's order, on which the last bits depend.
      this.below[leaf] = this.own[leaf]!;
      for (let node = this.parent[leaf]!; node >= 0; node = this.parent[node]!) {
        this.below[node]! += this.own[leaf]!;
        this.leaves[node]!++;
      }
    }
    this.alphas = new Float64Array(count).map((_, node) => this.alphaOf(node));
    let size = 1;
    while (size < count) size *= 2;
    this.size = size;
    this.winners = new Int32Array(2 * size).fill(-1);
    for (let node = 0; node < count; node++) this.winners[size + node] = node;
    for (let place = size - 1; place > 0; place--) this.play(place);
  }

  /** Weighted impurity of the leaves that are left. */
  get impurity(): number {
    return this.below[0]!;
  }

  /** The inner node of the lowest effective alpha, the first among equals; −1 where only the root is left. */
  weakest(): number {
    const node = this.winners[1]!;
    return this.alphas[node]! < Number.POSITIVE_INFINITY ? node : -1;
  }

  alpha(node: number): number {
    return this.alphas[node]!;
  }

  /** Makes an inner node a leaf. */
  prune(node: number): void {
    this.drop(node);
    this.isLeaf[node] = 1;
    const gone = this.leaves[node]! - 1;
    const change = this.own[node]! - this.below[node]!;
    this.below[node] = this.own[node]!;
    for (let above = this.parent[node]!; above >= 0; above = this.parent[above]!) {
      this.leaves[above]! -= gone;
      this.below[above]! += change;
      this.set(above, this.alphaOf(above));
    }
  }

  /** Takes a branch's inner nodes out of the tournament. */
  private drop(root: number): void {
    const { left, right } = this.nodes;
    const pending = [root];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (this.isLeaf[node] === 1) continue;
      this.set(node, Number.POSITIVE_INFINITY);
      pending.push(left[node]!, right[node]!);
    }
  }

  private alphaOf(node: number): number {
    if (this.isLeaf[node] === 1) return Number.POSITIVE_INFINITY;
    return (this.own[node]! - this.below[node]!) / (this.leaves[node]! - 1);
  }

  private set(node: number, alpha: number): void {
    this.alphas[node] = alpha;
    for (let place = (this.size + node) >> 1; place > 0; place >>= 1) this.play(place);
  }

  private play(place: number): void {
    const a = this.winners[2 * place]!;
    const b = this.winners[2 * place + 1]!;
    this.winners[place] = b < 0 || this.alphas[a]! <= this.alphas[b]! ? a : b;
  }
}

/** Per node its parent; −1 for the root. */
function parentsOf({ left, right }: TreeNodes): Int32Array {
  const parent = new Int32Array(left.length).fill(-1);
  for (let node = 0; node < left.length; node++) {
    if (left[node]! < 0) continue;
    parent[left[node]!] = node;
    parent[right[node]!] = node;
  }
  return parent;
}

/** The tree down to the given leaves. */
function withLeaves(nodes: TreeNodes, isLeaf: Uint8Array): TreeNodes {
  const kept: number[] = [];
  const numberOf = new Int32Array(isLeaf.length).fill(-1);
  const pending = [0];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    numberOf[node] = kept.push(node) - 1;
    if (isLeaf[node] === 0) pending.push(nodes.right[node]!, nodes.left[node]!);
  }
  const classes = nodes.value.length / nodes.left.length;
  const value = new Float64Array(kept.length * classes);
  for (const [at, node] of kept.entries()) {
    value.set(nodes.value.subarray(node * classes, (node + 1) * classes), at * classes);
  }
  const leafOr =
    <T>(leaf: T, of: (node: number) => T) =>
    (node: number) =>
      isLeaf[node] === 1 ? leaf : of(node);
  return {
    feature: Int32Array.from(
      kept,
      leafOr(-1, (node) => nodes.feature[node]!),
    ),
    threshold: Float64Array.from(
      kept,
      leafOr(0, (node) => nodes.threshold[node]!),
    ),
    missingLeft: Int32Array.from(
      kept,
      leafOr(0, (node) => nodes.missingLeft[node]!),
    ),
    left: Int32Array.from(
      kept,
      leafOr(-1, (node) => numberOf[nodes.left[node]!]!),
    ),
    right: Int32Array.from(
      kept,
      leafOr(-1, (node) => numberOf[nodes.right[node]!]!),
    ),
    impurity: Float64Array.from(kept, (node) => nodes.impurity[node]!),
    samples: Int32Array.from(kept, (node) => nodes.samples[node]!),
    weightedSamples: Float64Array.from(kept, (node) => nodes.weightedSamples[node]!),
    value,
  };
}
