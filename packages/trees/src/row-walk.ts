import { MlsecError } from "@mlsec/preprocess";
import type { TreeNodes } from "./tree-nodes.js";

/**
 * Where a row goes from an inner node.
 *
 * @param features for the error's message.
 * @param value the row's value of the node's feature, NaN where it is missing.
 * @param row the row's number, if it has one.
 * @throws MlsecError `not-finite`.
 */
export function childOf(
  { feature, threshold, missingLeft, left, right }: TreeNodes,
  node: number,
  value: number,
  features: readonly string[],
  row: number | null,
): number {
  const seen = Math.fround(value);
  if (Number.isNaN(seen)) return missingLeft[node] === 1 ? left[node]! : right[node]!;
  // Zero for finite values, NaN otherwise.
  if (seen - seen !== 0) {
    const name = features[feature[node]!]!;
    throw new MlsecError(
      "not-finite",
      `Feature ${JSON.stringify(name)} is ${value}${row === null ? "" : ` in row ${row}`}; trees take numbers within ` +
        "float32's range (±3.4e38), and NaN where a value is missing.",
      row === null ? { feature: name, value } : { feature: name, value, row },
    );
  }
  return seen <= threshold[node]! ? left[node]! : right[node]!;
}

/** The leaf of a row whose values may be missing. Parameters and errors as in `childOf`. */
export function leafOf(
  nodes: TreeNodes,
  read: (feature: number) => number,
  features: readonly string[],
  row: number | null,
): number {
  let node = 0;
  while (nodes.left[node]! >= 0) node = childOf(nodes, node, read(nodes.feature[node]!), features, row);
  return node;
}
