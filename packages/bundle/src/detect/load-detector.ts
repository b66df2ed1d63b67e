import { type Bundle, loadBundle } from "../bundle.js";
import { AttackJudge } from "./attack-judge.js";
import { Detector } from "./detector.js";
import { ThreatJudge } from "./threat-judge.js";

/** The detector of a bundle, of either kind. */
export function detectorOf(bundle: Bundle): Detector {
  const { pipeline } = bundle;
  const judge = pipeline.kind === "threat_detector" ? new ThreatJudge(pipeline) : new AttackJudge(pipeline);
  return new Detector(bundle, judge);
}

/** A detector from the bytes of a bundle, of either kind. @throws BundleError. */
export async function loadDetector(bytes: Uint8Array): Promise<Detector> {
  return detectorOf(await loadBundle(bytes));
}
