export { type ConnectionExplanation, explainConnection, type FeatureAttribution } from "../explain-connection.js";
export { type Explanation, FittedEnsemble, type MemberHistory } from "../fitted-ensemble.js";
export { Network } from "../network/network.js";
