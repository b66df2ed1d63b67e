export { type Bundle, type LoadOptions, loadBundle, type SaveOptions, saveBundle } from "./bundle.js";
export { BundleError } from "./bundle-error.js";
export type { BundleSource } from "./bundle-source.js";
export { compareDetectors, type DetectorComparison, type Disagreement } from "./detect/compare-detectors.js";
export { DetectedBatches, detectBatches, type JudgedBatch, type RowsBatch } from "./detect/detect-batches.js";
export {
  DetectedRows,
  type DetectRowsOptions,
  type DetectStream,
  detectRows,
  detectStream,
} from "./detect/detect-rows.js";
export {
  type DetectColumnsOptions,
  type DetectOptions,
  Detector,
  type DetectorInput,
  type VerdictColumns,
} from "./detect/detector.js";
export { type Explanation, explain } from "./detect/explain.js";
export { detectorOf, loadDetector } from "./detect/load-detector.js";
export { detectModelKind, type ModelFit } from "./detect/model-kind.js";
export type { RowsSummary } from "./detect/rows-tally.js";
export { TwoStageDetector, type TwoStageVerdict } from "./detect/two-stage-detector.js";
export type { Verdict } from "./detect/verdict.js";
export { exampleCsv, exampleTable, MAX_EXAMPLE_ROWS } from "./example-table.js";
export type { Finding, Severity } from "./findings.js";
export { checkFlowProfile } from "./flow-profile.js";
export { type BundleInspection, inspectBundle } from "./inspect-bundle.js";
export { MAX_BUNDLE_BYTES } from "./limits.js";
export {
  type AttackPipeline,
  type BundleInfo,
  FORMAT_VERSION,
  type Pipeline,
  type ThreatPipeline,
} from "./manifest.js";
export { type MigratedBundle, migrateBundle } from "./migrate-bundle.js";
export { modelCard } from "./model-card.js";
export { type Profile, profileJson, profileOf } from "./profile.js";
export {
  type PublicKey,
  type RequiredSignature,
  type SignMessage,
  signBundle,
  type VerifySignature,
  verifyBundle,
} from "./signature.js";
export { type BundleValidation, checkProfile, validateBundle } from "./validate-bundle.js";
export { type CsvValidation, validateCsv } from "./validate-csv.js";
