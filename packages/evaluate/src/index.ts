export { cohenKappa, matthewsCorrelation } from "./agreement.js";
export { type AlertsPerDay, alertsPerDay, type ErrorCosts, expectedCost, type Traffic } from "./alerts.js";
export { type AuditOptions, auditDataset, type DatasetAudit } from "./audit/audit-dataset.js";
export { auditText } from "./audit/audit-text.js";
export type {
  AuditCheck,
  AuditEvidence,
  AuditFinding,
  AuditSeverity,
  CellCount,
  ClassRows,
  RepeatedRows,
  RowShare,
} from "./audit/finding.js";
export { averagePrecision } from "./average-precision.js";
export { type BinaryMetrics, binaryMetrics } from "./binary-metrics.js";
export type { Calibration, CalibrationOptions } from "./calibration/calibration.js";
export {
  type CalibrationCurve,
  type CalibrationCurveOptions,
  calibrationCurve,
} from "./calibration/calibration-curve.js";
export { calibrationFromState } from "./calibration/calibration-from-state.js";
export { IsotonicCalibration } from "./calibration/isotonic-calibration.js";
export { PlattCalibration } from "./calibration/platt-calibration.js";
export { type ChosenThreshold, chooseThreshold, type ThresholdRule } from "./choose-threshold.js";
export {
  type ClassificationReport,
  classificationReport,
  type ReportLine,
  type ReportScores,
} from "./classification-report.js";
export { accuracy, confusionMatrix } from "./confusion-matrix.js";
export { DriftMonitor, type DriftOptions, detectDrift, type Predictions } from "./drift/drift-monitor.js";
export { driftText, driftToMarkdown } from "./drift/drift-text.js";
export {
  type DriftCheck,
  type DriftLevel,
  type DriftReport,
  driftThresholds,
  type FeatureDrift,
  type NewCategories,
  type NumberDrift,
  type PredictionDrift,
  type SharePair,
  type TextDrift,
} from "./drift/report.js";
export {
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapInterval,
  type Interval,
  wilsonInterval,
} from "./intervals.js";
export {
  balancedAccuracy,
  type ClassScores,
  macroF1,
  type PrecisionRecallFscore,
  precisionRecallFscore,
  type Scores,
  type UndefinedMetric,
  weightedF1,
} from "./precision-recall.js";
export { type PrecisionRecallCurve, precisionRecallCurve } from "./precision-recall-curve.js";
export { brierScore, logLoss } from "./probability.js";
export { formatReport, type ReportFormat, reportToMarkdown } from "./report-text.js";
export { type RocCurve, rocAuc, rocCurve } from "./roc.js";
export { type RocAucOfClassesOptions, rocAucOfClasses } from "./roc-of-classes.js";
export {
  type CrossValidation,
  crossValidate,
  type Fold,
  type FoldContext,
  type FoldScores,
  type ScoreOfFolds,
} from "./validation/cross-validate.js";
export {
  type Candidate,
  gridSearch,
  type ParameterGrid,
  randomSearch,
  type Search,
  type SearchResult,
} from "./validation/search.js";
