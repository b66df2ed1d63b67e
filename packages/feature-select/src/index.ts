export { type CorrelationOptions, pearsonCorrelation, spearmanCorrelation } from "./correlation.js";
export {
  type CorrelatedFeature,
  CorrelationFilter,
  type CorrelationFilterOptions,
  correlationFilter,
} from "./correlation-filter.js";
export type { ForestOptions, ImportanceEstimator, RfeRound, WithImportances } from "./elimination.js";
export { MutualInformation, type MutualInformationOptions, mutualInformation } from "./mutual-information.js";
export {
  PermutationImportance,
  type PermutationImportanceOptions,
  permutationImportance,
} from "./permutation-importance.js";
export { FeatureElimination, type RfeOptions, rfe } from "./rfe.js";
export { FeatureEliminationCV, type RfecvOptions, type RfecvPoint, rfecv, type SelectingModel } from "./rfecv.js";
export type { Predictor, Scorer } from "./scorer.js";
export { VarianceFilter, varianceFilter } from "./variance-filter.js";
