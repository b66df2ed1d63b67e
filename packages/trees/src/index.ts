export { DecisionTreeClassifier, type TrainingMatrix } from "./decision-tree.js";
export { ForestThreads, type ForestThreadsOptions, type ThreadNotice } from "./forest-threads.js";
export type {
  ClassWeight,
  Criterion,
  DecisionTreeOptions,
  RandomForestOptions,
  SplitterOption,
  TreeOptions,
} from "./options.js";
export { pruneTree } from "./prune-tree.js";
export { costComplexityPruningPath, type PruningPath } from "./pruning.js";
export { RandomForestClassifier } from "./random-forest.js";
export { type RankedColumn, RankedMatrix, rankColumns } from "./ranked-matrix.js";
export { CompiledTree, FittedForest, FittedTree } from "./score/index.js";
export { type TreeDotOptions, treeDot } from "./tree-dot.js";
export type { TreeNodes } from "./tree-nodes.js";
export type { RuleCondition, TreeRule } from "./tree-rules.js";
export { type TreeSvgOptions, treeSvg } from "./tree-svg.js";
export type { TreeTextOptions } from "./tree-text.js";
