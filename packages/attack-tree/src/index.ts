export { AttackTree, type AttackTreeOptions } from "./attack-tree.js";
export {
  type AttackClassifierOptions,
  type AttackCleaning,
  type AttackReport,
  type TrainedAttackClassifier,
  trainAttackClassifier,
} from "./train-attack-classifier.js";
