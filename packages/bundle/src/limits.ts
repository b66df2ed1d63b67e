import type { JsonLimits } from "./strict-json.js";

/** Largest bundle, in bytes: what existing backends accept. */
export const MAX_BUNDLE_BYTES = 500_000_000;

/** Largest header, in bytes. Ours stay below 1 MB; what JSON becomes in memory is many times as large. */
export const MAX_HEADER_BYTES: number = 4 * 1024 * 1024;

/** Most tensors: ours have tens, a network of 64 layers in each of 50 folds some ten thousand. Each takes about 1 KB in memory. */
export const MAX_TENSORS = 16_384;

/** Longest tensor name, a path within the manifest. */
export const MAX_TENSOR_NAME_LENGTH = 512;

/** Of the header: an object of tensors, each an object with two lists. The manifest is one of its strings. */
export const HEADER_LIMITS: JsonLimits = {
  depth: 3,
  values: 8 * MAX_TENSORS,
  keys: 4 * MAX_TENSORS + 16,
  stringLength: MAX_HEADER_BYTES,
};

/**
 * Of the manifest. Ours are about ten levels deep, and what goes over them by recursion must not overflow the stack. They have
 * some 150 values and 10 keys a column; a value takes up to 180 bytes in memory, a key 300, so that 50 MB are enough for all.
 * No name is nearly as long.
 */
export const MANIFEST_LIMITS: JsonLimits = {
  depth: 64,
  values: 150_000,
  keys: 50_000,
  stringLength: 65_536,
};
