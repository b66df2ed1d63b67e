import { type LoadOptions, loadKinds } from "../bundle.js";
import type { BundleSource } from "../bundle-source.js";
import { AttackJudge } from "../detect/attack-judge.js";
import { Detector } from "../detect/detector.js";
import { type AttackPipeline, readAttackPipeline } from "../manifest.js";

export type { LoadOptions } from "../bundle.js";
export { BundleError } from "../bundle-error.js";
export type { BundleSource } from "../bundle-source.js";
export type {
  DetectColumnsOptions,
  DetectOptions,
  Detector,
  DetectorInput,
  VerdictColumns,
} from "../detect/detector.js";
export type { Verdict } from "../detect/verdict.js";

/**
 * A detector from the bundle of an attack classifier, for pages that load no other: it brings no networks along.
 *
 * @throws BundleError `unknown-kind` for a threat detector, and as `loadBundle` of `@mlsec/bundle`.
 */
export async function loadDetector(source: BundleSource, options: LoadOptions = {}): Promise<Detector> {
  const bundle = await loadKinds({ attack_classifier: readAttackPipeline }, source, options);
  return new Detector(bundle, new AttackJudge(bundle.pipeline as AttackPipeline));
}
