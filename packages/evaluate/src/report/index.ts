export type {
  ClassifierEvaluation,
  DetectorEvaluation,
  Fact,
  FactGroup,
  FeatureImportances,
  ReportContent,
  TrainingCurve,
} from "./content.js";
export { REPORT_LIMITS, type ReportLimits } from "./limits.js";
export { reportHtml } from "./report-html.js";
