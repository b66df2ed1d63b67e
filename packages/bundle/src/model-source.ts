import { type Bundle, loadBundle } from "./bundle.js";
import type { BundleSource } from "./bundle-source.js";
import type { Pipeline } from "./manifest.js";

/** A pipeline with what a bundle knows of it besides. */
export interface DatedModel extends Pick<Bundle, "pipeline" | "createdAt"> {
  readonly digest?: string | undefined;
}

/**
 * What a model is written from for other stacks: a bundle as loaded, its bytes or where they come from, or a pipeline as
 * trained, alone or with its date.
 */
export type ModelSource = DatedModel | BundleSource | Pipeline;

/** @throws BundleError as `loadBundle`. */
export async function openModel(source: ModelSource): Promise<DatedModel> {
  if ("preprocessor" in source) return { pipeline: source, createdAt: null };
  return "pipeline" in source ? source : loadBundle(source);
}
