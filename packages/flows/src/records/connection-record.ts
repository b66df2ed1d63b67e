/**
 * How a connection went, in Zeek's words (`conn_state` of conn.log), which are Bro's of KDD'99's time and two more (`RSTRH`,
 * `SHR`): https://docs.zeek.org/en/current/scripts/base/protocols/conn/main.zeek.html
 */
export type ConnectionState =
  | "S0"
  | "S1"
  | "S2"
  | "S3"
  | "SF"
  | "REJ"
  | "RSTO"
  | "RSTR"
  | "RSTOS0"
  | "RSTRH"
  | "SH"
  | "SHR"
  | "OTH";

/** One connection (TCP), exchange (UDP) or message and its answers (ICMP), whatever told of it: packets, Zeek or Suricata. */
export interface ConnectionRecord {
  /** The first packet's time, in whole microseconds since 1970-01-01 UTC. */
  readonly start: number;
  /** From the first packet to the last, in whole microseconds; null where the source does not say. */
  readonly duration: number | null;
  /** `"tcp"`, `"udp"`, `"icmp"`, or the source's own name of another protocol. ICMPv6 is `"icmp"`. */
  readonly protocol: string;
  /** Address of the side that began, as text. */
  readonly source: string;
  /** 0 to 65,535; for ICMP the message's type. */
  readonly sourcePort: number;
  readonly destination: string;
  /** 0 to 65,535; for ICMP the message's code. */
  readonly destinationPort: number;
  /** The application protocol as the source names it (`"http"`, `"dns"`, …); null where it is not known. */
  readonly service: string | null;
  readonly state: ConnectionState;
  /** Bytes of payload from source to destination (of TCP by sequence numbers, as Zeek counts); null where not known. */
  readonly sourceBytes: number | null;
  readonly destinationBytes: number | null;
  readonly sourcePackets: number | null;
  readonly destinationPackets: number | null;
  /** Bytes of whole frames on the wire, the link layer's header among them; null where the source does not say, as Zeek. */
  readonly sourceFrameBytes: number | null;
  readonly destinationFrameBytes: number | null;
  /** Fragments that do not fit (overlapping, or too long together); null where the source does not say. */
  readonly wrongFragments: number | null;
  /** Packets with the urgent flag; null where the source does not say. */
  readonly urgentPackets: number | null;
}
