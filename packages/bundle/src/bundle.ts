import type { Json, NumericArray } from "@mlsec/preprocess";
import { BundleError } from "./bundle-error.js";
import { allBytes, type BundleSource } from "./bundle-source.js";
import { readContainer, writeContainer } from "./container.js";
import { MANIFEST_LIMITS } from "./limits.js";
import { ALL_KINDS, type BundleInfo, type Kinds, manifestState, type Pipeline, pipelineFromState } from "./manifest.js";
import { type RequiredSignature, requireSigned } from "./signature.js";
import { NotStrictJson, strictJson } from "./strict-json.js";
import { rejoinTensors, separateTensors } from "./tensor-state.js";

export interface SaveOptions {
  /** When the bundle was made, ISO 8601, to be written into it. Default: not written, so that equal models give equal bytes. */
  readonly createdAt?: string | undefined;
}

/** A bundle as loaded. */
export interface Bundle extends BundleInfo {
  readonly pipeline: Pipeline;
  /** SHA-256 of the file with the digest's own place blanked, as 64 hexadecimal digits. */
  readonly digest: string;
  readonly bytes: number;
  /** Whether a signature was required of it, and found. */
  readonly isVerified: boolean;
}

export interface LoadOptions {
  /** Whose signature the bundle must have. Default: none, and one that it has is not looked at. */
  readonly requireSignature?: RequiredSignature | undefined;
}

/**
 * A trained pipeline as the bytes of one file, in the safetensors layout. The same pipeline and date give the same
 * bytes.
 *
 * @throws BundleError `too-large` beyond 500,000,000 bytes, or where `loadBundle` would take the manifest to be an attack: with
 *   more than about a thousand columns; `invalid-manifest` for a pipeline that no bundle can hold.
 */
export async function saveBundle(pipeline: Pipeline, options: SaveOptions = {}): Promise<Uint8Array> {
  const tensors = new Map<string, NumericArray>();
  const manifest = JSON.stringify(separateTensors(manifestState(pipeline, options.createdAt ?? null), "", tensors));
  try {
    strictJson(manifest, MANIFEST_LIMITS);
  } catch (cause) {
    if (!(cause instanceof NotStrictJson)) throw cause;
    throw new BundleError("too-large", `The model cannot be a bundle: its manifest ${cause.message}.`, {}, { cause });
  }
  return writeContainer({ manifest, tensors });
}

/**
 * Loads a bundle. It is checked as a whole before any of it is used: size, digest, tensor directory, every field of the
 * manifest, every node and weight.
 *
 * @param source the bytes, a `Blob` such as a chosen file, or a `Response`.
 * @throws BundleError, with a code that says what is wrong.
 */
export async function loadBundle(source: BundleSource, options: LoadOptions = {}): Promise<Bundle> {
  return loadKinds(ALL_KINDS, source, options);
}

/** `loadBundle` for some kinds of models alone. @throws BundleError `unknown-kind` for another, and as `loadBundle`. */
export async function loadKinds(
  kinds: Kinds,
  source: BundleSource,
  { requireSignature }: LoadOptions = {},
): Promise<Bundle> {
  const bytes = await allBytes(source);
  const { manifest, tensors, digest, signature } = await readContainer(bytes);
  if (requireSignature !== undefined) await requireSigned({ digest, signature }, requireSignature);
  const state = rejoinTensors(manifestJson(manifest), tensors);
  try {
    const { info, pipeline } = pipelineFromState(state, kinds);
    return { ...info, pipeline, digest, bytes: bytes.length, isVerified: requireSignature !== undefined };
  } catch (cause) {
    if (cause instanceof BundleError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BundleError("invalid-manifest", `The bundle describes a model that cannot be: ${reason}`, {}, { cause });
  }
}

/** @throws BundleError `invalid-manifest`. */
export function manifestJson(manifest: string): Json {
  try {
    return strictJson(manifest, MANIFEST_LIMITS);
  } catch (cause) {
    if (!(cause instanceof NotStrictJson)) throw cause;
    throw new BundleError("invalid-manifest", `The manifest ${cause.message}.`, {}, { cause });
  }
}
