/** States of one side of a TCP connection, as Zeek has them. */
export type EndpointState = "inactive" | "syn-sent" | "syn-ack-sent" | "partial" | "established" | "closed" | "reset";

/** A jump of more than this is no sequence number to be trusted. */
const TOO_LARGE_JUMP = 1_048_576;

/** One side of a connection: its state, and how far its sequence numbers went, relative to where they began. */
export class TcpEndpoint {
  state: EndpointState = "inactive";
  previous: EndpointState = "inactive";
  isClosed = false;
  fins = 0;
  packets = 0;
  /** Bytes of the packets' frames. */
  frameBytes = 0;
  /** Whether it sent a SYN and, until a RST, nothing else but data. */
  isAttempt = false;
  /** The number that its SYN has or would have had. */
  startSequence = 0;
  /** How far its own numbers went. */
  private sent = 0;
  /** How far the other side acknowledged. */
  private acknowledged = 0;

  become(state: EndpointState): void {
    if (state === this.state) return;
    this.previous = this.state;
    this.state = state;
  }

  /** Where its numbers begin: at a SYN; without one, as though there had been one. */
  begin(isSyn: boolean, sequence: number, next: number): void {
    switch (this.state) {
      case "inactive":
        this.startAt(isSyn ? sequence : sequence - 1);
        this.sent = isSyn ? (next - sequence) | 0 : 1;
        return;
      case "syn-sent":
      case "syn-ack-sent":
        if (!isSyn || sequence === this.startSequence) return;
        break;
      case "reset":
        if (!isSyn || this.previous !== "inactive") return;
        break;
      case "established":
      case "partial":
        if (!isSyn) return;
        break;
      default:
        return;
    }
    this.startAt(sequence);
    this.sent = (next - sequence) | 0;
  }

  /** Notes what a packet does to `isAttempt`. */
  note(isSyn: boolean, isFin: boolean, isRst: boolean, isAck: boolean, payload: number): void {
    if (this.state === "reset") return;
    if (this.state === "inactive") this.isAttempt = isSyn && !isAck && !isFin && !isRst;
    else if (isFin || (isSyn && isAck) || (isAck && !isSyn && !isRst && payload === 0)) this.isAttempt = false;
  }

  /** What an acknowledgement says of a side that was not heard of. */
  beginAtAcknowledgement(acknowledgement: number): void {
    this.startAt(acknowledgement - 1);
    this.sent = 0;
  }

  acknowledge(acknowledgement: number): void {
    const ahead = (acknowledgement - this.startSequence - this.acknowledged) | 0;
    // A field that was not filled in, rather than a number that happens to be 0.
    if (acknowledgement === 0 && ahead > TOO_LARGE_JUMP) return;
    if (ahead > 0) this.acknowledged += ahead;
  }

  /** @param next the number after the segment. */
  send(next: number, isSyn: boolean, isFin: boolean, isRst: boolean): void {
    const ahead = (next - this.startSequence - this.sent) | 0;
    if ((isSyn || isRst) && (ahead > TOO_LARGE_JUMP || ahead < -TOO_LARGE_JUMP)) return;
    // Only SYN and FIN were seen: what lies between may be more than 2 GB.
    if (isFin && this.sent === 1) this.sent += ahead >>> 0;
    else if (this.state !== "reset" && ahead > 0) this.sent += ahead;
  }

  /** Bytes of payload by sequence numbers, seen or not. */
  size(peer: TcpEndpoint): number {
    const isAborted = this.previous === "syn-sent" && this.state === "reset" && peer.state === "inactive";
    // An answer to some connection of before: its acknowledgement is of that one.
    if (isAborted && this.acknowledged > 1) return 0;
    const octets = Math.max(this.sent, this.acknowledged, 0);
    const withoutSyn = Math.max(octets - 1, 0);
    return this.fins > 0 ? Math.max(withoutSyn - 1, 0) : withoutSyn;
  }

  private startAt(sequence: number): void {
    this.startSequence = sequence >>> 0;
    this.acknowledged = 0;
  }
}
