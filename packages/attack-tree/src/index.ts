export { AttackTree, type AttackTreeOptions } from "./attack-tree.js";
export { FittedAttackTree } from "./fitted-attack-tree.js";
export type { AttackCleaning, CleaningOptions } from "./flows.js";
export {
  type AttackClassifierOptions,
  type AttackReport,
  type TrainedAttackClassifier,
  trainAttackClassifier,
} from "./train-attack-classifier.js";
