import { type Finding, finding } from "./findings.js";
import type { Pipeline } from "./manifest.js";

/**
 * Whether features that were computed from traffic under a profile of a flow meter are those that a model was trained on:
 * profiles have the same columns and other values in them, so that verdicts would be wrong without any error.
 *
 * @param profile that of the features: of `@mlsec/flows` ("cic2017", "cic-improved", "cic-fixed", "kdd"), or another meter's name.
 * @returns nothing where they are the same; else an error `flow-profile`, or a warning where the model does not know its own.
 */
export function checkFlowProfile({ provenance }: Pick<Pipeline, "provenance">, profile: string): Finding[] {
  const { flowProfile } = provenance;
  if (flowProfile === profile) return [];
  const given = `The features were computed under the profile ${JSON.stringify(profile)}`;
  if (flowProfile === null) {
    const unknown = `${given}; the model does not say under which its training rows were. Compare the columns' drift before you trust its verdicts.`;
    return [finding("warning", "flow-profile", unknown)];
  }
  const other = `${given}, the model's training rows under ${JSON.stringify(flowProfile)}: the columns have the same names and other values. Meter under the model's profile, or train on rows of this one.`;
  return [finding("error", "flow-profile", other, { examples: [flowProfile, profile] })];
}
