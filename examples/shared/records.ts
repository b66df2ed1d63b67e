import {
  type ConnectionRecords,
  type PacketSource,
  type ReadSuricataEveOptions,
  readConnectionBatches,
  readSuricataEve,
  readZeekConn,
  type Tunnels,
} from "@mlsec/flows";
import { Option } from "commander";
import { UsageError } from "./command.js";
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

export function payloadOption(): Option {
  const what = "of eve: bytes of payload, which Suricata counts with headers (default: unknown)";
  return new Option("--payload <what>", what).choices(["unknown", "estimate"] satisfies Payload[]);
}

export function tunnelsOption(): Option {
  const what =
    "of pcap: what becomes of tunnels (GRE, VXLAN, ...); open: the packets in them are taken (default: leave)";
  return new Option("--tunnels <what>", what).choices(["leave", "open"] satisfies Tunnels[]);
}

/** @throws UsageError where a log is to have packets. */
export function requirePcap(format: string, tunnels: Tunnels | undefined): void {
  if (tunnels !== undefined && format !== "pcap")
    throw new UsageError(`--tunnels is about packets (--format pcap), not about ${format}.`);
}

/** @throws UsageError where bytes of payload are to be estimated that the source tells itself, or cannot tell. */
export function requireEve(format: string, payload: Payload | undefined): void {
  if (payload !== undefined && format !== "eve")
    throw new UsageError(`--payload is about Suricata's counts of bytes (--format eve), not about ${format}.`);
}
