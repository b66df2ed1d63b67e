/** How a TCP connection ended, as Bro and Zeek name it; UDP and ICMP are always `SF`. */
export type Flag = "SF" | "S0" | "S1" | "S2" | "S3" | "REJ" | "RSTO" | "RSTR" | "RSTOS0" | "SH" | "OTH";

/** What a look into the payload would tell: features 7 to 22, of which nearly every connection has none. */
export const CONTENT_FEATURES = [
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
] as const;

export type Content = Readonly<Partial<Record<(typeof CONTENT_FEATURES)[number], number>>>;

/** One simulated connection. Hosts are numbers; ICMP has port numbers too, one per type, so that it counts as a service. */
export interface Connection {
  /** Seconds since the start of the simulation. */
  readonly time: number;
  readonly destination: number;
  readonly sourcePort: number;
  /** What the windows tell services apart by; many ports share the name `private`. */
  readonly port: number;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly service: string;
  readonly flag: Flag;
  /** Whole seconds. */
  readonly duration: number;
  /** Bytes of payload from the client and from the server. */
  readonly srcBytes: number;
  readonly dstBytes: number;
  readonly content: Content;
}

/** Connections that were never established, over which nothing was said. */
export function isSilent(flag: Flag): boolean {
  return flag === "S0" || flag === "REJ" || flag === "SH";
}

/** Connections that the SYN-error rates count. */
export function isSynError(flag: Flag): boolean {
  return flag === "S0" || flag === "S1" || flag === "S2" || flag === "S3" || flag === "SH";
}

/** Connections that the rejection rates count. */
export function isRejection(flag: Flag): boolean {
  return flag === "REJ" || flag === "RSTO" || flag === "RSTR" || flag === "RSTOS0";
}
