import { loadBundle, saveBundle } from "./bundle.js";
import type { BundleSource } from "./bundle-source.js";
import { FORMAT_VERSION } from "./manifest.js";

/** A bundle in the present format. */
export interface MigratedBundle {
  readonly bytes: Uint8Array;
  /** The format version that it had. */
  readonly from: string;
  readonly to: string;
}

/**
 * Writes a bundle anew in the present format: the same model with the same verdicts and date. Loaders read every version
 * that was ever published, so this is for those who want one version in their store. A signature does not survive, since it
 * is of the old bytes: sign the new ones.
 *
 * @throws BundleError as `loadBundle`.
 */
export async function migrateBundle(source: BundleSource): Promise<MigratedBundle> {
  const { pipeline, createdAt, formatVersion } = await loadBundle(source);
  const bytes = await saveBundle(pipeline, { createdAt: createdAt ?? undefined });
  return { bytes, from: formatVersion, to: FORMAT_VERSION };
}
