export { type Packet, packetOf, readPackets } from "./packets/packet.js";
export { PacketBatch } from "./packets/packet-batch.js";
export { readPacketBatches } from "./packets/read-packets.js";
export type { ConnectionRecord, ConnectionState } from "./records/connection-record.js";
