import {
  type ConnectionRecords,
  type PacketSource,
  type ReadSuricataEveOptions,
  readConnectionBatches,
  readSuricataEve,
  readZeekConn,
  type Tunnels,
} from "@mlsec/flows";
import { connectionCountsText, type Tell, tellIssues } from "./traffic-texts.js";

/** Where bytes of payload of an eve.json come from. */
export type Payload = NonNullable<ReadSuricataEveOptions["payload"]>;

export interface RecordsContext {
  /** Of packets. */
  readonly tunnels: Tunnels | undefined;
  readonly payload: Payload | undefined;
  readonly signal: AbortSignal;
  /** Told, line by line, what is to be known of the source once it is read. */
  readonly tell: Tell;
}

type ReadRecords = (source: PacketSource, context: RecordsContext) => ConnectionRecords;

/** How each format becomes records of connections. What a faulty line does not say is not known; the line counts all the same. */
export const RECORD_READERS: Readonly<Record<"pcap" | "zeek" | "eve", ReadRecords>> = {
  pcap: (source, { tunnels, signal, tell }) =>
    readConnectionBatches(source, {
      tunnels,
      signal,
      onIssues: (issues) => tellIssues(issues, tell),
      onCounts: (counts) => tell(connectionCountsText(counts)),
    }),
  zeek: (source, { signal, tell }) =>
    readZeekConn(source, { policy: "missing", signal, onIssues: (issues) => tellIssues(issues, tell) }),
  eve: (source, { payload, signal, tell }) =>
    readSuricataEve(source, { policy: "missing", payload, signal, onIssues: (issues) => tellIssues(issues, tell) }),
};
