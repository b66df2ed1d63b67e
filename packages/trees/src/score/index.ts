export { FittedForest } from "../fitted-forest.js";
export { FittedTree } from "../fitted-tree.js";
export type { TreeNodes } from "../tree-nodes.js";
export type { TreeTextOptions } from "../tree-text.js";
