import {
  type ConnectionRecords,
  type PacketSource,
  readConnectionBatches,
  readSuricataEve,
  readZeekConn,
} from "@mlsec/flows";
import { connectionCountsText, type Tell, tellIssues } from "./traffic-texts.js";

export interface RecordsContext {
  readonly signal: AbortSignal;
  /** Told, line by line, what is to be known of the source once it is read. */
  readonly tell: Tell;
}

type ReadRecords = (source: PacketSource, context: RecordsContext) => ConnectionRecords;

/** How each format becomes records of connections. What a faulty line does not say is not known; the line counts all the same. */
export const RECORD_READERS: Readonly<Record<"pcap" | "zeek" | "eve", ReadRecords>> = {
  pcap: (source, { signal, tell }) =>
    readConnectionBatches(source, {
      signal,
      onIssues: (issues) => tellIssues(issues, tell),
      onCounts: (counts) => tell(connectionCountsText(counts)),
    }),
  zeek: (source, { signal, tell }) =>
    readZeekConn(source, { policy: "missing", signal, onIssues: (issues) => tellIssues(issues, tell) }),
  eve: (source, { signal, tell }) =>
    readSuricataEve(source, { policy: "missing", signal, onIssues: (issues) => tellIssues(issues, tell) }),
};
