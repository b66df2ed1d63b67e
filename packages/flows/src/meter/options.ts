import { MlsecError } from "@mlsec/preprocess";
import type { PacketIssues } from "../packets/issues.js";
import type { ColumnNames } from "./columns.js";
import { type CicFixes, type CicProfile, fixesOf } from "./fixes.js";
import type { FlowPlugin } from "./plugin.js";

/** What decides how features come out: two tables of equal profiles can be compared. Plain data, for a model's provenance. */
export interface FlowProfile {
  readonly name: CicProfile;
  readonly fixes: CicFixes;
  /** Microseconds. */
  readonly flowTimeout: number;
  readonly activityTimeout: number;
  readonly ipv6: boolean;
}

export interface MeterOptions {
  /**
   * `"cic2017"` makes the features as CIC-IDS2017's file has them, faults included: what a model trained on that file needs.
   * `"cic-improved"` is the corrected fork as of 2022, which made the improved CIC-IDS2017 and CSE-CIC-IDS2018 (Liu et al., CNS
   * 2022). `"cic-fixed"` is the corrected fork of 2024: the features to train new models on.
   */
  readonly profile: CicProfile;
  /** Single changes of the profile. */
  readonly fixes?: Partial<CicFixes> | undefined;
  /** How columns are spelled; default `"original"` for `"cic2017"`, else `"v4"`. */
  readonly names?: ColumnNames | undefined;
  /** A packet that comes later than this after a flow's start begins a new flow. Microseconds; default 120,000,000. */
  readonly flowTimeout?: number | undefined;
  /** Longer gaps are idle time. Microseconds; default 5,000,000. */
  readonly activityTimeout?: number | undefined;
  /** Meters IPv6, too; default false, as the original. */
  readonly ipv6?: boolean | undefined;
  /**
   * Most open flows, at some 650 bytes each; default 1,000,000. Where one more begins, one that has been silent for long is
   * given out as it is: of 64 flows, taken in turn, the one with the oldest last packet.
   */
  readonly maxFlows?: number | undefined;
  /** Packets that are remembered to find retransmissions, at 16 to 32 bytes each; the oldest are forgotten. Default 4,000,000. */
  readonly maxRememberedPackets?: number | undefined;
  /**
   * Gives flows out once they are older than the timeout, rather than with the packet that would end them (or at the end of
   * the capture): what live traffic needs. Values are the same where packets come in the order of time, but for flows that
   * were cut by the timeout, silent for another one, and then go on: these begin as if none had been before. Default false.
   */
  readonly sweep?: boolean | undefined;
  /** Minutes that the clock of timestamps in text is ahead of UTC (−180 for the place of CIC-IDS2017); default 0. */
  readonly utcOffset?: number | undefined;
  readonly plugins?: readonly FlowPlugin[] | undefined;
  /** Called once at the end, where anything of the capture could not be read. */
  readonly onIssues?: ((issues: PacketIssues) => void) | undefined;
  /** Called once at the end. */
  readonly onCounts?: ((counts: MeterCounts) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of all packets and flows: `packets` is the sum of the seven after it. */
export interface MeterCounts {
  readonly packets: number;
  /** Packets that are in a flow. */
  readonly metered: number;
  /** Of other network protocols (ARP, …). */
  readonly notIp: number;
  readonly ipv6: number;
  /** Later fragments of a packet: they have no ports. */
  readonly fragments: number;
  /** Told by `onIssues`. */
  readonly unreadable: number;
  /** Flows that were given out. */
  readonly flows: number;
  /** Flows of one packet that were not (without `onePacketFlows`). */
  readonly singlePackets: number;
  /** Flows that were given out to make room. */
  readonly evicted: number;
  /** Packets among which retransmissions were no longer looked for. */
  readonly forgotten: number;
}

const DEFAULT_FLOW_TIMEOUT = 120_000_000;
const DEFAULT_ACTIVITY_TIMEOUT = 5_000_000;
const DEFAULT_MAX_FLOWS = 1_000_000;
const DEFAULT_MAX_REMEMBERED = 4_000_000;

/** The profile that options stand for. @throws MlsecError `invalid-option`. */
export function flowProfile(
  options: Pick<MeterOptions, "profile" | "fixes" | "flowTimeout" | "activityTimeout" | "ipv6">,
): FlowProfile {
  return {
    name: options.profile,
    fixes: fixesOf(options.profile, options.fixes),
    flowTimeout: whole("flowTimeout", options.flowTimeout ?? DEFAULT_FLOW_TIMEOUT, 1),
    activityTimeout: whole("activityTimeout", options.activityTimeout ?? DEFAULT_ACTIVITY_TIMEOUT, 0),
    ipv6: options.ipv6 ?? false,
  };
}

/** The bounds of a meter's memory. @throws MlsecError `invalid-option`. */
export function boundsOf(options: Pick<MeterOptions, "maxFlows" | "maxRememberedPackets">): {
  readonly maxFlows: number;
  readonly maxRememberedPackets: number;
} {
  return {
    maxFlows: whole("maxFlows", options.maxFlows ?? DEFAULT_MAX_FLOWS, 1),
    maxRememberedPackets: whole("maxRememberedPackets", options.maxRememberedPackets ?? DEFAULT_MAX_REMEMBERED, 2),
  };
}

function whole(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new MlsecError("invalid-option", `${name} is a whole number of at least ${least}, not ${String(value)}.`, {
    got: value,
    expected: `at least ${least}`,
  });
}
