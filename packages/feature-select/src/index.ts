export { pearsonCorrelation } from "./correlation.js";
export {
  type CorrelatedFeature,
  CorrelationFilter,
  type CorrelationFilterOptions,
  correlationFilter,
} from "./correlation-filter.js";
export { FeatureElimination, type ImportanceEstimator, type RfeOptions, type RfeRound, rfe } from "./rfe.js";
