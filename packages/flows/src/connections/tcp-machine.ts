import { type PacketBatch, TcpFlag } from "../packets/packet-batch.js";
import type { Connection } from "./connection.js";
import type { TcpEndpoint } from "./tcp-endpoint.js";

const SECOND = 1_000_000;
/** Zeek's timers, in microseconds: a SYN without answer; a connection that has closed. */
const ATTEMPT_DELAY: number = 5 * SECOND;
const CLOSE_DELAY: number = 5 * SECOND;

/**
 * Adds a TCP packet to its connection by Zeek's rules (TCPSessionAdapter.cc in https://github.com/zeek/zeek).
 *
 * @param isOrigin whether it comes from the side that began.
 */
export function addTcpPacket(connection: Connection, batch: PacketBatch, i: number, isOrigin: boolean): void {
  const flags = batch.flags[i]!;
  const [isSyn, isFin, isRst, isAck] = [TcpFlag.syn, TcpFlag.fin, TcpFlag.rst, TcpFlag.ack].map(
    (flag) => (flags & flag) !== 0,
  ) as [boolean, boolean, boolean, boolean];
  const endpoint = isOrigin ? connection.origin : connection.responder;
  const peer = isOrigin ? connection.responder : connection.origin;
  const sequence = batch.sequence[i]!;
  const acknowledgement = batch.acknowledgement[i]!;
  const payload = batch.payload[i]!;
  // SYN and FIN have a number each; the data of a RST is none of the stream's.
  const next = (sequence + (isRst ? 0 : payload) + (isSyn ? 1 : 0) + (isFin ? 1 : 0)) >>> 0;
  endpoint.note(isSyn, isFin, isRst, isAck, payload);
  endpoint.begin(isSyn, sequence, next);
  if (!endpoint.isClosed || !peer.isClosed) connection.last = batch.time[i]!;
  if (isFin) endpoint.fins++;
  if (isAck) {
    if (peer.state === "inactive") peer.beginAtAcknowledgement(acknowledgement);
    else if (!isRst) peer.acknowledge(acknowledgement);
  }
  endpoint.send(next, isSyn, isFin, isRst);
  const closes = advance({ connection, endpoint, peer, isOrigin, isSyn, isFin, isRst, isAck, sequence, payload });
  if (closes) close(connection, endpoint, peer);
}

/** True where a SYN begins another connection between the same ports: any after a close, else one of other numbers. */
export function isReuse({ origin, responder }: Connection, batch: PacketBatch, i: number): boolean {
  const flags = batch.flags[i]!;
  if ((flags & TcpFlag.syn) === 0) return false;
  const isAnswer = (flags & TcpFlag.ack) !== 0;
  // An answer begins one only where the side that began was not heard of.
  if (isAnswer && origin.state !== "inactive") return false;
  if (origin.isClosed || responder.isClosed) return true;
  const sequence = batch.sequence[i]!;
  if (sequence === (isAnswer ? responder : origin).startSequence) return false;
  // A SYN that comes after its own answer.
  const isLate = origin.state === "syn-ack-sent" && responder.state === "inactive";
  return isAnswer || !isLate || sequence !== responder.startSequence;
}

interface Step {
  readonly connection: Connection;
  readonly endpoint: TcpEndpoint;
  readonly peer: TcpEndpoint;
  readonly isOrigin: boolean;
  readonly isSyn: boolean;
  readonly isFin: boolean;
  readonly isRst: boolean;
  readonly isAck: boolean;
  readonly sequence: number;
  readonly payload: number;
}

/** The state after a packet. @returns whether its side has closed. */
function advance(step: Step): boolean {
  const { endpoint, peer, isSyn, isFin, isRst, isAck } = step;
  switch (endpoint.state) {
    case "inactive":
      return wake(step);
    case "syn-sent":
    case "syn-ack-sent":
      if (isFin) endpoint.become("closed");
      if (isRst) endpoint.become("reset");
      return isFin || isRst;
    case "established":
    case "partial":
      if (isSyn && !isAck && endpoint.state === "partial" && peer.state === "inactive") endpoint.become("syn-sent");
      if (isFin && !isRst) {
        endpoint.become("closed");
        // It sent a FIN, then a RST: it ended as it should.
        if (peer.state === "reset" && peer.previous === "closed") peer.become("closed");
      }
      if (isRst) endpoint.become("reset");
      return isFin || isRst;
    case "closed":
      if (!isRst || peer.state === "closed") return false;
      endpoint.become("reset");
      return true;
    case "reset":
      return false;
  }
}

/** The first packet of a side. */
function wake(step: Step): boolean {
  const { connection, endpoint, peer, isOrigin, isSyn, isFin, isRst, isAck, sequence, payload } = step;
  if (isSyn && isOrigin) {
    endpoint.become(isAck ? "syn-ack-sent" : "syn-sent");
    connection.expires = connection.last + ATTEMPT_DELAY;
  } else if (isSyn) {
    if (!isAck && peer.state === "syn-ack-sent" && sequence === endpoint.startSequence) {
      connection.flip();
      peer.become("established");
    }
    if (peer.state === "syn-sent") peer.become("established");
    endpoint.become("established");
  }
  if (isFin) endpoint.become("closed");
  if (isRst) endpoint.become("reset");
  if (endpoint.state === "inactive") {
    // Some acknowledge a SYN before they answer it.
    const isEarly = !isOrigin && payload === 0 && peer.state === "syn-sent";
    if (!isEarly) endpoint.become(isAck && peer.state === "established" ? "established" : "partial");
  }
  const hasClosed = connection.origin.isClosed || connection.responder.isClosed;
  if (!hasClosed && !isOriginAlone(connection)) connection.expires = Number.POSITIVE_INFINITY;
  return isFin || isRst;
}

function isOriginAlone({ origin, responder }: Connection): boolean {
  return (origin.state === "syn-sent" || origin.state === "syn-ack-sent") && responder.state === "inactive";
}

/** A connection is over once both sides have closed, or one where the other cannot: by RST, or as it was not heard of. */
function close(connection: Connection, endpoint: TcpEndpoint, peer: TcpEndpoint): void {
  if (endpoint.isClosed) return;
  endpoint.isClosed = true;
  const isOver = endpoint.state === "reset" || peer.isClosed || peer.state === "inactive";
  if (isOver) connection.expires = connection.last + CLOSE_DELAY;
}
