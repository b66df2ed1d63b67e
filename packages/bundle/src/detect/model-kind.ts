import { describeMissing, type ModelKind } from "@mlsec/preprocess";
import type { Detector } from "./detector.js";

/** How well a file's columns fit a detector. */
export interface ModelFit {
  readonly detector: Detector;
  readonly kind: ModelKind;
  /** Whether no column is missing. */
  readonly fits: boolean;
  /** The columns that it needs and the file lacks, each with the nearest that the file has, in words. */
  readonly missing: readonly string[];
}

/** Which of some detectors a file is for, by its column names: those with the fewest missing columns first, in words what is missing. */
export function detectModelKind(columns: readonly string[], detectors: readonly Detector[]): ModelFit[] {
  const present = new Set(columns);
  const fits = detectors.map((detector): ModelFit => {
    const lacking = detector.inputs.map(({ name }) => name).filter((name) => !present.has(name));
    return {
      detector,
      kind: detector.kind,
      fits: lacking.length === 0,
      missing: lacking.map((name) => describeMissing(name, columns)),
    };
  });
  return fits.sort((a, b) => a.missing.length - b.missing.length);
}
