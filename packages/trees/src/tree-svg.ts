import type { FittedTree } from "./fitted-tree.js";
import { fixed } from "./tree-text.js";

/** How `treeSvg` draws a tree. */
export interface TreeSvgOptions {
  /** Digits after the point. Default 2. */
  readonly decimals?: number | undefined;
  /** Levels to draw; what is below becomes "…". Default: all. */
  readonly maxDepth?: number | undefined;
  /** What the picture is called, for those who cannot see it. Default "Decision tree". */
  readonly title?: string | undefined;
}

/** Sizes in pixels. */
const LINE = 22;
const MARGIN = 16;
const GAP = 44;
const PADDING = 6;
const SWATCH = 10;
const TEXT = 12;
/** What a character takes on average in a sans-serif font of that size; boxes are a little wider than they must be. */
const CHARACTER = 7;

/** Hues of classes: blue for the first, and far apart for neighbours, by the golden angle. */
const FIRST_HUE = 210;
const HUE_STEP = 137.508;

const STYLE = `
    text { font: ${TEXT}px system-ui, sans-serif; fill: #1c2430; }
    .link { fill: none; stroke: #8a94a3; }
    .box { fill: #f3f5f8; stroke: #c3cad4; }
    .side { font-size: 10px; fill: #5a6473; }
    .leaf { font-weight: 600; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6e9ee; }
      .box { fill: #262d38; stroke: #4a5464; }
      .side { fill: #a3adbb; }
    }`;

/** Something drawn: a node, or "…" for all that is below one. */
interface Mark {
  readonly node: number;
  readonly depth: number;
  readonly label: string;
  /** What is told when the mark is pointed at. */
  readonly details: string;
  /** The class of a leaf; null for what is no leaf. */
  readonly leafClass: number | null;
  /** The two that are drawn below it, yes before no, or none. */
  readonly children: readonly Mark[];
  /** The middle of its line, from the top. */
  readonly y: number;
}

/**
 * Draws a tree as an SVG picture that needs nothing from outside, from the root at the left to the leaves at the right: yes
 * goes up, no goes down. Leaves show class, share and rows; every node tells the rest when pointed at. It follows the
 * viewer's preference for light or dark.
 */
export function treeSvg(tree: FittedTree, options: TreeSvgOptions = {}): string {
  const { decimals = 2, maxDepth = Number.POSITIVE_INFINITY, title = "Decision tree" } = options;
  const marks = marksOf(tree, decimals, maxDepth);
  const starts = columnStarts(marks);
  const width = Math.max(...marks.map((mark) => starts[mark.depth]! + boxWidth(mark))) + MARGIN;
  const height = Math.max(...marks.map(({ y }) => y)) + LINE / 2 + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `  <title>${escaped(title)}</title>`,
    `  <style>${STYLE}\n  </style>`,
    ...marks.flatMap((mark) => mark.children.map((child, side) => linkSvg(mark, child, side === 0, starts))),
    ...marks.map((mark) => markSvg(mark, starts[mark.depth]!)),
    "</svg>\n",
  ].join("\n");
}

/** The marks by node, the root first. */
function marksOf({ nodes, features, classes, nodeClass }: FittedTree, decimals: number, maxDepth: number): Mark[] {
  const { feature, threshold, left, right, impurity, samples, value } = nodes;
  const depths = new Int32Array(left.length);
  for (let node = 0; node < left.length; node++) {
    if (left[node]! >= 0) depths[left[node]!] = depths[right[node]!] = depths[node]! + 1;
  }
  const marks: (Mark | undefined)[] = Array(left.length);
  const places = placesOfEnds(left, right, depths, maxDepth);
  for (let node = left.length - 1; node >= 0; node--) {
    const depth = depths[node]!;
    if (depth > maxDepth + 1) continue;
    const isCut = depth > maxDepth;
    const isLeaf = left[node]! < 0;
    const code = nodeClass[node]!;
    const share = fixed(value[node * classes.length + code]!, decimals);
    const children = isLeaf || isCut ? [] : [marks[left[node]!]!, marks[right[node]!]!];
    const question = isLeaf ? "" : `${features[feature[node]!]} ≤ ${fixed(threshold[node]!, decimals)}`;
    marks[node] = {
      node,
      depth,
      label: isCut ? "…" : isLeaf ? `${classes[code]}  ${share}  n = ${samples[node]}` : question,
      details: `node ${node}: ${samples[node]} rows, impurity ${fixed(impurity[node]!, decimals)}, ${classes[code]} ${share}`,
      leafClass: isLeaf && !isCut ? code : null,
      children,
      y: children.length === 0 ? MARGIN + LINE * (places[node]! + 0.5) : (children[0]!.y + children[1]!.y) / 2,
    };
  }
  return marks.filter((mark) => mark !== undefined);
}

/** For every node without children in the drawing its place from the top. */
function placesOfEnds(left: Int32Array, right: Int32Array, depths: Int32Array, maxDepth: number): Int32Array {
  const places = new Int32Array(left.length);
  let next = 0;
  const pending = [0];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (left[node]! < 0 || depths[node]! > maxDepth) places[node] = next++;
    else pending.push(right[node]!, left[node]!);
  }
  return places;
}

/** Where the marks of each depth begin, from the left. */
function columnStarts(marks: readonly Mark[]): number[] {
  const widths: number[] = [];
  for (const mark of marks) widths[mark.depth] = Math.max(widths[mark.depth] ?? 0, boxWidth(mark));
  let start = MARGIN;
  return widths.map((width) => {
    const own = start;
    start += width + GAP;
    return own;
  });
}

function boxWidth({ label, leafClass }: Mark): number {
  return label.length * CHARACTER + 2 * PADDING + (leafClass === null ? 0 : SWATCH + PADDING);
}

function linkSvg(from: Mark, to: Mark, yes: boolean, starts: readonly number[]): string {
  const left = starts[from.depth]! + boxWidth(from);
  const right = starts[to.depth]!;
  const middle = (left + right) / 2;
  const curve = `<path class="link" d="M${left} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${right} ${to.y}"/>`;
  // The root's links say which way is which.
  if (from.depth > 0) return `  ${curve}`;
  return `  ${curve}<text class="side" x="${right - 4}" y="${to.y + (yes ? -6 : 13)}" text-anchor="end">${yes ? "yes" : "no"}</text>`;
}

function markSvg(mark: Mark, x: number): string {
  const { y, label, details, leafClass } = mark;
  const top = y - LINE / 2 + 1;
  const hue = Math.round((FIRST_HUE + (leafClass ?? 0) * HUE_STEP) % 360);
  const swatch =
    leafClass === null
      ? ""
      : `<rect x="${x + PADDING}" y="${y - SWATCH / 2}" width="${SWATCH}" height="${SWATCH}" rx="2" fill="hsl(${hue} 60% 50%)"/>`;
  const text = x + PADDING + (leafClass === null ? 0 : SWATCH + PADDING);
  return (
    `  <g><title>${escaped(details)}</title>` +
    `<rect class="box" x="${x}" y="${top}" width="${boxWidth(mark)}" height="${LINE - 2}" rx="4"/>${swatch}` +
    `<text${leafClass === null ? "" : ' class="leaf"'} x="${text}" y="${y + 4}">${escaped(label)}</text></g>`
  );
}

/** Text within XML, without the characters that XML has none of. */
function escaped(text: string): string {
  const known = text.replaceAll(/[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
  return known.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
