/** What `PacketBatch.notes` says of a packet: bits, any number of them. */
export const PacketNote: {
  /** Its headers are cut short: what follows them is not known. */
  readonly truncated: 1;
  /** A header's lengths contradict each other. */
  readonly malformed: 2;
  /** A fragment, but not the first one: it has no transport header. */
  readonly laterFragment: 4;
  /** A fragment after which others follow. */
  readonly moreFragments: 8;
  /** Of an interface whose frames are not known. */
  readonly unknownLink: 16;
} = { truncated: 1, malformed: 2, laterFragment: 4, moreFragments: 8, unknownLink: 16 };

/** Numbers of transport protocols (IANA). */
export const IpProtocol: {
  readonly icmp: 1;
  readonly igmp: 2;
  readonly tcp: 6;
  readonly udp: 17;
  readonly icmpV6: 58;
  readonly sctp: 132;
} = { icmp: 1, igmp: 2, tcp: 6, udp: 17, icmpV6: 58, sctp: 132 };

/** Bits of `PacketBatch.flags`. */
export const TcpFlag: {
  readonly fin: 1;
  readonly syn: 2;
  readonly rst: 4;
  readonly psh: 8;
  readonly ack: 16;
  readonly urg: 32;
  readonly ece: 64;
  readonly cwr: 128;
} = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 };

/** Words of an address pair: four of the source, four of the destination. */
export const ADDRESS_WORDS = 8;

/**
 * Packets as columns: element i of every array is the packet `firstNumber + i` of the capture. Every packet of the capture
 * has its place, those that could not be read as well (`notes` says why, and `version` is 0).
 *
 * A batch and its `bytes` belong to the reader, which fills them again: what is needed after asking for the next batch must
 * be copied.
 */
export class PacketBatch {
  /** Packets in it; beyond that the arrays hold what earlier batches left. */
  count = 0;
  /** Number of the first packet in the capture, from 1. */
  firstNumber = 1;
  /** The bytes that `frameStart` and `payloadStart` point into. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Microseconds since 1970-01-01 UTC, whole ones. */
  readonly time: Float64Array;
  /** 0 to 999, to be added to `time`. */
  readonly nanoseconds: Uint16Array;
  /** Index of the capture's interface; 0 in pcap files. */
  readonly interfaceId: Uint32Array;
  /** The link-layer type of its interface (https://www.tcpdump.org/linktypes.html). */
  readonly linkType: Uint16Array;
  /** Bytes of the frame on the wire. */
  readonly length: Uint32Array;
  /** Bytes of it in the capture. */
  readonly captured: Uint32Array;
  readonly frameStart: Uint32Array;
  readonly notes: Uint8Array;
  /** The outer VLAN's number, −1 where there is none. */
  readonly vlan: Int16Array;
  /** Tunnels that were opened (`tunnels: "open"`): what follows is of the packet in the innermost. */
  readonly tunnels: Uint8Array;
  /** 4 or 6; 0 for what is no IP or could not be read. */
  readonly version: Uint8Array;
  /** Source and destination, eight 32-bit words a packet in network order; of IPv4 words 0 and 4, the others are 0. */
  readonly addresses: Int32Array;
  /** Bytes of the IP packet by its header; by what was captured where the header says 0 (segmentation offload). */
  readonly ipLength: Uint32Array;
  /** Of fragments: where this one begins in what they are parts of, in bytes, and which packet that is. */
  readonly fragmentOffset: Uint16Array;
  readonly identification: Uint32Array;
  /** Number of the transport protocol, after IPv6's extension headers. */
  readonly protocol: Uint8Array;
  /** Ports of TCP, UDP and SCTP, else 0. */
  readonly sourcePort: Uint16Array;
  readonly destinationPort: Uint16Array;
  /** Type and code of ICMP and ICMPv6, else 0. */
  readonly icmpType: Uint8Array;
  readonly icmpCode: Uint8Array;
  /** TCP's flags, see `TcpFlag`. */
  readonly flags: Uint8Array;
  readonly sequence: Uint32Array;
  readonly acknowledgement: Uint32Array;
  /** TCP's window as it stands in the header, not scaled. */
  readonly window: Uint16Array;
  /** Bytes of the transport header (TCP 20 to 60, UDP 8, ICMP 8, SCTP 12, others 0). */
  readonly headerLength: Uint8Array;
  /** Bytes after the transport header by the IP header, without what pads the frame. Of fragments, those of this one. */
  readonly payload: Uint32Array;
  readonly payloadStart: Uint32Array;

  constructor(readonly capacity: number) {
    this.time = new Float64Array(capacity);
    this.nanoseconds = new Uint16Array(capacity);
    this.interfaceId = new Uint32Array(capacity);
    this.linkType = new Uint16Array(capacity);
    this.length = new Uint32Array(capacity);
    this.captured = new Uint32Array(capacity);
    this.frameStart = new Uint32Array(capacity);
    this.notes = new Uint8Array(capacity);
    this.vlan = new Int16Array(capacity);
    this.tunnels = new Uint8Array(capacity);
    this.version = new Uint8Array(capacity);
    this.addresses = new Int32Array(capacity * ADDRESS_WORDS);
    this.ipLength = new Uint32Array(capacity);
    this.fragmentOffset = new Uint16Array(capacity);
    this.identification = new Uint32Array(capacity);
    this.protocol = new Uint8Array(capacity);
    this.sourcePort = new Uint16Array(capacity);
    this.destinationPort = new Uint16Array(capacity);
    this.icmpType = new Uint8Array(capacity);
    this.icmpCode = new Uint8Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.sequence = new Uint32Array(capacity);
    this.acknowledgement = new Uint32Array(capacity);
    this.window = new Uint16Array(capacity);
    this.headerLength = new Uint8Array(capacity);
    this.payload = new Uint32Array(capacity);
    this.payloadStart = new Uint32Array(capacity);
  }
}
