export { ARCHITECTURES, type Architecture, type MemberName, type MemberPlan } from "./architecture.js";
export { THREAT_CLASSES } from "./connections.js";
export type { EpochReport, NetworkData, NetworkEngine, TrainingOptions } from "./engine.js";
export { type ConnectionExplanation, explainConnection, type FeatureAttribution } from "./explain-connection.js";
export { type Explanation, FittedEnsemble, type MemberHistory } from "./fitted-ensemble.js";
export { initialWeights } from "./network/initial-weights.js";
export { Network } from "./network/network.js";
export {
  BATCH_NORM_EPSILON,
  BATCH_NORM_MOMENTUM,
  type LayerShape,
  type LayerSpec,
  type LayerWeights,
  layerShapes,
  type NetworkSpec,
} from "./network/spec.js";
export { type MemberEpoch, ThreatEnsemble, type ThreatEnsembleOptions, type TrainingWatch } from "./threat-ensemble.js";
export {
  BACKEND_FEATURES,
  type ThreatDetectorOptions,
  type ThreatReport,
  type TrainedThreatDetector,
  trainThreatDetector,
} from "./train-threat-detector.js";
export type { EarlyStopped, EpochRecord } from "./training/course.js";
export type { EarlyStoppingOptions } from "./training/early-stopping.js";
export { networkEngine } from "./training/engine.js";
export type { OptimizerSpec, ScheduleSpec } from "./training/optimizer.js";
