import { type CicProfile, type MeterCounts, meterCsv, type PacketIssues, type PacketSource } from "@mlsec/flows";

export interface MeterContext {
  /** Gives flows out once they are older than the timeout. */
  readonly sweep: boolean;
  readonly signal: AbortSignal;
  /** Told, line by line, what is to be known of the source once it is read. */
  readonly tell: (line: string) => void;
}

/** Turns a source into the pieces of a CSV. */
export type Meter = (source: PacketSource, context: MeterContext) => AsyncIterable<string>;

/** The profiles of every format. */
const METERS: ReadonlyMap<string, ReadonlyMap<string, Meter>> = new Map([
  [
    "pcap",
    new Map([
      ["cic2017", cicMeter("cic2017")],
      ["cic-fixed", cicMeter("cic-fixed")],
    ]),
  ],
]);

export const METER_FORMATS: readonly string[] = [...METERS.keys()];
export const METER_PROFILES: readonly string[] = [
  ...new Set([...METERS.values()].flatMap((profiles) => [...profiles.keys()])),
];

export function meterFor(format: string, profile: string): Meter | undefined {
  return METERS.get(format)?.get(profile);
}

function cicMeter(profile: CicProfile): Meter {
  return (source, { sweep, signal, tell }) =>
    meterCsv(source, {
      profile,
      sweep,
      signal,
      onIssues: (issues) => tellIssues(issues, tell),
      onCounts: (counts) => tell(countsText(counts)),
    });
}

function tellIssues({ total, first, counts }: PacketIssues, tell: MeterContext["tell"]): void {
  const kinds = counts.map(({ kind, count }) => `${kind} ${count}`).join(", ");
  tell(`Could not be read: ${kinds}.`);
  for (const { message } of first.slice(0, 5)) tell(`  ${message}`);
  if (total > 5) tell(`  … and ${total - 5} more`);
}

function countsText(counts: MeterCounts): string {
  const left = [
    [counts.notIp, "not IP"],
    [counts.ipv6, "IPv6"],
    [counts.fragments, "later fragments"],
    [counts.unreadable, "not readable"],
  ] as const;
  const parts = left.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const rest = parts.length > 0 ? ` (left out: ${parts.join(", ")})` : "";
  const evicted = counts.evicted > 0 ? `, ${counts.evicted} of them early, to make room` : "";
  return `${counts.packets} packets${rest}, ${counts.flows} flows${evicted}.`;
}
