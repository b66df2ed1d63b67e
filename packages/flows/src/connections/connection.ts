import type { ConnectionRecord, ConnectionState } from "../records/connection-record.js";
import { datagramState } from "../records/tcp-state.js";
import { TcpEndpoint } from "./tcp-endpoint.js";

/** The sides of a connection as records name them. */
export interface ConnectionSides {
  readonly protocol: string;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

/** What is known of a connection while it lasts. */
export class Connection {
  last: number;
  urgentPackets = 0;
  wrongFragments = 0;
  origin: TcpEndpoint = new TcpEndpoint();
  responder: TcpEndpoint = new TcpEndpoint();
  /** Bytes of payload by the packets' lengths. */
  originBytes = 0;
  responderBytes = 0;
  /** When TCP's timers end it, unless something happens before. */
  expires: number = Number.POSITIVE_INFINITY;
  /** Whether the side that began is the second of its key. */
  isReversed: boolean;

  constructor(
    readonly protocol: number,
    readonly start: number,
    isReversed: boolean,
  ) {
    this.last = start;
    this.isReversed = isReversed;
  }

  /** The other side turns out to have begun. */
  flip(): void {
    this.isReversed = !this.isReversed;
    [this.origin, this.responder] = [this.responder, this.origin];
    [this.originBytes, this.responderBytes] = [this.responderBytes, this.originBytes];
  }

  record(sides: ConnectionSides): ConnectionRecord {
    const { origin, responder } = this;
    const isTcp = sides.protocol === "tcp";
    return {
      start: this.start,
      duration: this.last - this.start,
      ...sides,
      service: null,
      state: isTcp ? tcpState(this) : datagramState(sides.protocol, origin.packets, responder.packets),
      sourceBytes: isTcp ? origin.size(responder) : this.originBytes,
      destinationBytes: isTcp ? responder.size(origin) : this.responderBytes,
      sourcePackets: origin.packets,
      destinationPackets: responder.packets,
      sourceFrameBytes: origin.frameBytes,
      destinationFrameBytes: responder.frameBytes,
      wrongFragments: this.wrongFragments,
      urgentPackets: this.urgentPackets,
    };
  }
}

/** `conn_state` of TCP: https://docs.zeek.org/en/current/scripts/base/protocols/conn/main.zeek.html */
function tcpState({ origin, responder }: Connection): ConnectionState {
  const [o, r] = [origin.state, responder.state];
  const isOriginSilent = o === "inactive" || o === "partial";
  const isResponderSilent = r === "inactive" || r === "partial";
  if (r === "reset") {
    const isEmpty = o === "reset" && origin.size(responder) === 0 && responder.size(origin) === 0;
    if (o === "syn-sent" || o === "syn-ack-sent" || isEmpty) return "REJ";
    return isOriginSilent ? "RSTRH" : "RSTR";
  }
  if (o === "reset") return !isResponderSilent ? "RSTO" : origin.isAttempt ? "RSTOS0" : "OTH";
  if (r === "closed" && o === "closed") return "SF";
  if (o === "closed") return isResponderSilent ? "SH" : "S2";
  if (r === "closed") return isOriginSilent ? "SHR" : "S3";
  if (o === "syn-sent" && r === "inactive") return "S0";
  return o === "established" && r === "established" ? "S1" : "OTH";
}
