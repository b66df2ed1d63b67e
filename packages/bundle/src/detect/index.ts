export type { LoadOptions } from "../bundle.js";
export { BundleError } from "../bundle-error.js";
export type { BundleSource } from "../bundle-source.js";
export type {
  DetectColumnsOptions,
  DetectOptions,
  Detector,
  DetectorInput,
  VerdictColumns,
} from "./detector.js";
export { loadDetector } from "./load-detector.js";
export type { Verdict } from "./verdict.js";
