import {
  CIC_PROFILES,
  type CicProfile,
  type ColumnNames,
  kddCsv,
  meterCsv,
  type PacketSource,
  type Tunnels,
} from "@mlsec/flows";
import { type Payload, RECORD_READERS } from "./records.js";
import { kddCountsText, meterCountsText, type Tell, tellIssues } from "./traffic-texts.js";

export interface MeterContext {
  /** Gives flows out once they are older than the timeout. */
  readonly sweep: boolean;
  /** Of flows: meters IPv6, too. */
  readonly ipv6: boolean;
  /** Of flows: how columns are spelled; the profile's own way by default. */
  readonly names: ColumnNames | undefined;
  /** Of connections: seconds that one waits for those that began before it. */
  readonly lateness: number | undefined;
  readonly payload: Payload | undefined;
  readonly tunnels: Tunnels | undefined;
  readonly signal: AbortSignal;
  /** Told, line by line, what is to be known of the source once it is read. */
  readonly tell: Tell;
}

/** Turns a source into the pieces of a CSV. */
export type Meter = (source: PacketSource, context: MeterContext) => AsyncIterable<string>;

/** The profiles of every format. */
const METERS: ReadonlyMap<string, ReadonlyMap<string, Meter>> = new Map([
  [
    "pcap",
    new Map([...CIC_PROFILES.map((profile) => [profile, cicMeter(profile)] as const), ["kdd", kddMeter("pcap")]]),
  ],
  ["zeek", new Map([["kdd", kddMeter("zeek")]])],
  ["eve", new Map([["kdd", kddMeter("eve")]])],
]);

export const METER_FORMATS: readonly string[] = [...METERS.keys()];
export const METER_PROFILES: readonly string[] = [
  ...new Set([...METERS.values()].flatMap((profiles) => [...profiles.keys()])),
];

export function meterFor(format: string, profile: string): Meter | undefined {
  return METERS.get(format)?.get(profile);
}

function cicMeter(profile: CicProfile): Meter {
  return (source, { sweep, ipv6, names, tunnels, signal, tell }) =>
    meterCsv(source, {
      profile,
      sweep,
      ipv6,
      names,
      tunnels,
      signal,
      onIssues: (issues) => tellIssues(issues, tell),
      onCounts: (counts) => tell(meterCountsText(counts)),
    });
}

/** Connections end by their own timers, so that there is nothing to sweep. */
function kddMeter(format: keyof typeof RECORD_READERS): Meter {
  return (source, { lateness, payload, tunnels, signal, tell }) =>
    kddCsv(RECORD_READERS[format](source, { payload, tunnels, signal, tell }), {
      lateness,
      signal,
      onCounts: (counts) => tell(kddCountsText(counts)),
    });
}
