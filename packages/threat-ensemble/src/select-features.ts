import { rfe } from "@mlsec/feature-select";
import { describeMissing, type FitOptions, MlsecError, Preprocessor, type Table } from "@mlsec/preprocess";
import type { Connections } from "./connections.js";

/** The ten features that existing threat backends expect. */
export const BACKEND_FEATURES: readonly string[] = [
  "flag",
  "src_bytes",
  "dst_bytes",
  "count",
  "diff_srv_rate",
  "dst_host_srv_count",
  "dst_host_same_srv_rate",
  "dst_host_diff_srv_rate",
  "dst_host_same_src_port_rate",
  "dst_host_srv_diff_host_rate",
];

/** How features are selected. */
export interface SelectionOptions {
  /** How many features RFE keeps; default 10. */
  readonly nFeatures?: number | undefined;
  /** These features, in this order, instead of RFE; "backend" for `BACKEND_FEATURES`. */
  readonly features?: readonly string[] | "backend" | undefined;
  /** Trees of the forest that RFE ranks by; default 100. */
  readonly rfeTrees?: number | undefined;
  /** Threads that forests are grown on; the results are the same. Default 1. See `RandomForestOptions` of `@mlsec/trees`. */
  readonly threads?: number | undefined;
}

/** In words, how features are selected. */
export function selectedBy({ features, rfeTrees = 100 }: SelectionOptions): string {
  if (features === undefined) return `RFE, random forest of ${rfeTrees} trees`;
  return features === "backend" ? "backend list" : "given list";
}

/**
 * The features to train with: the given ones, or those that RFE keeps.
 *
 * @param earlier what the same selection came to before, which is then not done again.
 * @throws MlsecError `missing-feature` or `invalid-option`.
 */
export async function selectFeatures(
  { features, labels }: Connections,
  options: SelectionOptions & FitOptions,
  earlier: readonly string[] | undefined,
): Promise<readonly string[]> {
  const { nFeatures = 10, rfeTrees = 100, threads, seed, signal, onProgress } = options;
  const given = options.features === "backend" ? BACKEND_FEATURES : (options.features ?? earlier);
  if (given !== undefined) {
    requireAll(features, given);
    return given;
  }
  const encoded = Preprocessor.fit(features, [{ step: "ordinalEncode" }]).transform(features);
  const { selected } = await rfe(encoded, labels, {
    nFeatures,
    forest: { nEstimators: rfeTrees, threads },
    seed,
    signal,
    onProgress,
  });
  return selected;
}

function requireAll(features: Table, names: readonly string[]): void {
  if (names.length === 0) throw new MlsecError("invalid-option", "The list of features is empty.");
  const missing = names.filter((name) => !features.has(name));
  if (missing.length === 0) return;
  const lines = missing.map((name) => describeMissing(name, features.names));
  throw new MlsecError("missing-feature", `Features that were asked for are missing: ${lines.join("; ")}.`, {
    missing,
  });
}
