import type { JsonLimits } from "../strict-json.js";

/** Largest file, in bytes, as of joblib files, which may hold one. */
export const MAX_KERAS_BYTES = 500_000_000;

/** Longest configuration, in characters. That of a network with 64 layers has about 100,000. */
export const MAX_CONFIG_LENGTH = 4_000_000;

/** What a configuration may hold. Keras nests about ten levels, and names initialisers and dtypes in every layer. */
export const CONFIG_LIMITS: JsonLimits = { depth: 32, values: 200_000, keys: 100_000, stringLength: 4096 };

/** Most layers of a configuration, and most names in a list of a file. */
export const MAX_CONFIG_LAYERS = 256;

/** Most weights of a network together. The reference networks have 0.5 million. */
export const MAX_WEIGHTS: number = 1 << 25;

/** Most entries of a `.keras` file. Keras writes three, more where layers have assets. */
export const MAX_ZIP_ENTRIES = 64;
