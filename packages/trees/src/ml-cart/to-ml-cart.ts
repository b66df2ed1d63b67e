import { nextUp } from "@mlsec/preprocess/numeric";
import type { FittedTree } from "../fitted-tree.js";
import type { MlCartNode, MlCartTree } from "./json.js";

/**
 * A tree as ml-cart's `DecisionTreeClassifier.load` takes it, with the same verdicts on every finite value that float32
 * holds; see `fromMlCart`. Missing values all go right there, whatever this tree does with them.
 */
export function toMlCart({ nodes, classes, depth }: FittedTree): MlCartTree {
  const { feature, threshold, left, right, value, impurity, samples, weightedSamples } = nodes;
  const made: MlCartNode[] = [];
  // Children come after their parents.
  for (let node = left.length - 1; node >= 0; node--) {
    const l = left[node]!;
    const r = right[node]!;
    if (l < 0) {
      const from = node * classes.length;
      made[node] = { distribution: [Array.from(value.subarray(from, from + classes.length))] };
      continue;
    }
    const weight = weightedSamples[node]!;
    const after = (weightedSamples[l]! * impurity[l]! + weightedSamples[r]! * impurity[r]!) / weight;
    made[node] = {
      // JSON has no infinity, and every float32 is less than the largest double as well.
      splitValue: Math.min(nextUp(threshold[node]!), Number.MAX_VALUE),
      splitColumn: feature[node]!,
      gain: weight > 0 ? impurity[node]! - after : 0,
      numberSamples: samples[node]!,
      left: made[l]!,
      right: made[r]!,
    };
  }
  const options = {
    kind: "classifier",
    gainFunction: "gini",
    splitFunction: "mean",
    minNumSamples: 0,
    maxDepth: depth,
    gainThreshold: 0,
  };
  return { name: "DTClassifier", options, root: made[0]! };
}
