import type { ColumnType } from "../csv/read.js";

const TEXT_COLUMNS = new Set(["protocol_type", "service", "flag"]);

const FEATURES = [
  "duration",
  "protocol_type",
  "service",
  "flag",
  "src_bytes",
  "dst_bytes",
  "land",
  "wrong_fragment",
  "urgent",
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
  "num_outbound_cmds",
  "is_host_login",
  "is_guest_login",
  "count",
  "srv_count",
  "serror_rate",
  "srv_serror_rate",
  "rerror_rate",
  "srv_rerror_rate",
  "same_srv_rate",
  "diff_srv_rate",
  "srv_diff_host_rate",
  "dst_host_count",
  "dst_host_srv_count",
  "dst_host_same_srv_rate",
  "dst_host_diff_srv_rate",
  "dst_host_same_src_port_rate",
  "dst_host_srv_diff_host_rate",
  "dst_host_serror_rate",
  "dst_host_srv_serror_rate",
  "dst_host_rerror_rate",
  "dst_host_srv_rerror_rate",
] as const;

/** The attack names of NSL-KDD: 22 of the training file and 17 that only the test file has. */
const ATTACKS = [
  "back",
  "buffer_overflow",
  "ftp_write",
  "guess_passwd",
  "imap",
  "ipsweep",
  "land",
  "loadmodule",
  "multihop",
  "neptune",
  "nmap",
  "perl",
  "phf",
  "pod",
  "portsweep",
  "rootkit",
  "satan",
  "smurf",
  "spy",
  "teardrop",
  "warezclient",
  "warezmaster",
  "apache2",
  "httptunnel",
  "mailbomb",
  "mscan",
  "named",
  "processtable",
  "ps",
  "saint",
  "sendmail",
  "snmpgetattack",
  "snmpguess",
  "sqlattack",
  "udpstorm",
  "worm",
  "xlock",
  "xsnoop",
  "xterm",
] as const;

/**
 * NSL-KDD (Tavallaee, Bagheri, Lu and Ghorbani, "A detailed analysis of the KDD CUP 99 data set", 2009): 41 features of a
 * connection, three of them text. Its `.txt` files have no header; there the features are followed by the attack name and
 * the difficulty, which must not be learned from.
 */
export const nslKdd: {
  readonly features: readonly string[];
  readonly types: ReadonlyMap<string, ColumnType>;
  readonly label: string;
  readonly difficulty: string;
  readonly normal: string;
  readonly attacks: readonly string[];
} = {
  features: FEATURES,
  types: /* @__PURE__ */ columnTypes(),
  label: "class",
  difficulty: "difficulty",
  normal: "normal",
  attacks: ATTACKS,
};

function columnTypes(): Map<string, ColumnType> {
  const features = FEATURES.map((name): [string, ColumnType] => [name, TEXT_COLUMNS.has(name) ? "text" : "number"]);
  return new Map([...features, ["class", "text"]]);
}

/**
 * The column names of a headerless NSL-KDD file, judged by its first record; null where it is not one. With 43 fields the
 * last is the difficulty; with 42 it was left out.
 */
export function nslKddHeaders(firstRecord: readonly string[]): readonly string[] | null {
  const protocol = firstRecord[1] ?? "";
  const isData = ["tcp", "udp", "icmp"].includes(protocol) && /^\d+$/.test(firstRecord[0] ?? "");
  if (!isData || (firstRecord.length !== 43 && firstRecord.length !== 42)) return null;
  return [...FEATURES, nslKdd.label, nslKdd.difficulty].slice(0, firstRecord.length);
}

/** Spellings of the normal class, in the order in which they are looked for. */
const NORMAL_SPELLINGS = ["normal", "Normal", "NORMAL", "benign", "BENIGN", "Benign"];

/**
 * Which of the label values means "normal": `normal` or `benign` in any usual case, or 0 where the values are 0 and 1.
 * Null where that cannot be told.
 */
export function detectNormalLabel(values: readonly string[]): string | null {
  const spelled = NORMAL_SPELLINGS.filter((spelling) => values.includes(spelling));
  if (spelled.length === 1) return spelled[0]!;
  const zeroOrOne = values.includes("0") && values.every((value) => value === "0" || value === "1");
  return spelled.length === 0 && zeroOrOne ? "0" : null;
}
