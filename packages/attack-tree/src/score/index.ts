export { FittedAttackTree } from "../fitted-attack-tree.js";
export type { VerdictFlip } from "../flips.js";
export { type AnsweredQuestion, type FlowExplanation, type FlowQuestion, FlowRules } from "../flow-rules.js";
export type { AttackVerdict, SureClass } from "../leaf-verdicts.js";
