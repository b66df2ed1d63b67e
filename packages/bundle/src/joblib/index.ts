export type { DatedModel, ModelSource } from "../model-source.js";
export type { ThreatClasses } from "./class-names.js";
export type { Decompress, JoblibCompression } from "./compression.js";
export type { FoundParts, ImportedNetwork, ImportedObject } from "./find-parts.js";
export { type ImportJoblibOptions, importJoblib, type JoblibImport, type JoblibParts } from "./import-joblib.js";
export type { ReadNetwork } from "./import-networks.js";
export type { ImportNote } from "./import-notes.js";
export { JoblibError } from "./joblib-error.js";
export type { JoblibLayout } from "./layouts.js";
export { MAX_JOBLIB_BYTES } from "./limits.js";
export { NumpyArray } from "./numpy-array.js";
export type { NumpyField, NumpyKind, NumpyType, NumpyTypeHolder } from "./numpy-type.js";
export { PythonName, PythonObject, PythonTuple, type PythonValue } from "./python-value.js";
export { type JoblibContent, type ReadJoblibOptions, readJoblib } from "./read-joblib.js";
export {
  SKLEARN_VERSIONS,
  type SklearnTarget,
  type SklearnVersion,
} from "./write/targets.js";
export { type JoblibExport, type ToJoblibOptions, toJoblib } from "./write/to-joblib.js";
export type { ModelConfig, WriteNetwork } from "./write/training-networks.js";
