import type { Detector } from "@mlsec/bundle";
import { readBytes } from "@mlsec/preprocess";
import { nearestProfile, readsConnections } from "../shared/live/features.js";
import type { Stages } from "../shared/live/judge-traffic.js";

/** First bytes of pcap, in micro- and nanoseconds and either byte order, and of pcapng. */
const MAGICS: readonly number[] = [0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0x0a0d0d0a];

/** Whether a file is a capture, packed with gzip or not. */
export async function isCapture(file: Blob): Promise<boolean> {
  for await (const chunk of readBytes(file)) {
    if (chunk.length < 4) return false;
    return MAGICS.includes(new DataView(chunk.buffer, chunk.byteOffset).getUint32(0));
  }
  return false;
}

/**
 * How flows are to be metered where a bundle does not say: as the other stage's bundle does, else under the profile whose names
 * the columns have. Undefined where the bundles say all.
 */
export function assumedProfile(stages: Stages): string | undefined {
  const ofFlows = stages.filter((stage) => !readsConnections(stage));
  const silent = ofFlows.find((stage) => statedProfile(stage) === null);
  if (silent === undefined) return undefined;
  return ofFlows.map(statedProfile).find((profile) => profile !== null) ?? nearestProfile(silent);
}

function statedProfile({ bundle }: Detector): string | null {
  return bundle.pipeline.provenance.flowProfile;
}
