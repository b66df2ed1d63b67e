export { explainedFeatures, explainFeature } from "./features/explain-feature.js";
export type { FeatureDifference, FeatureExplanation } from "./features/explanation.js";
export { type KddFlag, type KddFlagOptions, kddFlag } from "./kdd/flags.js";
export {
  type ConnectionRecords,
  identifiedKddTable,
  KDD_IDENTIFIERS,
  type KddFeaturesOptions,
  kddCsv,
  kddFeatures,
} from "./kdd/kdd-features.js";
export type { KddBatch } from "./kdd/kdd-rows.js";
export { type KddCounts, type KddOptions, KddWindow } from "./kdd/kdd-window.js";
export { type KddServiceOptions, kddService } from "./kdd/services.js";
export { unavailableKddFeatures } from "./kdd/unavailable.js";
export type { ConnectionRecord, ConnectionState } from "./records/connection-record.js";
export type { ReadRecordsOptions, RecordSource } from "./records/read-records.js";
export { type ReadSuricataEveOptions, readSuricataEve } from "./records/read-suricata-eve.js";
export { type ReadZeekConnOptions, readZeekConn } from "./records/read-zeek-conn.js";
export { RecordError } from "./records/record-error.js";
export { type TcpSide, tcpState } from "./records/tcp-state.js";
