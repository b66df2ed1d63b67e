export { type ErrorDetails, listSome, MlsecError } from "./errors.js";
export { type FeatureMatrix, featureMatrix, selectFeatures, takeRows } from "./feature-matrix.js";
export { countClasses, encodeLabels, type Labels, takeLabels } from "./labels.js";
export { Breather, DEFAULT_SEED, type FitOptions, type Progress, throwIfAborted } from "./progress.js";
export {
  isNumericArray,
  type Json,
  type NumberBounds,
  type NumericArray,
  type State,
  StateReader,
  toPlain,
} from "./state.js";
export {
  type Cell,
  type Column,
  columnLength,
  concatTables,
  type NumberColumn,
  Table,
  type TextColumn,
  takeNumbers,
  textColumn,
} from "./table.js";
export { compareCodePoints } from "./text.js";
