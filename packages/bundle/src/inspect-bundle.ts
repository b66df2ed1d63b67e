import { MlsecError, StateReader } from "@mlsec/preprocess";
import { manifestJson } from "./bundle.js";
import { BundleError } from "./bundle-error.js";
import { type BundleSource, firstBytes, sizeOf } from "./bundle-source.js";
import { headerBytes, readHeader } from "./container.js";

/** What a bundle says of itself. Nothing of it is verified: that takes `loadBundle`. */
export interface BundleInspection {
  readonly formatVersion: string;
  /** "threat_detector", "attack_classifier", or what a later version may know. */
  readonly kind: string;
  readonly createdAt: string | null;
  readonly classes: readonly string[];
  /** Columns that a row must have. */
  readonly inputs: readonly string[];
  /** The digest that it states. */
  readonly digest: string;
  readonly tensors: readonly { readonly name: string; readonly dtype: string; readonly items: number }[];
  /** Size of the file; null where a server does not say. */
  readonly bytes: number | null;
}

/**
 * Reads a bundle's header alone: of a `Blob` or a `Response` no more is fetched. For listing models, not for trusting them.
 *
 * @throws BundleError `not-a-bundle`, `invalid-header`, `invalid-tensor`, `invalid-manifest`, `too-large`, `not-readable`.
 */
export async function inspectBundle(source: BundleSource): Promise<BundleInspection> {
  const bytes = sizeOf(source);
  const { manifest, digest, tensors } = readHeader(await firstBytes(source, headerBytes));
  try {
    const reader = new StateReader(manifestJson(manifest), "manifest");
    return {
      formatVersion: reader.string("formatVersion"),
      kind: reader.string("kind"),
      createdAt: reader.has("createdAt") ? reader.string("createdAt") : null,
      classes: reader.strings("classes"),
      inputs: reader
        .object("preprocessor")
        .objects("inputs")
        .map((input) => input.string("name")),
      digest,
      tensors,
      bytes,
    };
  } catch (cause) {
    if (!(cause instanceof MlsecError) || cause instanceof BundleError) throw cause;
    throw new BundleError("invalid-manifest", `The manifest is not that of a bundle: ${cause.message}`, {}, { cause });
  }
}
