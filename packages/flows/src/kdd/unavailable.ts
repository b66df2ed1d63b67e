import type { ConnectionRecord } from "../records/connection-record.js";

/**
 * Features that are about what was said in a connection, which no header tells. `num_outbound_cmds` is none of them: it is 0 on
 * every row of the data, and so it is here.
 */
const CONTENT = [
  "hot",
  "num_failed_logins",
  "logged_in",
  "num_compromised",
  "root_shell",
  "su_attempted",
  "num_root",
  "num_file_creations",
  "num_shells",
  "num_access_files",
  "is_host_login",
  "is_guest_login",
] as const;

/** Features that a record may know, in the order of the columns. */
const KNOWN = ["duration", "src_bytes", "dst_bytes", "wrong_fragment", "urgent"] as const;

const lists: (readonly string[] | undefined)[] = [];

/**
 * The features that are 0 in a record's row because its source does not tell them, in the order of the columns: always the twelve
 * of content, and `duration`, `src_bytes`, `dst_bytes`, `wrong_fragment` and `urgent` where the record has null for them. (For
 * ICMP `dst_bytes` is 0 by definition.) Records that lack the same share one frozen list.
 */
export function unavailableKddFeatures(record: ConnectionRecord): readonly string[] {
  let lacking = 0;
  if (record.duration === null) lacking |= 1;
  if (record.sourceBytes === null) lacking |= 2;
  if (record.destinationBytes === null && record.protocol !== "icmp") lacking |= 4;
  if (record.wrongFragments === null) lacking |= 8;
  if (record.urgentPackets === null) lacking |= 16;
  lists[lacking] ??= Object.freeze([...KNOWN.filter((_, bit) => (lacking & (1 << bit)) !== 0), ...CONTENT]);
  return lists[lacking]!;
}
