export {
  ARCHITECTURES,
  type Architecture,
  type MemberPlan,
  type OwnArchitecture,
} from "./architecture.js";
export type { AttackTypeRates } from "./attack-types.js";
export { type CalibrationMethod, combinedEnsemble, type Vote, type Voting } from "./combined-ensemble.js";
export { THREAT_CLASSES } from "./connections.js";
export type { EpochReport, NetworkData, NetworkEngine, TrainingOptions } from "./engine.js";
export { type ConnectionExplanation, explainConnection, type FeatureAttribution } from "./explain-connection.js";
export { type Explanation, explainScore } from "./explain-score.js";
export { FittedEnsemble, type MemberHistory } from "./fitted-ensemble.js";
export type { FoldBy } from "./fold-rows.js";
export type { Member, MemberName, NetworkName } from "./members/member.js";
export { initialWeights } from "./network/initial-weights.js";
export { Network } from "./network/network.js";
export {
  BATCH_NORM_EPSILON,
  BATCH_NORM_MOMENTUM,
  gateSlope,
  type LayerShape,
  type LayerSpec,
  type LayerWeights,
  layerShapes,
  type NetworkSpec,
  type RecurrentActivation,
} from "./network/spec.js";
export { BACKEND_FEATURES, type SelectionOptions } from "./select-features.js";
export {
  type MemberEpoch,
  type MemberOptions,
  ThreatEnsemble,
  type ThreatEnsembleOptions,
  type TrainingWatch,
  type ValidationRows,
} from "./threat-ensemble.js";
export {
  type ThreatDetectorOptions,
  type ThreatReport,
  type TrainedThreatDetector,
  trainThreatDetector,
} from "./train-threat-detector.js";
export type { EarlyStopped, EpochRecord, Monitor } from "./training/course.js";
export type { EarlyStoppingOptions } from "./training/early-stopping.js";
export { networkEngine } from "./training/engine.js";
export type { OptimizerSpec, ScheduleSpec } from "./training/optimizer.js";
