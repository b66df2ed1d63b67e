import type { ConnectionState } from "./connection-record.js";

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** What one side of a TCP connection sent: packets, and all their flags together (the bits of the TCP header, RFC 9293). */
export interface TcpSide {
  readonly packets: number;
  readonly flags: number;
}

/**
 * The state that Zeek would most likely give a TCP connection, from the flags that each side ever sent: `conn_state` of
 * https://github.com/zeek/zeek/blob/master/scripts/base/protocols/conn/main.zeek with what flags tell of the two ends.
 *
 * - Both sent FIN: `SF`. (Zeek: both ends closed. A reset after that changes nothing.)
 * - The responder sent RST: `REJ` where it answered a SYN and never sent one itself; `RSTRH` where no SYN of the originator
 *   was seen; else `RSTR`.
 * - The originator sent RST: `RSTO` where the responder sent SYN; `RSTOS0` where it sent nothing after a SYN; else `OTH`.
 * - The originator sent FIN: `S2`, or `SH` where the responder never sent SYN; the responder alone: `S3`, or `SHR` where the
 *   originator neither sent SYN nor acknowledged one.
 * - SYN answered by SYN: `S1`; SYN and no packet back: `S0`; anything else began before it was watched: `OTH`.
 *
 * What flags cannot tell is their order, and whether anything was acknowledged. So a reset of both sides counts as the
 * responder's; a connection reset before any data, which Zeek calls `REJ` where both ends sent RST, is `RSTR`; a last FIN that
 * nobody acknowledged is still an end.
 */
export function tcpState(source: TcpSide, destination: TcpSide): ConnectionState {
  const has = ({ flags }: TcpSide, bit: number): boolean => (flags & bit) !== 0;
  const opened = has(source, SYN);
  const answered = has(destination, SYN);
  const isSourceSeen = opened || (answered && has(source, ACK));
  if (has(source, FIN) && has(destination, FIN)) return "SF";
  if (has(destination, RST)) return opened && !answered ? "REJ" : isSourceSeen ? "RSTR" : "RSTRH";
  if (has(source, RST)) return answered ? "RSTO" : opened && destination.packets === 0 ? "RSTOS0" : "OTH";
  if (has(source, FIN)) return answered ? "S2" : "SH";
  if (has(destination, FIN)) return isSourceSeen ? "S3" : "SHR";
  if (answered) return isSourceSeen ? "S1" : "OTH";
  return opened && destination.packets === 0 ? "S0" : "OTH";
}

/** The state of what is not TCP, by Zeek's rules: only UDP has more than `OTH`. */
export function datagramState(protocol: string, sourcePackets: number, destinationPackets: number): ConnectionState {
  if (protocol !== "udp") return "OTH";
  if (sourcePackets > 0) return destinationPackets > 0 ? "SF" : "S0";
  return destinationPackets > 0 ? "SHR" : "OTH";
}
