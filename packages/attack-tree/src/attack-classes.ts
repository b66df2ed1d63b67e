import { cicIds2017 } from "@mlsec/preprocess";

/** Kinds of attack, as Sharafaldin, Lashkari and Ghorbani (2018) recorded them; "Benign" is none. */
export type AttackFamily =
  | "Benign"
  | "Botnet"
  | "Brute force"
  | "DDoS"
  | "DoS"
  | "Infiltration"
  | "Port scan"
  | "Web attack";

/** The fourteen classes in code-point order, which is the order of their codes. */
export const ATTACK_CLASSES: readonly string[] = cicIds2017.classes;

const FAMILIES: ReadonlyMap<string, AttackFamily> = /* @__PURE__ */ new Map([
  ["BENIGN", "Benign"],
  ["Bot", "Botnet"],
  ["DDoS", "DDoS"],
  ["DoS GoldenEye", "DoS"],
  ["DoS Hulk", "DoS"],
  ["DoS Slowhttptest", "DoS"],
  ["DoS slowloris", "DoS"],
  ["FTP-Patator", "Brute force"],
  ["Infiltration", "Infiltration"],
  ["PortScan", "Port scan"],
  ["SSH-Patator", "Brute force"],
  ["Web Attack Brute Force", "Web attack"],
  ["Web Attack Sql Injection", "Web attack"],
  ["Web Attack XSS", "Web attack"],
]);

/** The family of one of the fourteen classes; null for another name. */
export function attackFamily(className: string): AttackFamily | null {
  return FAMILIES.get(className) ?? null;
}
