import { listSome, MlsecError } from "../errors.js";
import { cicFeatureColumns } from "./cic-ids2017-columns.js";
import { columnsOfRole, type DatasetSchema, type SchemaColumn } from "./schema.js";

const CLASSES = [
  "BENIGN",
  "Bot",
  "DDoS",
  "DoS GoldenEye",
  "DoS Hulk",
  "DoS Slowhttptest",
  "DoS slowloris",
  "FTP-Patator",
  "Infiltration",
  "PortScan",
  "SSH-Patator",
  "Web Attack Brute Force",
  "Web Attack Sql Injection",
  "Web Attack XSS",
] as const;

/** Among the identifiers, the one that derives from the label. */
const LEAK = "Attempted Category";

/** Columns that name the flow or derive from its label: a model that sees them learns the capture, not the attack. */
const IDENTIFIERS = [
  "id",
  "Flow ID",
  "Src IP",
  "Source IP",
  "Src Port",
  "Source Port",
  "Dst IP",
  "Destination IP",
  "Timestamp",
  "Attempted Category",
  "External IP",
  "SimillarHTTP",
  "Unnamed: 0",
] as const;

/** Names of other spellings, reduced to letters and digits in lower case. Spaces, case and kinds of dash do not count. */
const OTHER_SPELLINGS: ReadonlyMap<string, string> = new Map([
  ["botnet", "Bot"],
  ["botnetares", "Bot"],
  ["ftppatator", "FTP-Patator"],
  ["sshpatator", "SSH-Patator"],
  ["bruteforce", "Web Attack Brute Force"],
  ["webbruteforce", "Web Attack Brute Force"],
  ["xss", "Web Attack XSS"],
  ["sqlinjection", "Web Attack Sql Injection"],
]);

/**
 * CIC-IDS2017 (Sharafaldin, Lashkari and Ghorbani, "Toward generating a new intrusion detection dataset and intrusion
 * traffic characterization", 2018): the schema of its 78 features and ` Label`, under the names of the published header;
 * the fourteen classes of the attack classifier in code-point order; the columns that no model may see. The names in
 * `label`, `identifiers` and `repeated` are without outer spaces.
 *
 * Valid ranges are those of the quantities (nothing is negative but the −1 of a window that was not there); the published
 * files break them in places, which `conform` reports. ` Destination Port` is a feature, and a shortcut: each attack of
 * this recording went to few ports, so `shortcuts` names it for those who want to know what a model is worth without.
 */
export const cicIds2017: DatasetSchema & {
  /** The 78 features in the order of the published header. */
  readonly features: readonly string[];
  /** Features that tell the attacks of this recording apart by circumstance. */
  readonly shortcuts: readonly string[];
  readonly classes: readonly string[];
  readonly benign: string;
  readonly label: string;
  readonly identifiers: readonly string[];
  readonly repeated: string;
} = /* @__PURE__ */ dataset();

function dataset(): typeof cicIds2017 {
  const name = "CIC-IDS2017";
  const columns: SchemaColumn[] = [
    ...cicFeatureColumns(),
    { name: " Label", type: "text", role: "label", aliases: ["Label"] },
    ...IDENTIFIERS.map((identifier): SchemaColumn => {
      const role = identifier === LEAK ? "leak" : "identifier";
      return { name: identifier, type: "text", role, aliases: [` ${identifier}`] };
    }),
  ];
  return {
    name,
    columns,
    features: columnsOfRole({ name, columns }, "feature"),
    shortcuts: [" Destination Port"],
    classes: CLASSES,
    benign: "BENIGN",
    label: "Label",
    identifiers: IDENTIFIERS,
    repeated: "Fwd Header Length",
  };
}

/** Pure, so that a page that classifies no attacks does not carry the names. */
const BY_REDUCED_NAME: ReadonlyMap<string, string> = /* @__PURE__ */ byReducedName();

/**
 * This project's name of a class in any of the spellings in circulation (`Web Attack – XSS` with whichever dash,
 * `Portscan`, `Botnet`, `DoS Slowloris`); null for a name that is none of the fourteen.
 */
export function attackClassName(label: string): string | null {
  return BY_REDUCED_NAME.get(reduced(label)) ?? null;
}

/**
 * The class names of labels. @throws MlsecError `unknown-class`, listing every label that is none of the fourteen.
 */
export function attackClassNames(labels: readonly string[]): Map<string, string> {
  const names = new Map(labels.map((label) => [label, attackClassName(label)]));
  const unknown = [...names.keys()].filter((label) => names.get(label) === null);
  if (unknown.length > 0) {
    throw new MlsecError(
      "unknown-class",
      `${listSome(unknown)} ${unknown.length === 1 ? "is none" : "are none"} of the ${CLASSES.length} attack classes. Exclude ${unknown.length === 1 ? "it" : "them"} or correct the spelling.`,
      { got: unknown, expected: CLASSES },
    );
  }
  return names as Map<string, string>;
}

/** The identifier columns among the given names; outer spaces do not count. */
export function identifierColumns(names: readonly string[]): string[] {
  const identifiers = new Set<string>(IDENTIFIERS);
  return names.filter((name) => identifiers.has(name.trim()));
}

function byReducedName(): Map<string, string> {
  return new Map([...CLASSES.map((name): [string, string] => [reduced(name), name]), ...OTHER_SPELLINGS]);
}

function reduced(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "");
}
