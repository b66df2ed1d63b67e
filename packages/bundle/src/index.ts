export { type Bundle, loadBundle, type SaveOptions, saveBundle } from "./bundle.js";
export { BundleError } from "./bundle-error.js";
export { Detector, loadDetector, type Verdict, type VerdictColumns } from "./detector.js";
export { MAX_BUNDLE_BYTES } from "./limits.js";
export {
  type AttackPipeline,
  type BundleInfo,
  FORMAT_VERSION,
  type Pipeline,
  type ThreatPipeline,
} from "./manifest.js";
export { type Profile, profileJson, profileOf } from "./profile.js";
