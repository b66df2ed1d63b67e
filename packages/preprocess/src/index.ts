export { type Cleaned, dropDuplicates, dropInfinite, dropMissing } from "./clean.js";
export { CsvError, type CsvIssue, type CsvIssueCount, type CsvIssues } from "./csv/issues.js";
export { type ColumnType, type ReadCsvOptions, readCsv } from "./csv/read.js";
export { csvRecords } from "./csv/records.js";
export type { CsvFile, CsvSource } from "./csv/source.js";
export { csvField, csvHeader, csvPieces, toCsv } from "./csv/write.js";
export { type ErrorDetails, listSome, MlsecError } from "./errors.js";
export { type FeatureMatrix, featureMatrix, selectFeatures, takeRows } from "./feature-matrix.js";
export {
  type ColumnSketch,
  fingerprintFromJSON,
  fingerprintTable,
  type NumberSketch,
  sketchColumn,
  type TextSketch,
  type TrainingFingerprint,
} from "./fingerprint.js";
export { countClasses, encodeLabels, type Labels, takeLabels } from "./labels.js";
export { describeMissing, nearestName, resolveColumn } from "./nearest-name.js";
export type { MeasuredMetrics, ModelKind, Provenance, Threshold, TrainedPipeline } from "./pipeline.js";
export { type InputColumn, type TransformReport, transformReport } from "./preprocessor/frame.js";
export { Preprocessor } from "./preprocessor/preprocessor.js";
export type { StepSpec } from "./preprocessor/steps.js";
export { Breather, DEFAULT_SEED, type FitOptions, type Progress, throwIfAborted } from "./progress.js";
export { quantileOfSorted, sortedPresent } from "./quantile.js";
export { MinMaxScaler } from "./scalers/min-max-scaler.js";
export { RobustScaler } from "./scalers/robust-scaler.js";
export { requireFeatures, type Scaler } from "./scalers/scaler.js";
export { StandardScaler } from "./scalers/standard-scaler.js";
export { attackClassName, attackClassNames, cicIds2017, identifierColumns } from "./schemas/cic-ids2017.js";
export { detectNormalLabel, nslKdd, nslKddHeaders } from "./schemas/nsl-kdd.js";
export { stratifiedSplit } from "./split.js";
export { StageClock } from "./stage-clock.js";
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
