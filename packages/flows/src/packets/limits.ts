/**
 * Most captured bytes of one packet: the snap length that libpcap allows for network links. What claims more is damaged, and
 * must not make a reader wait for (and hold) gigabytes.
 */
export const MAX_CAPTURED_BYTES: number = 256 * 1024;

/** Largest pcapng block, as Wireshark has it: a damaged length must not make a reader hold all that follows. */
export const MAX_BLOCK_BYTES: number = 16 * 1024 * 1024;

/** Most interfaces of a pcapng section. Merged captures have tens; a block of a few bytes makes one. */
export const MAX_INTERFACES = 4096;

/** VLAN tags (and MPLS labels) that are passed over before the network layer: networks stack two or three. */
export const MAX_TAGS = 8;

/** IPv6 extension headers of one packet; RFC 8200 knows eight kinds, each of which occurs once or twice. */
export const MAX_EXTENSION_HEADERS = 16;

/** Tunnels in tunnels that are opened; mirrored traffic of networks that have tunnels themselves has two or three. */
export const MAX_TUNNELS = 8;

/** Packets of a batch, at most: what the processor's caches hold. */
export const MAX_BATCH_PACKETS = 65_536;

/** Issues that a report quotes; all of them are counted. */
export const MAX_REPORTED_PACKET_ISSUES = 20;
