export { FittedEnsemble, type MemberHistory } from "../fitted-ensemble.js";
export { Network } from "../network/network.js";
