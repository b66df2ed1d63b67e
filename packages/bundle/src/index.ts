export { type Bundle, loadBundle, type SaveOptions, saveBundle } from "./bundle.js";
export { BundleError } from "./bundle-error.js";
export { Detector, loadDetector, type Verdict, type VerdictColumns } from "./detector.js";
export { exampleTable, MAX_EXAMPLE_ROWS } from "./example-table.js";
export type { Finding, Severity } from "./findings.js";
export { MAX_BUNDLE_BYTES } from "./limits.js";
export {
  type AttackPipeline,
  type BundleInfo,
  FORMAT_VERSION,
  type Pipeline,
  type ThreatPipeline,
} from "./manifest.js";
export { type Profile, profileJson, profileOf } from "./profile.js";
export { type BundleValidation, checkProfile, validateBundle } from "./validate-bundle.js";
export { type CsvValidation, validateCsv } from "./validate-csv.js";
