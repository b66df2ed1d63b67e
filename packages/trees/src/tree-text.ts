import type { TreeNodes } from "./tree-nodes.js";

/** How `toText` writes a tree. */
export interface TreeTextOptions {
  /** Digits after the point of thresholds. Default 2. */
  readonly decimals?: number | undefined;
  /** Levels to write out; what is below becomes one line. Default 10. */
  readonly maxDepth?: number | undefined;
  /** Whether leaves show their class shares. Default false. */
  readonly showWeights?: boolean | undefined;
}

/** Writes a tree as indented rules, in the layout of scikit-learn's `export_text`. */
export function treeText(
  nodes: TreeNodes,
  features: readonly string[],
  classes: readonly string[],
  options: TreeTextOptions = {},
): string {
  const { decimals = 2, maxDepth = 10, showWeights = false } = options;
  const heights = subtreeHeights(nodes);
  const lines: string[] = [];
  // A string is a line that waits for its turn; a pair is a node with its depth.
  const pending: (string | readonly [node: number, depth: number])[] = [[0, 0]];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    if (typeof item === "string") {
      lines.push(item);
      continue;
    }
    const [node, depth] = item;
    const indent = `${"|   ".repeat(depth)}|---`;
    if (nodes.left[node]! < 0) {
      lines.push(`${indent} ${leafText(nodes, node, classes, decimals, showWeights)}`);
    } else if (depth > maxDepth) {
      lines.push(`${indent} truncated branch of depth ${heights[node]}`);
    } else {
      const name = features[nodes.feature[node]!];
      const threshold = fixed(nodes.threshold[node]!, decimals);
      lines.push(`${indent} ${name} <= ${threshold}`);
      pending.push([nodes.right[node]!, depth + 1], `${indent} ${name} >  ${threshold}`);
      pending.push([nodes.left[node]!, depth + 1]);
    }
  }
  return `${lines.join("\n")}\n`;
}

function leafText(
  { value }: TreeNodes,
  node: number,
  classes: readonly string[],
  decimals: number,
  showWeights: boolean,
): string {
  const shares = value.subarray(node * classes.length, (node + 1) * classes.length);
  const name = classes[shares.indexOf(Math.max(...shares))];
  if (!showWeights) return `class: ${name}`;
  return `weights: [${Array.from(shares, (share) => fixed(share, decimals)).join(", ")}] class: ${name}`;
}

/** Levels of nodes under and including each node. */
function subtreeHeights({ left, right }: TreeNodes): Int32Array {
  const heights = new Int32Array(left.length).fill(1);
  for (let node = left.length - 1; node >= 0; node--) {
    if (left[node]! >= 0) heights[node] = 1 + Math.max(heights[left[node]!]!, heights[right[node]!]!);
  }
  return heights;
}

/** Fixed-point notation that rounds exact halves to even digits, as Python does (`toFixed` rounds them up). */
export function fixed(value: number, decimals: number): string {
  // Beyond 1e21, where every double is a whole number, `toFixed` turns to exponents.
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${decimals > 0 ? `.${"0".repeat(decimals)}` : ""}`;
  const text = value.toFixed(decimals);
  // x·10^d lies exactly between two integers if and only if x·2^(d+1) is odd.
  let scaled = Math.abs(value);
  for (let i = 0; i <= decimals; i++) scaled *= 2;
  const lastDigit = Number(text.at(-1));
  if (scaled % 2 !== 1 || lastDigit % 2 === 0) return text;
  // `toFixed` went away from zero (up, for positive values) to an odd digit: one less is even, and no digit is borrowed.
  return `${text.slice(0, -1)}${lastDigit - 1}`;
}
