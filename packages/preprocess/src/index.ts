export type { ByName, ColumnType } from "./by-name.js";
export { classWeights } from "./class-weights.js";
export { type Cleaned, dropConstant, dropInfinite, dropMissing } from "./clean.js";
export {
  type CsvRecordBatch,
  type ReadCsvBatchesOptions,
  type ReadCsvRecordsOptions,
  readCsvBatches,
  readCsvRecords,
} from "./csv/batches.js";
export { readBytes } from "./csv/bytes.js";
export type { CsvEncoding } from "./csv/encoding.js";
export { CsvError, type CsvIssue, type CsvIssueCount, type CsvIssues } from "./csv/issues.js";
export type { CsvNotice, CsvOptions, CsvSample, ReadCsvOptions } from "./csv/options.js";
export { readCsv } from "./csv/read.js";
export type { RecordForm, Records } from "./csv/record-bytes.js";
export { csvRecords } from "./csv/records.js";
export type { CsvFile, CsvSource } from "./csv/source.js";
export { csvField, csvHeader, csvPieces, csvStream, toCsv, type WriteCsvOptions } from "./csv/write.js";
export { dropDuplicates } from "./drop-duplicates.js";
export { asText, type CategoryPolicy, type ColumnCategories } from "./encoders/column-categories.js";
export { LabelEncoder } from "./encoders/label-encoder.js";
export { OneHotEncoder, type OneHotEncoderOptions, type OneHotPolicy } from "./encoders/one-hot-encoder.js";
export { OrdinalEncoder, type OrdinalEncoderOptions, type OrdinalPolicy } from "./encoders/ordinal-encoder.js";
export { type PiecewiseColumn, PiecewiseLinearEncoder } from "./encoders/piecewise-linear-encoder.js";
export { equalRows } from "./equal-rows.js";
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
export { type FoldOptions, groupKFold, kFold, leaveGroupsOut, stratifiedKFold } from "./folds.js";
export type { RowKeys } from "./groups.js";
export { type SourceLine, type SourceLinesOptions, sourceLines } from "./json-lines/lines.js";
export { JsonFault, type JsonValue, scanJsonObject } from "./json-lines/object-scanner.js";
export {
  type JsonLinesBatch,
  type ReadJsonLinesOptions,
  type ReadJsonLinesRecordsOptions,
  readJsonLines,
  readJsonLinesRecords,
} from "./json-lines/read.js";
export { compileKernel } from "./kernel.js";
export { countClasses, encodeLabels, type Labels, takeLabels } from "./labels.js";
export { type Moments, momentsOf } from "./moments.js";
export { describeMissing, nearestName, resolveColumn } from "./nearest-name.js";
export type { MeasuredMetrics, ModelKind, Provenance, Threshold, TrainedPipeline } from "./pipeline.js";
export { type PredictionSketch, predictionSketchFromJSON, sketchPredictions } from "./prediction-sketch.js";
export { type InputColumn, requireInputs, type TransformReport, transformReport } from "./preprocessor/frame.js";
export { Preprocessor } from "./preprocessor/preprocessor.js";
export type { InputRecord } from "./preprocessor/record-program.js";
export type { StepSpec } from "./preprocessor/steps.js";
export { Breather, DEFAULT_SEED, type FitOptions, type Progress, throwIfAborted } from "./progress.js";
export { quantileOfSorted, quantiles, sortedPresent } from "./quantile.js";
export { IssueLog, type ReadIssue, type ReadIssues, type ReadPolicy } from "./read-issues.js";
export { clip, replaceInfinite } from "./repair.js";
export { oversample, type ResampleOptions, undersample } from "./resample.js";
export { rowsWhere } from "./rows.js";
export { Log1pTransformer } from "./scalers/log1p-transformer.js";
export { MinMaxScaler } from "./scalers/min-max-scaler.js";
export { RobustScaler } from "./scalers/robust-scaler.js";
export { requireFeatures, type Scaler } from "./scalers/scaler.js";
export { StandardScaler } from "./scalers/standard-scaler.js";
export { attackClassName, attackClassNames, cicIds2017, identifierColumns } from "./schemas/cic-ids2017.js";
export { cicFlowMeterV4Names } from "./schemas/cic-ids2017-columns.js";
export { type ConformOptions, type ConformReport, conform, type OutOfRange } from "./schemas/conform.js";
export {
  type AttackFamily,
  detectNormalLabel,
  nslKdd,
  nslKddFamily,
  nslKddHeaders,
  nslKddVerdict,
} from "./schemas/nsl-kdd.js";
export { type ColumnRole, columnsOfRole, type DatasetSchema, type SchemaColumn } from "./schemas/schema.js";
export { sha256Hex } from "./sha256.js";
export { type Fill, type ImputeOptions, type ImputeStrategy, imputeMissing, SimpleImputer } from "./simple-imputer.js";
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
export { timeSplit } from "./time-split.js";
export { type TrainTest, type TrainTestSplitOptions, trainTestSplit } from "./train-test-split.js";
