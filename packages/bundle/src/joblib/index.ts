export type { JoblibCompression } from "./compression.js";
export { JoblibError } from "./joblib-error.js";
export { MAX_JOBLIB_BYTES } from "./limits.js";
export { NumpyArray } from "./numpy-array.js";
export type { NumpyField, NumpyKind, NumpyType } from "./numpy-type.js";
export { PythonName, PythonObject, PythonTuple, type PythonValue } from "./python-value.js";
export { type JoblibContent, type ReadJoblibOptions, readJoblib } from "./read-joblib.js";
