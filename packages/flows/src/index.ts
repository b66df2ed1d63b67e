export type { ConnectionRecord, ConnectionState } from "./records/connection-record.js";
