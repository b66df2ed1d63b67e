import type { ConnectionRecord, ConnectionState } from "./connection-record.js";
import type { FieldReader } from "./fields.js";
import { datagramState, tcpState } from "./tcp-state.js";

/** What an event says of one direction. */
export interface EveSide {
  readonly packets: number | null;
  /** Of whole packets, Ethernet header included. */
  readonly bytes: number | null;
  /** All TCP flags together; null where there is nothing of TCP. */
  readonly flags: number | null;
}

/** A `flow` event, or one `netflow` event or two, as what they have in common. */
export interface EveEvent {
  readonly start: number;
  readonly duration: number | null;
  readonly protocol: string;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly service: string | null;
  readonly there: EveSide;
  readonly back: EveSide | null;
  /** Suricata's own state of the flow; null where the event has none. */
  readonly flowState: string | null;
}

export type EveMembers = ReadonlyMap<string, string | null>;

/** The paths that are looked at. */
export const EVE_MEMBERS: ReadonlySet<string> = /* @__PURE__ */ new Set([
  ...[
    "event_type",
    "flow_id",
    "src_ip",
    "src_port",
    "dest_ip",
    "dest_port",
    "proto",
    "app_proto",
    "icmp_type",
    "icmp_code",
  ],
  ...["flow.start", "flow.end", "flow.state", "flow.pkts_toserver", "flow.pkts_toclient"],
  ...["flow.bytes_toserver", "flow.bytes_toclient", "netflow.start", "netflow.end", "netflow.pkts", "netflow.bytes"],
  ...["tcp.tcp_flags", "tcp.tcp_flags_ts", "tcp.tcp_flags_tc"],
]);

export const EVE_PARENTS: ReadonlySet<string> = /* @__PURE__ */ new Set(["flow", "netflow", "tcp"]);

/** Names that Suricata gives to what it does not know. */
const UNKNOWN_SERVICES: ReadonlySet<string> = /* @__PURE__ */ new Set(["failed", "unknown"]);
const HEX_FLAGS = /^[0-9a-fA-F]{1,2}$/;
const PSH = 8;

/** Reads a `flow` or `netflow` event; undefined where it lacks what a record must have, of which the sink is told. */
export function eveEvent(members: EveMembers, kind: "flow" | "netflow", fields: FieldReader): EveEvent | undefined {
  const at = (name: string): [name: string, text: string | null] => [name, members.get(name) ?? null];
  const source = fields.text(...at("src_ip"));
  const destination = fields.text(...at("dest_ip"));
  const protocol = fields.protocol(...at("proto"));
  if (source === undefined || destination === undefined || protocol === undefined) return undefined;
  const [fromName, toName] = protocol === "icmp" ? ["icmp_type", "icmp_code"] : ["src_port", "dest_port"];
  const hasPorts = protocol === "tcp" || protocol === "udp" || members.has(fromName!);
  const sourcePort = hasPorts ? fields.port(...at(fromName!)) : 0;
  const destinationPort = hasPorts ? fields.port(...at(toName!)) : 0;
  if (sourcePort === undefined || destinationPort === undefined) return undefined;
  const side = (packets: string, bytes: string, flags: string): EveSide => ({
    packets: fields.count(...at(`${kind}.${packets}`)),
    bytes: fields.count(...at(`${kind}.${bytes}`)),
    flags: flagsOf(members.get(`tcp.${flags}`) ?? null),
  });
  const start = fields.time(...at(`${kind}.start`));
  const service = fields.optionalText(...at("app_proto"));
  return {
    start,
    duration: durationOf(start, fields, ...at(`${kind}.end`)),
    protocol,
    source,
    sourcePort,
    destination,
    destinationPort,
    service: service === null || UNKNOWN_SERVICES.has(service) ? null : service,
    ...(kind === "flow"
      ? {
          there: side("pkts_toserver", "bytes_toserver", "tcp_flags_ts"),
          back: side("pkts_toclient", "bytes_toclient", "tcp_flags_tc"),
        }
      : { there: side("pkts", "bytes", "tcp_flags"), back: null }),
    flowState: members.get("flow.state") ?? null,
  };
}

/** @param estimates whether bytes of payload are estimated from those of packets. */
export function eveRecord(event: EveEvent, estimates: boolean): ConnectionRecord {
  const { there, back, flowState: _, ...common } = event;
  const payload = (side: EveSide | null): number | null => {
    if (side === null) return estimates ? 0 : null;
    return estimates ? estimatedPayload(event, side) : null;
  };
  return {
    ...common,
    state: stateOf(event),
    sourceBytes: payload(there),
    destinationBytes: payload(back),
    sourcePackets: there.packets,
    destinationPackets: back === null ? 0 : back.packets,
    sourceFrameBytes: there.bytes,
    destinationFrameBytes: back === null ? 0 : back.bytes,
    wrongFragments: null,
    urgentPackets: null,
  };
}

function durationOf(start: number, fields: FieldReader, name: string, end: string | null): number | null {
  if (end === null || Number.isNaN(start)) return null;
  const time = fields.time(name, end);
  return time >= start ? time - start : null;
}

function flagsOf(text: string | null): number | null {
  return text !== null && HEX_FLAGS.test(text) ? Number.parseInt(text, 16) : null;
}

function stateOf({ protocol, there, back, flowState }: EveEvent): ConnectionState {
  const answers = back?.packets ?? 0;
  if (protocol !== "tcp") return datagramState(protocol, there.packets ?? 0, answers);
  const flags = there.flags ?? 0;
  const flagsBack = back?.flags ?? 0;
  if (flags !== 0 || flagsBack !== 0) {
    return tcpState({ packets: there.packets ?? 0, flags }, { packets: answers, flags: flagsBack });
  }
  // A flow that no TCP session was made of: Suricata itself knows no more than this.
  if (flowState === "established") return "S1";
  if (flowState === "closed") return "SF";
  return flowState === "new" && answers === 0 ? "S0" : "OTH";
}

function estimatedPayload({ protocol, source }: EveEvent, { packets, bytes, flags }: EveSide): number | null {
  if (packets === null || bytes === null) return null;
  if (protocol === "tcp" && flags !== null && (flags & PSH) === 0) return 0;
  const ethernet = 14;
  const ip = source.includes(":") ? 40 : 20;
  const transport = protocol === "tcp" ? 20 : 8;
  return Math.max(0, bytes - packets * (ethernet + ip + transport));
}
