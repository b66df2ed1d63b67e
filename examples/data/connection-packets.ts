import { IpProtocol, type KddFlag } from "@mlsec/flows";
import { ACK, type Dialogue, FIN, RST, SECOND, URG } from "./dialogue.js";
import { chance, logNormal } from "./distributions.js";

/** One connection, as it is to be seen by who computes the features of KDD'99. What is left out is empty, or zero. */
export interface ConnectionDraft {
  /** Port, or ICMP's type. */
  readonly port: number;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly code?: number;
  readonly sourcePort?: number;
  /** How a TCP connection goes; default SF. */
  readonly flag?: KddFlag;
  /** Seconds. */
  readonly duration?: number;
  /** Bytes of payload from the client and from the server; of ICMP with its header. */
  readonly srcBytes?: number;
  readonly dstBytes?: number;
  /** Fragments that overlap what came before, or that end beyond the longest packet. */
  readonly wrongFragments?: number;
  readonly urgent?: number;
}

/** Bytes in a segment of TCP at most, and in a datagram. */
const SEGMENT = 1448;
/** Whoever has nothing to say for so long sends an empty packet: meters give up after 300 seconds of TCP and 60 of UDP. */
const TCP_KEEP_ALIVE = 200 * SECOND;
const UDP_KEEP_ALIVE = 45 * SECOND;
const ICMP_HEADER = 8;

/** Writes the packets of a connection. */
export function playConnection(dialogue: Dialogue, draft: ConnectionDraft): void {
  const { port, protocol, sourcePort } = draft;
  dialogue.begin({
    port,
    udp: protocol === "udp",
    ...(sourcePort !== undefined && { clientPort: sourcePort }),
    ...(chance(dialogue.random, 0.4) && { clientHeader: 20, serverHeader: 20, clientWindow: 8192 }),
  });
  if (protocol === "icmp") playMessages(dialogue, draft);
  else if (protocol === "udp") playDatagrams(dialogue, draft);
  else playTcp(dialogue, draft);
}

function playMessages(dialogue: Dialogue, { port, code = 0, srcBytes = 0, wrongFragments = 0 }: ConnectionDraft): void {
  const payload = Math.max(0, srcBytes - ICMP_HEADER);
  if (wrongFragments === 0) {
    dialogue.message(port, payload, { code });
    return;
  }
  const identification = 1 + dialogue.random.below(60_000);
  dialogue.message(port, payload, { code, more: { identification, moreFragments: true } });
  dialogue.fragment(IpProtocol.icmp, 1000, { identification, fragmentOffset: 65_000 });
}

function playDatagrams(dialogue: Dialogue, draft: ConnectionDraft): void {
  const { srcBytes = 0, dstBytes = 0, duration = 0, wrongFragments = 0 } = draft;
  if (wrongFragments > 0) {
    const identification = 1 + dialogue.random.below(60_000);
    dialogue.fragment(IpProtocol.udp, srcBytes, { identification, moreFragments: true });
    for (let k = 1; k <= wrongFragments; k++)
      dialogue.fragment(IpProtocol.udp, 4, { identification, fragmentOffset: 8 * k });
    return;
  }
  const delay = roundTrip(dialogue);
  for (let left = srcBytes; left > 0; left -= SEGMENT) dialogue.client(Math.min(left, SEGMENT));
  if (srcBytes === 0) dialogue.client(0);
  for (let left = dstBytes; left > 0; left -= SEGMENT) {
    dialogue.wait(left === dstBytes ? delay : 60);
    dialogue.server(Math.min(left, SEGMENT));
  }
  stay(dialogue, duration, UDP_KEEP_ALIVE);
  if (duration > 0) dialogue.client(0);
}

function playTcp(dialogue: Dialogue, draft: ConnectionDraft): void {
  const { flag = "SF" } = draft;
  const delay = roundTrip(dialogue);
  if (flag === "OTH") {
    dialogue.client(Math.max(1, draft.srcBytes ?? 0));
    dialogue.wait(delay);
    dialogue.server();
    return;
  }
  dialogue.knock();
  if (flag === "S0") return;
  dialogue.wait(delay);
  if (flag === "REJ") dialogue.refuse();
  else if (flag === "SH") dialogue.client(0, FIN);
  else if (flag === "RSTOS0") dialogue.client(0, RST);
  else playEstablished(dialogue, draft, delay);
}

function playEstablished(dialogue: Dialogue, draft: ConnectionDraft, delay: number): void {
  const { flag = "SF", duration = 0, urgent = 0 } = draft;
  dialogue.greet();
  dialogue.wait(delay / 4 + 5);
  dialogue.client();
  for (let left = urgent; left > 0; left--) dialogue.client(0, URG | ACK);
  talk(dialogue, draft, delay);
  stay(dialogue, duration, TCP_KEEP_ALIVE);
  dialogue.wait(delay);
  if (flag === "SF") dialogue.close(chance(dialogue.random, 0.5) ? "client" : "server", delay, false);
  else if (flag === "RSTO") dialogue.client(0, RST | ACK);
  else if (flag === "RSTR") dialogue.server(0, RST | ACK);
  else if (flag === "S2") dialogue.client(0, FIN | ACK);
  else if (flag === "S3") dialogue.server(0, FIN | ACK);
}

/** What both sides have to say, in segments that the other one acknowledges now and then. */
function talk(dialogue: Dialogue, { srcBytes = 0, dstBytes = 0 }: ConnectionDraft, delay: number): void {
  let segments = 0;
  for (let left = srcBytes; left > 0; left -= SEGMENT) {
    dialogue.wait(40, 1);
    dialogue.client(Math.min(left, SEGMENT));
    if (++segments % 4 === 0) dialogue.server();
  }
  if (srcBytes > 0 && dstBytes > 0) dialogue.wait(delay, 0.5);
  for (let left = dstBytes; left > 0; left -= SEGMENT) {
    dialogue.wait(40, 1);
    dialogue.server(Math.min(left, SEGMENT));
    if (++segments % 4 === 0 || left <= SEGMENT) dialogue.client();
  }
}

/** Lets seconds pass, with empty packets in between. */
function stay(dialogue: Dialogue, seconds: number, keepAlive: number): void {
  let left = seconds * SECOND;
  for (; left > keepAlive; left -= keepAlive) {
    dialogue.pass(keepAlive);
    dialogue.client(0);
  }
  dialogue.pass(left);
}

/** Time of a packet to the other end and back, in microseconds. */
function roundTrip({ random }: Dialogue): number {
  return logNormal(random, chance(random, 0.5) ? 250 : 24_000, 0.5);
}
