export { type ConnectionExplanation, explainConnection, type FeatureAttribution } from "../explain-connection.js";
export { type Explanation, explainScore } from "../explain-score.js";
export { FittedEnsemble, type MemberHistory } from "../fitted-ensemble.js";
export { ForestMember } from "../members/forest-member.js";
export { NetworkMember } from "../members/network-member.js";
export { Network } from "../network/network.js";
export {
  BATCH_NORM_EPSILON,
  type LayerSpec,
  type LayerWeights,
  type NetworkSpec,
  type RecurrentActivation,
} from "../network/spec.js";
