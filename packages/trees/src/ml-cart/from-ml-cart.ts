import { StateReader } from "@mlsec/preprocess";
import { nextDown } from "@mlsec/preprocess/numeric";
import { FittedTree, namesFromState } from "../fitted-tree.js";
import { type TreeNodes, TreeNodesBuilder } from "../tree-nodes.js";

/** Most nodes of a tree that is read: far more than ml-cart can grow, and few enough for any memory. */
const MAX_NODES = 1_000_000;

/** What ml-cart does not know of its columns and codes. */
export interface MlCartNames {
  /** One name per column, in order. */
  readonly features: readonly string[];
  /** One name per class code, in order. */
  readonly classes: readonly string[];
}

/**
 * The tree that ml-cart grew, with its verdicts.
 *
 * ml-cart goes left where a double is less than `splitValue`; we do where the float32 is at most a threshold, which is the
 * greatest double below it. The two agree on every value that float32 holds, and differ on others only where rounding to
 * float32 moves one across. Missing values go right, as NaN does there.
 *
 * ml-cart keeps neither counts nor the shares of inner nodes: `samples`, `weightedSamples` and importances are 0, and an inner
 * node's shares are the mean of its children's.
 *
 * @param model `JSON.parse(JSON.stringify(classifier))`.
 * @throws MlsecError `invalid-state` that names the node, numbered depth first from 0, left before right.
 */
export function fromMlCart(model: unknown, names: MlCartNames): FittedTree {
  const { features, classes } = namesFromState(new StateReader(names, "names"));
  const tree = new StateReader(model, "model");
  tree.oneOf("name", ["DTClassifier"]);
  const builder = new TreeNodesBuilder(classes.length);
  const pending: (readonly [node: unknown, parent: number])[] = [[tree.raw("root"), -1]];
  for (let count = 0; pending.length > 0; count++) {
    if (count === MAX_NODES) tree.fail("root", `a tree of at most ${MAX_NODES} nodes`);
    const [node, parent] = pending.pop()!;
    const reader = new StateReader(node, `model, node ${count}`);
    const leaf = reader.has("distribution");
    const shares = leaf ? leafShares(reader, classes.length) : new Float64Array(classes.length);
    const number = builder.add(parent, 0, 0, 1, shares);
    if (leaf) continue;
    const column = reader.integer("splitColumn", { min: 0, max: features.length - 1 });
    builder.split(number, column, nextDown(reader.number("splitValue")), false);
    pending.push([reader.raw("right"), number], [reader.raw("left"), number]);
  }
  return new FittedTree(classes, features, withInnerShares(builder.finish(), classes.length));
}

/** A leaf's shares; classes above the highest that it has seen are not in its list. */
function leafShares(reader: StateReader, classes: number): Float64Array {
  const expected = `one list of at most ${classes} shares that sum to 1 (of a parsed JSON text)`;
  const rows = reader.raw("distribution");
  const row: unknown = Array.isArray(rows) && rows.length === 1 ? rows[0] : undefined;
  if (!Array.isArray(row) || row.length > classes) reader.fail("distribution", expected);
  let sum = 0;
  for (const share of row) {
    if (!(typeof share === "number" && share >= 0)) reader.fail("distribution", expected);
    sum += share;
  }
  if (!(Math.abs(sum - 1) <= 1e-6)) reader.fail("distribution", expected);
  const shares = new Float64Array(classes);
  shares.set(row);
  return shares;
}

/** Gives inner nodes the mean of their children's shares, and all nodes their Gini index; there are no weights. */
function withInnerShares(nodes: TreeNodes, classes: number): TreeNodes {
  const { left, right, value, impurity } = nodes;
  for (let node = left.length - 1; node >= 0; node--) {
    let squares = 0;
    for (let c = 0; c < classes; c++) {
      const at = node * classes + c;
      if (left[node]! >= 0) value[at] = (value[left[node]! * classes + c]! + value[right[node]! * classes + c]!) / 2;
      squares += value[at]! * value[at]!;
    }
    impurity[node] = 1 - squares;
  }
  return { ...nodes, weightedSamples: new Float64Array(left.length) };
}
