/** Largest bundle, in bytes: what existing backends accept. */
export const MAX_BUNDLE_BYTES = 500_000_000;

/** Largest header. Ours stay below 1 MB; JSON takes many times its size in memory, so far more is an attack. */
export const MAX_HEADER_BYTES: number = 32 * 1024 * 1024;

/** Most tensors: a forest of a thousand trees has fewer than ten thousand. */
export const MAX_TENSORS = 65_536;

/** Longest tensor name, a path within the manifest. */
export const MAX_TENSOR_NAME_LENGTH = 512;

/** Deepest nesting of the manifest. Ours need about ten levels; recursion over it must not overflow the stack. */
export const MAX_MANIFEST_DEPTH = 64;
