import { MlsecError } from "@mlsec/preprocess";

/**
 * Where CICFlowMeter's behaviour was changed after CIC-IDS2017: each switch is one change, and true is the corrected
 * behaviour. A dataset was made with some state of them, and a model trained on it needs features of the same state. The dates
 * and commits are those of ahlashkari/CICFlowMeter and of its corrected fork GintsEngelen/CICFlowMeter (Engelen et al.,
 * "Troubleshooting an intrusion detection dataset", 2021; Liu et al., "Error prevalence in NIDS datasets", 2022).
 */
export interface CicFixes {
  /** Payload by the IP header's length; else by the frame's, which counts what pads it to 60 bytes (values of 6). */
  readonly unpaddedPayload: boolean;
  /** UDP headers have 8 bytes; else those of the TCP header seen last, as CIC-IDS2017's file has them. */
  readonly udpHeaders: boolean;
  /** 6833ccd (2018-06): flag counts in their own columns; else in those of Java's order of hashing (RST in FIN's, …). */
  readonly flagOrder: boolean;
  /** ed1d6bc (2019-10): flags, bulk and subflows of every packet; else of a flow's first one. */
  readonly everyPacket: boolean;
  /** 59509bd (2020-01): the window of a flow without TCP is 0; else −1. */
  readonly zeroWindows: boolean;
  /** 59509bd (2020-01): both directions between ports of one address are one flow; else one flow each. */
  readonly sameAddressFlows: boolean;
  /** ab1dc02 (2020-05): `Bwd Avg Bytes/Bulk` holds the backward value; else the forward one. */
  readonly bwdBytesPerBulk: boolean;
  /** 5df1a62, 381bc30 (2021-06, 2023-07): a subflow begins after a gap of over a second; else with every packet. */
  readonly subflowGap: boolean;
  /** a1c3466 (2021-04): PSH and URG by direction of every packet; else of a flow's first one. */
  readonly directionFlags: boolean;
  /** 07b52b6 (2021-10): bulks by direction; else all of them are backward. */
  readonly bulkDirection: boolean;
  /** 4b28b62 (2021-10): the down/up ratio has decimals. */
  readonly realRatio: boolean;
  /** 43e5f4f (2021-10): the first packet counts once in packet length statistics; else twice. */
  readonly singleFirstLength: boolean;
  /** The first packet counts among the forward packets with data. */
  readonly firstDataPacket: boolean;
  /** RST of a flow's first packet counts in the column of its direction, too. */
  readonly firstReset: boolean;
  /** Header lengths of a direction add up; else their sum is a signed number of 16 bits, negative beyond 32,767 bytes. */
  readonly wideHeaderSums: boolean;
  /** c9d0050 (2022-01): flows of one packet are given out. */
  readonly onePacketFlows: boolean;
  /** c9ffe3e (2022-01): times as UTC with microseconds; else day first, twelve hours without AM or PM. */
  readonly isoTimestamps: boolean;
  /**
   * a1c3466 (2021-04): a flow ends with the FIN of its second side, or with RST; else with the first FIN, and RST is nothing
   * special. Without effect under `tcpStates`.
   */
  readonly bothFins: boolean;
  /**
   * 85cb66b, 4328b58 (2022-02): a flow's end is what TCP's states say: after both FINs and the last ACK, or RST, it waits
   * for the next SYN.
   */
  readonly tcpStates: boolean;
  /** 9114097 (2022-06): ICMP is a protocol, and a message of other type and code begins a flow; else it is protocol 0. */
  readonly icmp: boolean;
  /** e19a160 (2022-10): SCTP is a protocol; else it is protocol 0. */
  readonly sctp: boolean;
  /** 5ed645e (2023-09): IGMP is a protocol; else it is protocol 0. */
  readonly igmp: boolean;
  /** e19a160 (2022-10): averages of subflows and bulks have decimals. */
  readonly realAverages: boolean;
  /** 2ad81fd (2023-07): the first window of the other side that is not 0; else its last one. */
  readonly firstBwdWindow: boolean;
  /** e9a9875 (2023-09): a flow that begins with SYN+ACK goes the other way. */
  readonly synAckFirst: boolean;
  /**
   * The first packet of a flow that a timeout opened has its own direction; else it is forward. And such a flow takes its
   * first packet's direction where UDP was silent for longer than the timeout, or the protocol is neither TCP nor UDP.
   */
  readonly directionAfterTimeout: boolean;
  /** 9caefd0 (2023-10): rates of flows without duration are −1, and times between packets of one-packet flows 0; else infinite and NaN. */
  readonly finiteRates: boolean;
}

/** The states of the meter that published datasets stand for. */
export type CicProfile = "cic2017" | "cic-improved" | "cic-fixed";

const FIXED: CicFixes = {
  unpaddedPayload: true,
  udpHeaders: true,
  flagOrder: true,
  everyPacket: true,
  zeroWindows: true,
  sameAddressFlows: true,
  bwdBytesPerBulk: true,
  subflowGap: true,
  directionFlags: true,
  bulkDirection: true,
  realRatio: true,
  singleFirstLength: true,
  firstDataPacket: true,
  firstReset: true,
  wideHeaderSums: true,
  onePacketFlows: true,
  isoTimestamps: true,
  bothFins: true,
  tcpStates: true,
  icmp: true,
  sctp: true,
  igmp: true,
  realAverages: true,
  firstBwdWindow: true,
  synAckFirst: true,
  directionAfterTimeout: true,
  finiteRates: true,
};

/** The names of all fixes. */
export const FIX_NAMES: readonly (keyof CicFixes)[] = /* @__PURE__ */ Object.keys(FIXED) as (keyof CicFixes)[];

/** What the corrected fork had not yet corrected when it made the improved datasets: by what their rows show. */
const LATER_THAN_IMPROVED: readonly (keyof CicFixes)[] = [
  "subflowGap",
  "firstDataPacket",
  "firstReset",
  "wideHeaderSums",
  "onePacketFlows",
  "sctp",
  "igmp",
  "realAverages",
  "firstBwdWindow",
  "synAckFirst",
  "finiteRates",
];

/** The fixes that each profile lacks. */
const LACKING: Readonly<Record<CicProfile, readonly (keyof CicFixes)[]>> = {
  // Sums of 16 bits came with the fork: the file of 2017 has header lengths above 65,535.
  cic2017: /* @__PURE__ */ FIX_NAMES.filter((name) => name !== "wideHeaderSums"),
  "cic-improved": LATER_THAN_IMPROVED,
  "cic-fixed": [],
};

/** All profiles of CICFlowMeter. */
export const CIC_PROFILES: readonly CicProfile[] = /* @__PURE__ */ Object.keys(LACKING) as CicProfile[];

/** The fixes of a profile, with single ones changed. @throws MlsecError `invalid-option`. */
export function fixesOf(profile: CicProfile, changes: Partial<CicFixes> = {}): CicFixes {
  if (!CIC_PROFILES.includes(profile)) {
    const all = CIC_PROFILES.map((name) => JSON.stringify(name)).join(", ");
    throw new MlsecError("invalid-option", `A profile is one of ${all}, not ${JSON.stringify(profile)}.`, {
      got: profile,
      expected: CIC_PROFILES,
    });
  }
  const fixes: Record<string, boolean> = {};
  for (const name of FIX_NAMES) fixes[name] = !LACKING[profile].includes(name);
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(fixes, name) || typeof value !== "boolean") {
      throw new MlsecError(
        "invalid-option",
        `fixes.${name} is ${JSON.stringify(value)}; the fixes are ${FIX_NAMES.join(", ")}, each true or false.`,
        { got: name, expected: FIX_NAMES },
      );
    }
    fixes[name] = value;
  }
  return fixes as unknown as CicFixes;
}
