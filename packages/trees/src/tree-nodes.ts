import type { State, StateReader } from "@mlsec/preprocess";

/**
 * A grown tree as flat arrays, one entry per node. Node 0 is the root and children come after their parents, numbered
 * depth first, left before right (in order of appearance where leaves were limited), as scikit-learn's `tree_` is. A row
 * goes left where `Math.fround(value) <= threshold`; where the value is missing (NaN), `missingLeft` decides.
 */
export interface TreeNodes {
  /** Index of the feature asked about; −1 in a leaf. */
  readonly feature: Int32Array;
  /** float64; 0 in a leaf; the largest double where all present values go left and the missing ones right. */
  readonly threshold: Float64Array;
  /** 1 where missing values go left: as in training, or to the child with more rows where none was missing there. */
  readonly missingLeft: Int32Array;
  /** Left child; −1 in a leaf. */
  readonly left: Int32Array;
  /** Right child; −1 in a leaf. */
  readonly right: Int32Array;
  /** Gini index or entropy in bits. */
  readonly impurity: Float64Array;
  /** Training rows that reached the node, each counted once. */
  readonly samples: Int32Array;
  /** Their total weight. */
  readonly weightedSamples: Float64Array;
  /** Nodes × classes, row-major: the classes' shares of the weight, which sum to 1. */
  readonly value: Float64Array;
}

/** Collects nodes in depth-first order, left before right. */
export class TreeNodesBuilder {
  private readonly feature: number[] = [];
  private readonly threshold: number[] = [];
  private readonly missingLeft: number[] = [];
  private readonly left: number[] = [];
  private readonly right: number[] = [];
  private readonly impurity: number[] = [];
  private readonly samples: number[] = [];
  private readonly weightedSamples: number[] = [];
  private readonly value: number[] = [];

  constructor(private readonly classes: number) {}

  /**
   * Adds a leaf and returns its number.
   *
   * @param parent its parent, which takes it as its left child if it has none yet; −1 for the root.
   */
  add(parent: number, impurity: number, samples: number, weight: number, classWeights: Float64Array): number {
    const node = this.feature.push(-1) - 1;
    this.threshold.push(0);
    this.missingLeft.push(0);
    this.left.push(-1);
    this.right.push(-1);
    this.impurity.push(impurity);
    this.samples.push(samples);
    this.weightedSamples.push(weight);
    // Of weights that do not quite sum to the total, as of other libraries' trees, none is more than all.
    for (let c = 0; c < this.classes; c++) this.value.push(Math.min(classWeights[c]! / weight, 1));
    if (parent >= 0) {
      if (this.left[parent] === -1) this.left[parent] = node;
      else this.right[parent] = node;
    }
    return node;
  }

  /** Makes a leaf an inner node, whose children are to be added. */
  split(node: number, feature: number, threshold: number, missingLeft: boolean): void {
    this.feature[node] = feature;
    this.threshold[node] = threshold;
    this.missingLeft[node] = missingLeft ? 1 : 0;
  }

  finish(): TreeNodes {
    return {
      feature: Int32Array.from(this.feature),
      threshold: Float64Array.from(this.threshold),
      missingLeft: Int32Array.from(this.missingLeft),
      left: Int32Array.from(this.left),
      right: Int32Array.from(this.right),
      impurity: Float64Array.from(this.impurity),
      samples: Int32Array.from(this.samples),
      weightedSamples: Float64Array.from(this.weightedSamples),
      value: Float64Array.from(this.value),
    };
  }
}

/** The longest way from the root to a leaf, in edges. Children must come after their parents. */
export function treeDepth({ left, right }: Pick<TreeNodes, "left" | "right">): number {
  const depths = new Int32Array(left.length);
  let deepest = 0;
  for (let node = 0; node < left.length; node++) {
    const below = depths[node]! + 1;
    if (left[node]! < 0) continue;
    depths[left[node]!] = below;
    depths[right[node]!] = below;
    if (below > deepest) deepest = below;
  }
  return deepest;
}

/** Number of leaves. */
export function leafCount({ left }: TreeNodes): number {
  let count = 0;
  for (const child of left) if (child < 0) count++;
  return count;
}

/** The most probable class of every node; the first among equals. */
export function majorityClasses({ value, left }: TreeNodes, classes: number): Int32Array {
  return left.map((_, node) => argmax(value, node * classes, classes));
}

/** The class of each node that has the whole share; −1 for the others. Shares may sum to a little more than 1. */
export function onlyClasses({ value }: TreeNodes, majorities: Int32Array, classes: number): Int32Array {
  return majorities.map((code, node) => {
    for (let c = 0; c < classes; c++) if (value[node * classes + c] !== (c === code ? 1 : 0)) return -1;
    return code;
  });
}

/** Position, from 0, of the first largest of `count` values beginning at `from`. */
export function argmax(values: Float64Array, from: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[from + i]! > values[from + best]!) best = i;
  return best;
}

/**
 * How much each feature's splits reduced the weighted impurity, as shares that sum to 1; all 0 in a tree of one node.
 * (Gini importance: Breiman et al., 1984.)
 */
export function impurityImportances(nodes: TreeNodes, features: number): Float64Array {
  const { feature, left, right, impurity, weightedSamples } = nodes;
  const importances = new Float64Array(features);
  for (let node = 0; node < left.length; node++) {
    const l = left[node]!;
    const r = right[node]!;
    if (l < 0) continue;
    importances[feature[node]!]! +=
      weightedSamples[node]! * impurity[node]! -
      weightedSamples[l]! * impurity[l]! -
      weightedSamples[r]! * impurity[r]!;
  }
  return normalised(importances);
}

/** Shares of the sum; unchanged where it is not positive. */
export function normalised(values: Float64Array): Float64Array {
  const sum = values.reduce((total, value) => total + value, 0);
  return sum > 0 ? values.map((value) => value / sum) : values;
}

/**
 * Deepest tree that is read: it bounds the steps of a verdict. Trees of traffic have some tens of levels; one as deep as it has
 * rows is possible, of a few thousand.
 */
export const MAX_TREE_DEPTH = 16_384;

/** The entropy of more classes than there can be, in bits; and a weight whose products with it do not overflow in any sum. */
const MAX_IMPURITY = 64;
const MAX_WEIGHT = 1e290;

/** The nodes as state. */
export function nodesState(nodes: TreeNodes): { readonly [key: string]: State } {
  const { feature, threshold, missingLeft, left, right, impurity, samples, weightedSamples, value } = nodes;
  // In one order wherever the nodes come from, so that equal trees give equal bytes.
  return { feature, threshold, missingLeft, left, right, impurity, samples, weightedSamples, value };
}

/**
 * Reads nodes from a state that may come from anywhere.
 *
 * @throws MlsecError `invalid-state` unless the arrays fit each other and form one tree over the given features.
 */
export function nodesFromState(reader: StateReader, features: number, classes: number): TreeNodes {
  const feature = reader.int32("feature", undefined, { min: -1, max: features - 1 });
  const count = feature.length;
  if (count === 0) reader.fail("feature", "a list of at least one node");
  const links = { min: -1, max: count - 1 };
  const nodes: Omit<TreeNodes, "missingLeft"> = {
    feature,
    threshold: reader.float64("threshold", count),
    left: reader.int32("left", count, links),
    right: reader.int32("right", count, links),
    impurity: reader.float64("impurity", count),
    samples: reader.int32("samples", count, { min: 0 }),
    weightedSamples: reader.float64("weightedSamples", count),
    value: reader.float64("value", count * classes),
  };
  checkLinks(nodes, reader);
  if (treeDepth(nodes) > MAX_TREE_DEPTH) reader.fail("left", `a tree of at most ${MAX_TREE_DEPTH} levels`);
  checkShares(nodes, classes, reader);
  const { threshold, left, right, impurity, samples, weightedSamples, value } = nodes;
  // Trees saved before missing values were learnt from have no such array.
  const isLearnt = reader.has("missingLeft");
  return {
    feature,
    threshold,
    missingLeft: isLearnt ? reader.int32("missingLeft", count, { min: 0, max: 1 }) : towardsMore(nodes),
    left,
    right,
    impurity,
    samples,
    weightedSamples,
    value: value.some((share) => share > 1) ? value.map((share) => Math.min(share, 1)) : value,
  };
}

/** Where missing values go if none was seen in training: to the child with more rows; 0 in leaves. */
function towardsMore({ left, right, samples }: Omit<TreeNodes, "missingLeft">): Int32Array {
  return left.map((child, node) => (child >= 0 && samples[child]! > samples[right[node]!]! ? 1 : 0));
}

/** Every inner node has two different children after it, and every node but the root one parent: then it is a tree. */
function checkLinks({ feature, left, right }: Omit<TreeNodes, "missingLeft">, reader: StateReader): void {
  const parents = new Uint8Array(feature.length);
  for (let node = 0; node < feature.length; node++) {
    if (feature[node]! < 0) {
      if (left[node] !== -1 || right[node] !== -1) reader.fail("left", `without children at leaf ${node}`);
      continue;
    }
    // Nothing is made for each node, of which there may be millions.
    checkChild("left", left[node]!, node, parents, reader);
    checkChild("right", right[node]!, node, parents, reader);
  }
  for (let node = 1; node < feature.length; node++) {
    if (parents[node] === 0) reader.fail("left", `links that reach node ${node}`);
  }
}

function checkChild(side: string, child: number, node: number, parents: Uint8Array, reader: StateReader): void {
  if (child <= node) reader.fail(side, `after its parent at node ${node}`);
  if (parents[child]!++ > 0) reader.fail(side, `the only parent of its child at node ${node}`);
}

function checkShares(
  { value, impurity, weightedSamples, feature }: Omit<TreeNodes, "missingLeft">,
  classes: number,
  reader: StateReader,
): void {
  for (let node = 0; node < feature.length; node++) {
    if (impurity[node]! < -1e-9 || impurity[node]! > MAX_IMPURITY)
      reader.fail("impurity", `from 0 to ${MAX_IMPURITY} at node ${node}`);
    if (weightedSamples[node]! < 0 || weightedSamples[node]! > MAX_WEIGHT)
      reader.fail("weightedSamples", `from 0 to ${MAX_WEIGHT} at node ${node}`);
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      const share = value[node * classes + c]!;
      if (share < 0) reader.fail("value", `at least 0 at node ${node}`);
      sum += share;
    }
    if (Math.abs(sum - 1) > 1e-6) reader.fail("value", `shares that sum to 1 at node ${node}`);
  }
}
