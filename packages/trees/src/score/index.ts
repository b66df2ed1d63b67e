export { CompiledTree } from "../compiled-tree.js";
export { FittedForest } from "../fitted-forest.js";
export { FittedTree } from "../fitted-tree.js";
export { type TreeDotOptions, treeDot } from "../tree-dot.js";
export type { TreeNodes } from "../tree-nodes.js";
export type { RuleCondition, TreeRule } from "../tree-rules.js";
export { type TreeSvgOptions, treeSvg } from "../tree-svg.js";
export type { TreeTextOptions } from "../tree-text.js";
