import type { ConnectionRecord, ConnectionState } from "../records/connection-record.js";

/** The eleven values of the column `flag`. */
export type KddFlag = "OTH" | "REJ" | "RSTO" | "RSTOS0" | "RSTR" | "S0" | "S1" | "S2" | "S3" | "SF" | "SH";

export const KDD_FLAGS: readonly KddFlag[] = /* @__PURE__ */ Object.freeze([
  ...(["OTH", "REJ", "RSTO", "RSTOS0", "RSTR", "S0", "S1", "S2", "S3", "SF", "SH"] satisfies KddFlag[]),
]);

/** Flags that count as SYN errors, and as rejections: what the rates of NSL-KDD's rows show. `OTH` and `SF` are neither. */
export const SYN_ERRORS: ReadonlySet<KddFlag> = /* @__PURE__ */ new Set(["S0", "S1", "S2", "S3", "SH"]);
export const REJECTIONS: ReadonlySet<KddFlag> = /* @__PURE__ */ new Set(["REJ", "RSTO", "RSTR", "RSTOS0"]);

/** The two states that Zeek has and KDD has not. */
export interface KddFlagOptions {
  /** For a responder's reset without a SYN seen before it; default `"RSTR"`, as others have it. */
  readonly RSTRH?: KddFlag | undefined;
  /** For a responder's FIN without a SYN seen before it; default `"OTH"`, since `SH` is the originator's. */
  readonly SHR?: KddFlag | undefined;
}

/** The flag of a state of TCP. Only TCP has states in KDD: every row of UDP and ICMP is `SF`. */
export function kddFlag(
  { protocol, state }: Pick<ConnectionRecord, "protocol" | "state">,
  { RSTRH = "RSTR", SHR = "OTH" }: KddFlagOptions = {},
): KddFlag {
  if (protocol !== "tcp") return "SF";
  const own: ConnectionState = state;
  return own === "RSTRH" ? RSTRH : own === "SHR" ? SHR : own;
}
