export { attackClassName, attackClassNames } from "@mlsec/preprocess";
export { ATTACK_CLASSES, type AttackFamily, attackFamily } from "./attack-classes.js";
export { AttackTree, type AttackTreeOptions, type Resampling } from "./attack-tree.js";
export type { AttackClassWeight, ErrorCost } from "./class-weighting.js";
export { FittedAttackTree } from "./fitted-attack-tree.js";
export type { VerdictFlip } from "./flips.js";
export { type AnsweredQuestion, type FlowExplanation, type FlowQuestion, FlowRules } from "./flow-rules.js";
export type { AttackCleaning, CleaningOptions } from "./flows.js";
export type { AttackVerdict, SureClass } from "./leaf-verdicts.js";
export type { AttackCandidate, AttackSearch, AttackSearchOptions, CandidateOptions } from "./search.js";
export {
  type AttackClassifierOptions,
  type AttackReport,
  type ClassifierSearch,
  type TrainedAttackClassifier,
  trainAttackClassifier,
} from "./train-attack-classifier.js";
