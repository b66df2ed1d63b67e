import { describeMissing, MlsecError } from "@mlsec/preprocess";
import { cicExplanations } from "./cic-explanations.js";
import type { FeatureExplanation } from "./explanation.js";
import { kddExplanations } from "./kdd-explanations.js";

interface Known {
  readonly all: readonly FeatureExplanation[];
  readonly bySpelling: ReadonlyMap<string, FeatureExplanation>;
}

let known: Known | undefined;

function explanations(): Known {
  if (known === undefined) {
    const all = Object.freeze([...kddExplanations(), ...cicExplanations()]);
    // A name of one feature goes before another spelling of another.
    const spelled = all.flatMap((feature) => feature.names.map((name) => [name, feature] as const));
    const named = all.map((feature) => [feature.name, feature] as const);
    known = { all, bySpelling: new Map([...spelled, ...named]) };
  }
  return known;
}

/** All features: the 41 of KDD'99, the 78 of CIC-IDS2017 and the ten that the corrected fork of its meter adds, in this order. */
export function explainedFeatures(): readonly FeatureExplanation[] {
  return explanations().all;
}

/**
 * What a feature is: its meaning, unit and formula, and where meters differ, for documents and reports. Any spelling in
 * circulation will do, with outer spaces or without.
 *
 * @throws MlsecError `unknown-feature`, with the nearest name.
 */
export function explainFeature(name: string): FeatureExplanation {
  const { bySpelling } = explanations();
  const found = bySpelling.get(name) ?? bySpelling.get(name.trim());
  if (found !== undefined) return found;
  throw new MlsecError(
    "unknown-feature",
    `${JSON.stringify(name)} is no feature that is known here: ${describeMissing(name, [...bySpelling.keys()])}.`,
    { feature: name },
  );
}
