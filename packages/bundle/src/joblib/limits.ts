/** Largest file, in bytes, packed and unpacked: what existing backends accept. A packed one may claim any size. */
export const MAX_JOBLIB_BYTES = 500_000_000;

/**
 * Most opcodes of a file, those of its nested pickles included. Each makes at most one value, of a few hundred bytes besides
 * those that it takes from the file; so this bounds memory and time. A forest of a thousand trees has a quarter of a million.
 */
export const MAX_OPERATIONS: number = 1 << 22;

/** Most values on the stack at once: picklers write containers in batches of a thousand items. */
export const MAX_STACK: number = 1 << 20;

/** Most remembered values, and the greatest number that one may be remembered by. */
export const MAX_MEMO: number = 1 << 21;

/** Deepest nesting of marks. Python's own picklers end at its recursion limit, a few hundred levels. */
export const MAX_DEPTH = 1024;

/** Longest integer, in bytes. Python's random states hold words of four; beyond this, reading takes quadratic time. */
export const MAX_INTEGER_BYTES = 4096;

/**
 * Most bytes made of others, as when text is turned back into the bytes that it stood for: a value may be used many times. An
 * item of a container counts as `DERIVED_ITEM_BYTES`.
 */
export const MAX_DERIVED_BYTES: number = MAX_JOBLIB_BYTES;
export const DERIVED_ITEM_BYTES = 64;

/** Most axes of an array: NumPy 2's own limit. */
export const MAX_AXES = 64;

/** Most cells of an array, which become eight bytes each as numbers; and of one whose cells take no bytes in the file. */
export const MAX_CELLS: number = 1 << 26;
export const MAX_EMPTY_CELLS: number = 1 << 16;

/** Most fields of a structured type, those of types within it included. */
export const MAX_FIELDS = 1024;

/** Most names of classes or categories. */
export const MAX_NAMES = 65_536;

/** Longest name in characters: of Python's classes and functions, of features, classes and categories. */
export const MAX_NAME_LENGTH = 512;

/** Most features of a model, or columns of a step. */
export const MAX_FEATURES = 4096;

/** Most trees of a model, and most class shares of all of its nodes together: one tree may be in a file many times. */
export const MAX_TREES = 10_000;
export const MAX_SHARES: number = 1 << 25;

/** Most importances of features, one a feature and tree. */
export const MAX_IMPORTANCES: number = 1 << 22;

/** How deep pipelines and column transformers may lie in each other, and how many steps they may have together. */
export const MAX_STEP_DEPTH = 8;
export const MAX_STEPS = 50;

/** Most cells of arrays in the objects that are imported of a file, where one array may be part of many; see `weightOf`. */
export const MAX_IMPORTED: number = 1 << 26;

/** Most networks of a file that are read. */
export const MAX_NETWORKS = 8;

/** How deep the configuration of a network may be nested, and how many values it may have. */
export const MAX_CONFIG_DEPTH = 32;
export const MAX_CONFIG_VALUES = 200_000;

/** How deep a state of mlsec's own may be nested, and how many values it may have: as a manifest may. */
export const MAX_STATE_DEPTH = 64;
export const MAX_STATE_VALUES = 150_000;
