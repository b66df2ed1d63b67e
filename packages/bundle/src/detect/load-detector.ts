import { type Bundle, type LoadOptions, loadBundle } from "../bundle.js";
import type { BundleSource } from "../bundle-source.js";
import { AttackJudge } from "./attack-judge.js";
import { Detector } from "./detector.js";
import { ThreatJudge } from "./threat-judge.js";

/** The detector of a bundle, of either kind. */
export function detectorOf(bundle: Bundle): Detector {
  const { pipeline } = bundle;
  const judge = pipeline.kind === "threat_detector" ? new ThreatJudge(pipeline) : new AttackJudge(pipeline);
  return new Detector(bundle, judge);
}

/** A detector from a bundle of either kind. @throws BundleError as `loadBundle`. */
export async function loadDetector(source: BundleSource, options: LoadOptions = {}): Promise<Detector> {
  return detectorOf(await loadBundle(source, options));
}
