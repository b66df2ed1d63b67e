/** Most fields that the header of a log names. Zeek's conn.log has about twenty, with all its packages some dozens. */
export const MAX_LOG_FIELDS = 1024;

/** Longest text that a record takes from a log: an address, or a list of services. */
export const MAX_RECORD_TEXT = 512;

/** Deepest member of an object that is looked into: `flow.start`, `id.orig_h`. What is deeper is passed over. */
export const MAX_MEMBER_DEPTH = 2;

/**
 * Halves of netflow that wait for their other half. Suricata writes the two in one go; other threads' events can come
 * between.
 */
export const MAX_WAITING_NETFLOWS = 1024;
