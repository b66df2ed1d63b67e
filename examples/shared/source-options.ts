import type { Tunnels } from "@mlsec/flows";
import { Option } from "commander";
import { UsageError } from "./command.js";
import type { Payload } from "./records.js";

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
