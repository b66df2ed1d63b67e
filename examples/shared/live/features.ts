import { checkFlowProfile, type Detector } from "@mlsec/bundle";
import { CIC_PROFILES, type CicProfile, type ColumnNames, flowColumns } from "@mlsec/flows";
import { MlsecError, nslKdd } from "@mlsec/preprocess";

/** What a detector is given of traffic: KDD's features of connections, or those of CICFlowMeter of flows. */
export type Features =
  | { readonly unit: "connections"; readonly profile: "kdd" }
  | { readonly unit: "flows"; readonly profile: CicProfile; readonly names: ColumnNames };

export interface FeatureChoice {
  /** What a user says of how features are to be computed. */
  readonly profile: string | undefined;
  /** Judges features also where the model was trained on those of another profile. */
  readonly anyProfile: boolean;
  /** Told what a user should know of the choice. */
  readonly warn: (message: string) => void;
}

export const PROFILES: readonly string[] = [...CIC_PROFILES, "kdd"];
const SPELLINGS: readonly ColumnNames[] = ["original", "stripped", "v4"];

/** Whether a detector reads NSL-KDD's columns and no others. */
export function readsConnections({ inputs }: Detector): boolean {
  return inputs.every(({ name }) => nslKdd.features.includes(name));
}

/**
 * The features that a detector was trained on, by what its bundle or the user says, under the names that it knows.
 *
 * @throws MlsecError `flow-profile` where it was trained on others, or nobody says on which; `missing-feature`
 *   where these features lack columns that it reads.
 */
export function featuresFor(detector: Detector, { profile: stated, anyProfile, warn }: FeatureChoice): Features {
  const { pipeline } = detector.bundle;
  const own = pipeline.provenance.flowProfile;
  const profile = stated ?? own ?? (readsConnections(detector) ? "kdd" : null);
  if (profile === null || !PROFILES.includes(profile)) {
    const whose = profile === null ? "does not say how its features were computed" : `has features of ${profile}`;
    const guess = `By their names they are likeliest those of ${nearestProfile(detector)}.`;
    throw new MlsecError(
      "flow-profile",
      `The ${detector.kind} ${whose}: say with --profile which of ${PROFILES.join(", ")} they are to be. ${guess}`,
      { got: profile, expected: [...PROFILES] },
    );
  }
  requireProfile(detector, profile, { anyProfile, warn });
  if (profile === "kdd") {
    detector.fitColumns(nslKdd.features);
    return { unit: "connections", profile };
  }
  return { unit: "flows", profile: profile as CicProfile, names: spellingFor(detector, profile as CicProfile) };
}

/** @throws MlsecError `flow-profile` where a detector was trained on features of another profile; warns where nobody knows. */
export function requireProfile(
  { kind, bundle }: Detector,
  profile: string,
  { anyProfile, warn }: Pick<FeatureChoice, "anyProfile" | "warn">,
): void {
  for (const { severity, check, message, examples } of checkFlowProfile(bundle.pipeline, profile)) {
    if (severity === "error" && !anyProfile)
      throw new MlsecError(check, `${message} --any-profile judges them all the same.`, { profiles: examples });
    warn(`${kind}: ${message}`);
  }
}

/**
 * The profile that has the most of the columns that a detector reads, of several the one whose own spelling has: a guess, of
 * which a user must be told.
 */
export function nearestProfile(detector: Detector): string {
  if (readsConnections(detector)) return "kdd";
  const [nearest] = CIC_PROFILES.map((profile) => {
    const [best] = spellings(detector, profile);
    const isOwn = (best!.names === "v4") === (profile !== "cic2017");
    return { profile, lacking: best!.lacking, isOwn };
  }).sort((a, b) => a.lacking - b.lacking || Number(b.isOwn) - Number(a.isOwn));
  return nearest!.profile;
}

/** The spelling under which a profile has all columns that a detector reads; an error of the nearest one where none has. */
function spellingFor(detector: Detector, profile: CicProfile): ColumnNames {
  const [best] = spellings(detector, profile);
  detector.fitColumns(best!.columns);
  return best!.names;
}

/** The spellings of a profile's columns, that first which lacks the fewest that a detector reads. */
function spellings({ inputs }: Detector, profile: CicProfile) {
  return SPELLINGS.map((names) => {
    const { columns } = flowColumns({ profile, names });
    return { names, columns, lacking: inputs.filter(({ name }) => !columns.includes(name)).length };
  }).sort((a, b) => a.lacking - b.lacking);
}
