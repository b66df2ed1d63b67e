export type { ConnectionCounts } from "./connections/connection-meter.js";
export { type ReadConnectionsOptions, readConnectionBatches, readConnections } from "./connections/read-connections.js";
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
export type { ColumnNames, FlowColumns } from "./meter/columns.js";
export { CIC_PROFILES, type CicFixes, type CicProfile } from "./meter/fixes.js";
export type { FlowEnd, FlowRecord } from "./meter/flow-record.js";
export { flowColumns, meterFlows } from "./meter/meter-flows.js";
export {
  type FlowBatch,
  flowTable,
  type MeterTableOptions,
  meterBatches,
  meterCsv,
  meterFlowBatches,
  meterTable,
} from "./meter/meter-table.js";
export { type FlowProfile, flowProfile, type MeterCounts, type MeterOptions } from "./meter/options.js";
export type { FlowPacket, FlowPlugin } from "./meter/plugin.js";
export type { PacketSpec } from "./packets/build-frame.js";
export { LinkType } from "./packets/decode-link.js";
export { PacketError, type PacketIssue, type PacketIssueKind, type PacketIssues } from "./packets/issues.js";
export { type Packet, packetOf, readPackets } from "./packets/packet.js";
export { IpProtocol, PacketBatch, PacketNote, TcpFlag } from "./packets/packet-batch.js";
export { type PacketSource, type ReadPacketsOptions, readPacketBatches } from "./packets/read-packets.js";
export { pcapPieces, type RawFrame, type WritePcapOptions, writePcap } from "./packets/write-pcap.js";
export type { ConnectionRecord, ConnectionState } from "./records/connection-record.js";
export type { ReadRecordsOptions, RecordSource } from "./records/read-records.js";
export { type ReadSuricataEveOptions, readSuricataEve } from "./records/read-suricata-eve.js";
export { type ReadZeekConnOptions, readZeekConn } from "./records/read-zeek-conn.js";
export { RecordError } from "./records/record-error.js";
export { type TcpSide, tcpState } from "./records/tcp-state.js";
