import type { FittedTree } from "./fitted-tree.js";
import { fixed } from "./tree-text.js";

/** How `treeDot` draws a tree. */
export interface TreeDotOptions {
  /** Digits after the point. Default 3. */
  readonly decimals?: number | undefined;
  /** Levels to draw; what is below becomes "…". Default: all. */
  readonly maxDepth?: number | undefined;
}

/**
 * Writes a tree in Graphviz' DOT language: a box per node with its question, impurity, rows and class.
 * (https://graphviz.org/doc/info/lang.html)
 */
export function treeDot({ nodes, features, classes, nodeClass }: FittedTree, options: TreeDotOptions = {}): string {
  const { decimals = 3, maxDepth = Number.POSITIVE_INFINITY } = options;
  const { feature, threshold, left, right, impurity, samples } = nodes;
  const lines = ["digraph Tree {", '  node [shape=box, fontname="helvetica"];', '  edge [fontname="helvetica"];'];
  const depths = new Int32Array(left.length);
  for (let node = 0; node < left.length; node++) {
    const depth = depths[node]!;
    const inner = left[node]! >= 0;
    if (inner) depths[left[node]!] = depths[right[node]!] = depth + 1;
    if (depth > maxDepth + 1) continue;
    if (depth > maxDepth) {
      lines.push(`  ${node} [label="…"];`);
      continue;
    }
    const text = [
      ...(inner ? [`${features[feature[node]!]} ≤ ${fixed(threshold[node]!, decimals)}`] : []),
      `impurity = ${fixed(impurity[node]!, decimals)}`,
      `rows = ${samples[node]}`,
      `class = ${classes[nodeClass[node]!]}`,
    ];
    lines.push(`  ${node} [label="${text.map(escaped).join("\\n")}"];`);
    if (!inner) continue;
    // The root's edges say which way is which.
    const [yes, no] = node === 0 ? [' [label="yes"]', ' [label="no"]'] : ["", ""];
    lines.push(`  ${node} -> ${left[node]}${yes};`, `  ${node} -> ${right[node]}${no};`);
  }
  return `${[...lines, "}"].join("\n")}\n`;
}

/** Text within DOT's double quotes. A backslash would begin an escape, and a line break would end the line. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll(/[\r\n]+/g, " ");
}
