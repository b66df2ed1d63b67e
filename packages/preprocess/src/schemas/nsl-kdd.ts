import type { ColumnType } from "../by-name.js";
import { MlsecError } from "../errors.js";
import { columnsOfRole, type DatasetSchema, type SchemaColumn } from "./schema.js";

/** The four families of attacks that the KDD Cup 1999 distinguished. */
export type AttackFamily = "dos" | "probe" | "r2l" | "u2r";

type Range = readonly [min: number, max: number];

const AMOUNT: Range = [0, Number.MAX_VALUE];
const FLAG: Range = [0, 1];
const RATE: Range = [0, 1];
/** Connections of the last two seconds, counted up to 511. */
const RECENT: Range = [0, 511];
/** Connections to the same host among the last 255. */
const OF_255: Range = [0, 255];

const PROTOCOLS = ["icmp", "tcp", "udp"] as const;
const FLAGS = ["OTH", "REJ", "RSTO", "RSTOS0", "RSTR", "S0", "S1", "S2", "S3", "SF", "SH"] as const;

/** The 41 features with their valid range, their valid texts, or null for texts of an open list. */
const FEATURES: readonly (readonly [name: string, valid: Range | readonly string[] | null])[] = [
  ["duration", AMOUNT],
  ["protocol_type", PROTOCOLS],
  ["service", null],
  ["flag", FLAGS],
  ["src_bytes", AMOUNT],
  ["dst_bytes", AMOUNT],
  ["land", FLAG],
  ["wrong_fragment", AMOUNT],
  ["urgent", AMOUNT],
  ["hot", AMOUNT],
  ["num_failed_logins", AMOUNT],
  ["logged_in", FLAG],
  ["num_compromised", AMOUNT],
  ["root_shell", FLAG],
  // Described as a flag, but 2 in some rows of both files.
  ["su_attempted", [0, 2]],
  ["num_root", AMOUNT],
  ["num_file_creations", AMOUNT],
  ["num_shells", AMOUNT],
  ["num_access_files", AMOUNT],
  ["num_outbound_cmds", AMOUNT],
  ["is_host_login", FLAG],
  ["is_guest_login", FLAG],
  ["count", RECENT],
  ["srv_count", RECENT],
  ["serror_rate", RATE],
  ["srv_serror_rate", RATE],
  ["rerror_rate", RATE],
  ["srv_rerror_rate", RATE],
  ["same_srv_rate", RATE],
  ["diff_srv_rate", RATE],
  ["srv_diff_host_rate", RATE],
  ["dst_host_count", OF_255],
  ["dst_host_srv_count", OF_255],
  ["dst_host_same_srv_rate", RATE],
  ["dst_host_diff_srv_rate", RATE],
  ["dst_host_same_src_port_rate", RATE],
  ["dst_host_srv_diff_host_rate", RATE],
  ["dst_host_serror_rate", RATE],
  ["dst_host_srv_serror_rate", RATE],
  ["dst_host_rerror_rate", RATE],
  ["dst_host_srv_rerror_rate", RATE],
];

/**
 * The attack names of NSL-KDD with their families: 22 of the training file, after the `training_attack_types` list of the
 * KDD Cup 1999, and 17 that only the test file has, after the categories by which the contest scored its entries (Elkan,
 * "Results of the KDD'99 classifier learning contest", 1999: 4,166 probes, 229,853 denials of service, 228 u2r and 16,189
 * r2l among its 311,029 test rows come out so).
 *
 * Sources disagree on two: `httptunnel` is u2r here, and r2l where tunnelling counts as remote access (133 rows of
 * KDDTest+); `worm` is r2l here, and dos in some later papers (2 rows).
 */
const ATTACKS: readonly (readonly [name: string, family: AttackFamily])[] = [
  ["back", "dos"],
  ["buffer_overflow", "u2r"],
  ["ftp_write", "r2l"],
  ["guess_passwd", "r2l"],
  ["imap", "r2l"],
  ["ipsweep", "probe"],
  ["land", "dos"],
  ["loadmodule", "u2r"],
  ["multihop", "r2l"],
  ["neptune", "dos"],
  ["nmap", "probe"],
  ["perl", "u2r"],
  ["phf", "r2l"],
  ["pod", "dos"],
  ["portsweep", "probe"],
  ["rootkit", "u2r"],
  ["satan", "probe"],
  ["smurf", "dos"],
  ["spy", "r2l"],
  ["teardrop", "dos"],
  ["warezclient", "r2l"],
  ["warezmaster", "r2l"],
  ["apache2", "dos"],
  ["httptunnel", "u2r"],
  ["mailbomb", "dos"],
  ["mscan", "probe"],
  ["named", "r2l"],
  ["processtable", "dos"],
  ["ps", "u2r"],
  ["saint", "probe"],
  ["sendmail", "r2l"],
  ["snmpgetattack", "r2l"],
  ["snmpguess", "r2l"],
  ["sqlattack", "u2r"],
  ["udpstorm", "dos"],
  ["worm", "r2l"],
  ["xlock", "r2l"],
  ["xsnoop", "r2l"],
  ["xterm", "u2r"],
];

/**
 * NSL-KDD (Tavallaee, Bagheri, Lu and Ghorbani, "A detailed analysis of the KDD CUP 99 data set", 2009) as a schema: 41
 * features of a connection, three of them text, with their valid ranges (of the KDD Cup 1999's task description), and the
 * attack names with their families. The `.txt` files have no header; there the features are followed by the attack name
 * and the difficulty, which derives from the label and is left out by `conform`.
 */
export const nslKdd: DatasetSchema & {
  readonly features: readonly string[];
  readonly types: ReadonlyMap<string, ColumnType>;
  readonly label: string;
  readonly difficulty: string;
  readonly normal: string;
  readonly attacks: readonly string[];
  readonly families: ReadonlyMap<string, AttackFamily>;
  // Pure, so that a page that reads no NSL-KDD files does not carry the names.
} = /* @__PURE__ */ dataset();

function dataset(): typeof nslKdd {
  const name = "NSL-KDD";
  const label = "class";
  const difficulty = "difficulty";
  const columns: SchemaColumn[] = [
    ...FEATURES.map(featureColumn),
    { name: label, type: "text", role: "label", aliases: ["label", "attack"] },
    { name: difficulty, type: "number", role: "leak", min: 0, max: 21, aliases: ["difficulty_level", "level"] },
  ];
  return {
    name,
    columns,
    features: columnsOfRole({ name, columns }, "feature"),
    types: new Map(columns.filter(({ role }) => role !== "leak").map((column) => [column.name, column.type])),
    label,
    difficulty,
    normal: "normal",
    attacks: ATTACKS.map(([attack]) => attack),
    families: new Map(ATTACKS),
  };
}

function featureColumn([name, valid]: (typeof FEATURES)[number]): SchemaColumn {
  const column = { name, role: "feature", aliases: [] } as const;
  if (valid === null) return { ...column, type: "text" };
  if (!isRange(valid)) return { ...column, type: "text", values: valid };
  const [min, max] = valid;
  return { ...column, type: "number", min, ...(max < Number.MAX_VALUE ? { max } : {}) };
}

function isRange(valid: Range | readonly string[]): valid is Range {
  return typeof valid[0] === "number";
}

/**
 * What a label of NSL-KDD says: the family of an attack name, or `normal`; null for a name that is none (`anomaly`, by
 * which one copy in circulation calls every attack, among them).
 */
export function nslKddFamily(label: string): AttackFamily | "normal" | null {
  return label === nslKdd.normal ? "normal" : (nslKdd.families.get(label) ?? null);
}

/**
 * The binary label: `Normal` or `Attack`, the classes of the threat detector, for `normal`, any attack name and `anomaly`.
 *
 * @throws MlsecError `unknown-class` for any other label.
 */
export function nslKddVerdict(label: string): "Normal" | "Attack" {
  const family = nslKddFamily(label);
  if (family === null && label !== "anomaly") {
    throw new MlsecError(
      "unknown-class",
      `${JSON.stringify(label)} is no label of NSL-KDD: neither "normal", nor "anomaly", nor one of its ${ATTACKS.length} attack names.`,
      { got: label },
    );
  }
  return family === "normal" ? "Normal" : "Attack";
}

/**
 * The column names of a headerless NSL-KDD file, judged by its first record; null where it is not one. With 43 fields the
 * last is the difficulty; with 42 it was left out.
 */
export function nslKddHeaders(firstRecord: readonly string[]): readonly string[] | null {
  const protocol = firstRecord[1] ?? "";
  const isData = ["tcp", "udp", "icmp"].includes(protocol) && /^\d+$/.test(firstRecord[0] ?? "");
  if (!isData || (firstRecord.length !== 43 && firstRecord.length !== 42)) return null;
  return [...nslKdd.features, nslKdd.label, nslKdd.difficulty].slice(0, firstRecord.length);
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
