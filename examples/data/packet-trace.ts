/** TCP flags, as bits. */
export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;
export const URG = 32;
export const ECE = 64;
export const CWR = 128;

/** Most packets in one flow. */
const CAPACITY = 4096;

/** The packets of one flow in order of time; one trace is filled again for flow after flow. The first packet is forward. */
export class PacketTrace {
  length = 0;
  destinationPort = 0;
  /** Windows are read from TCP headers only. */
  tcp = true;
  /** Microseconds since the first packet. */
  readonly time: Float64Array = new Float64Array(CAPACITY);
  /** 1 where the packet travels from the client to the server. */
  readonly forward: Uint8Array = new Uint8Array(CAPACITY);
  /** Bytes after the TCP or UDP header, Ethernet padding included. */
  readonly payload: Float64Array = new Float64Array(CAPACITY);
  /** Bytes of the TCP or UDP header. */
  readonly header: Uint8Array = new Uint8Array(CAPACITY);
  readonly flags: Uint8Array = new Uint8Array(CAPACITY);
  readonly window: Float64Array = new Float64Array(CAPACITY);

  get full(): boolean {
    return this.length === CAPACITY;
  }

  /** Microseconds from the first packet to the last. */
  get duration(): number {
    return this.length === 0 ? 0 : this.time[this.length - 1]! - this.time[0]!;
  }

  clear(destinationPort: number, tcp: boolean): void {
    this.length = 0;
    this.destinationPort = destinationPort;
    this.tcp = tcp;
  }

  /** Adds a packet at `time`, or does nothing where the trace is full. */
  add(time: number, forward: boolean, payload: number, header: number, flags: number, window: number): void {
    const i = this.length;
    if (i === CAPACITY) return;
    this.time[i] = time;
    this.forward[i] = forward ? 1 : 0;
    this.payload[i] = payload;
    this.header[i] = header;
    this.flags[i] = flags;
    this.window[i] = window;
    this.length++;
  }

  /** Makes all packets arrive in the same microsecond. */
  collapse(): void {
    this.time.fill(0, 0, this.length);
  }
}
