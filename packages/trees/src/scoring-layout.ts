import type { TreeNodes } from "./tree-nodes.js";

/**
 * A tree laid out for walking: breadth first, the children of a node next to each other, so that a step is a comparison and
 * an addition. A leaf is its own child.
 */
export interface ScoringLayout {
  /** The feature asked about; 0 in a leaf. */
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** The place of the left child; the right one is next to it. */
  readonly child: Int32Array;
  /** The number that each place has in the tree. */
  readonly node: Int32Array;
  /** The place that each number has here. */
  readonly place: Int32Array;
}

export function layOut({ feature, threshold, left, right }: TreeNodes): ScoringLayout {
  const count = left.length;
  const node = new Int32Array(count);
  const child = new Int32Array(count);
  const places = new Int32Array(count);
  for (let place = 0, next = 1; place < count; place++) {
    const number = node[place]!;
    places[number] = place;
    if (left[number]! < 0) {
      child[place] = place;
      continue;
    }
    child[place] = next;
    node[next++] = left[number]!;
    node[next++] = right[number]!;
  }
  return {
    feature: node.map((number) => Math.max(0, feature[number]!)),
    threshold: Float64Array.from(node, (number) => threshold[number]!),
    child,
    node,
    place: places,
  };
}
