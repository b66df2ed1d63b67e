/** Places of a flow's whole numbers in its slab. */
export const FWD_PACKETS = 0;
export const BWD_PACKETS = 1;
/** Samples in the statistics of lengths: packets, and one more where the first counts twice. */
export const LENGTHS = 2;
export const FWD_LENGTH_MIN = 3;
export const FWD_LENGTH_MAX = 4;
export const BWD_LENGTH_MIN = 5;
export const BWD_LENGTH_MAX = 6;
export const FWD_HEADER_MIN = 7;
export const BWD_HEADER_MIN = 8;
export const FWD_DATA = 9;
export const BWD_DATA = 10;
/** Packets with each of TCP's flags, FIN (bit 0) to CWR (bit 7). */
export const FWD_FLAGS = 11;
export const BWD_FLAGS = 19;
export const FWD_WINDOW = 27;
export const BWD_WINDOW = 28;
export const SUBFLOWS = 29;
export const ACTIVES = 30;
export const IDLES = 31;
/** Bulks of a direction, from the begin: their number, their packets, packets of the candidate. */
export const FWD_BULKS = 32;
export const BWD_BULKS = 35;
export const BULK_PACKETS = 1;
export const BULK_CANDIDATE = 2;
export const FWD_RETRANSMISSIONS = 38;
export const BWD_RETRANSMISSIONS = 39;
/** What tells this connection's packets from those of others among the remembered ones. */
export const CONNECTION = 40;
export const STATUS = 41;
/** Type and code of ICMP, 256 × type + code; −1 for other protocols. */
export const ICMP = 42;
/** The key: addresses in eight words, ports, protocol and version. */
export const KEY = 43;
export const KEY_WORDS = 10;
/** The key's last word: the protocol, and 256 × the version of IP. */
export const PROTOCOL: number = KEY + 9;
export const HASH = 53;
/** Link of the list of free places. */
export const NEXT = 54;
/** TCP's flags of the first packet. */
export const FIRST_FLAGS = 55;

export const COUNTS = 56;

/** Bits of STATUS. The flow goes from the second address of its key to the first. */
export const REVERSED = 1;
/** Its identifier names the key's second address first. */
export const REVERSED_ID = 2;
/** States of TCP's end (0: open), in two bits. */
export const TCP_STATE = 12;
export const FIRST_FIN = 4;
export const SECOND_FIN = 8;
export const READY = 12;
/** In the same bits, where flows end without states: which sides have sent a FIN. */
export const FWD_FIN = 4;
export const BWD_FIN = 8;
/** Its first packet went backward. */
export const FIRST_BACKWARD = 32;
/** Given out, and kept for what may follow of its connection. */
export const GIVEN_OUT = 16;
