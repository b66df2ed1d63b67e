import { cicFlowMeterV4Names, cicIds2017, MlsecError } from "@mlsec/preprocess";
import { FEATURE_NAMES } from "./features.js";
import type { CicProfile } from "./fixes.js";

/**
 * How columns are spelled: `original` as CIC-IDS2017's header has them, outer spaces included; `stripped` the same without
 * those; `v4` as version 4 of the meter, the corrected fork and the corrected datasets have them.
 */
export type ColumnNames = "original" | "stripped" | "v4";

/** Columns of a table of flows. */
export interface FlowColumns {
  /** What says which flow it is: no model may see these, but for the destination port, which is a feature, too. */
  readonly identifiers: readonly string[];
  /** The values of a record, in order; the destination's port is the first. */
  readonly features: readonly string[];
  /** Identifiers first, then the features that are not among them. */
  readonly columns: readonly string[];
}

/** The identifiers by version 4's names and by those of 2017. */
const IDENTIFIERS: readonly (readonly [v4: string, original: string])[] = [
  ["Flow ID", "Flow ID"],
  ["Src IP", " Source IP"],
  ["Src Port", " Source Port"],
  ["Dst IP", " Destination IP"],
  ["Dst Port", " Destination Port"],
  ["Protocol", " Protocol"],
  ["Timestamp", " Timestamp"],
];

/** What a profile with version 4's columns lacks of the corrected fork's additions. */
const NOT_IN: Readonly<Record<Exclude<CicProfile, "cic2017">, readonly string[]>> = {
  "cic-improved": [
    ...["Bwd Act Data Pkts", "Bwd Seg Size Min", "Fwd TCP Retrans. Count", "Bwd TCP Retrans. Count"],
    ...["Total TCP Retrans. Count", "Total Connection Flow Time"],
  ],
  "cic-fixed": ["Total TCP Flow Time"],
};

/** The columns of a profile, and where each feature stands among `FEATURE_NAMES`. @throws MlsecError `invalid-option`. */
export function columnsOf(
  profile: CicProfile,
  names: ColumnNames = profile === "cic2017" ? "original" : "v4",
  extra: readonly string[] = [],
): FlowColumns & { readonly places: Int32Array } {
  if (names !== "original" && names !== "stripped" && names !== "v4") {
    throw new MlsecError("invalid-option", `names is "original", "stripped" or "v4", not ${JSON.stringify(names)}.`, {
      got: names,
    });
  }
  const pairs = featurePairs(profile, names);
  const spelled = (original: string, v4: string): string =>
    names === "v4" ? v4 : names === "original" ? original : original.trim();
  const identifiers = IDENTIFIERS.map(([v4, original]) => spelled(original, v4));
  const features = [...pairs.map(([original, v4]) => spelled(original, v4)), ...extra];
  const columns = [...identifiers, ...features.slice(1)];
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new MlsecError("invalid-option", `Two columns would be named ${JSON.stringify(repeated)}.`, {
      got: repeated,
    });
  }
  const places = Int32Array.from(pairs, ([, v4]) => FEATURE_NAMES.indexOf(v4));
  return { identifiers, features, columns, places };
}

/** The features in a profile's order, each by its original name (or its only one) and by that of version 4. */
function featurePairs(profile: CicProfile, names: ColumnNames): [original: string, v4: string][] {
  const v4Names = cicFlowMeterV4Names();
  if (profile === "cic2017") {
    // The file of 2017 has one column twice, which version 4 does not.
    const copied = v4Names.get(` ${cicIds2017.repeated}`)!;
    return [...v4Names].flatMap(([original, v4]): [string, string][] =>
      v4 !== null ? [[original, v4]] : names === "v4" ? [] : [[original, copied]],
    );
  }
  const originals = new Map([...v4Names].map(([original, v4]) => [v4, original]));
  return FEATURE_NAMES.filter((v4) => !NOT_IN[profile].includes(v4)).map((v4) => [originals.get(v4) ?? v4, v4]);
}
