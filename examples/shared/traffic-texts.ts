import type { ConnectionCounts, KddCounts, MeterCounts, PacketIssues } from "@mlsec/flows";
import type { ReadIssues } from "@mlsec/preprocess";

/** Told, line by line, what is to be known of a source once it is read. */
export type Tell = (line: string) => void;

const SHOWN = 5;

/** What of a source could not be read: counts by kind, and the first of it. */
export function tellIssues({ total, first, counts }: PacketIssues | ReadIssues, tell: Tell): void {
  const kinds = counts.map(({ kind, count }) => `${kind} ${count}`).join(", ");
  tell(`Could not be read: ${kinds}.`);
  for (const { message } of first.slice(0, SHOWN)) tell(`  ${message}`);
  if (total > SHOWN) tell(`  … and ${total - SHOWN} more`);
}

export function meterCountsText(counts: MeterCounts): string {
  const left = parts([
    [counts.notIp, "not IP"],
    [counts.ipv6, "IPv6"],
    [counts.fragments, "later fragments"],
    [counts.unreadable, "not readable"],
  ]);
  const flows = parts([
    [counts.singlePackets, "of one packet left out"],
    [counts.evicted, "given out early, to make room"],
  ]);
  return `${counts.packets} packets${leftOut(left)}, ${counts.flows} flows${flows === "" ? "" : ` (${flows})`}.`;
}

export function connectionCountsText(counts: ConnectionCounts): string {
  const left = parts([
    [counts.notIp, "not IP"],
    [counts.fragments, "later fragments"],
    [counts.unreadable, "not readable"],
  ]);
  const evicted = counts.evicted > 0 ? ` (${counts.evicted} given out early, to make room)` : "";
  return `${counts.packets} packets${leftOut(left)}, ${counts.connections} connections${evicted}.`;
}

export function kddCountsText(counts: KddCounts): string {
  const left = parts([
    [counts.untimed, "without a time"],
    [counts.otherProtocols, "of other protocols than TCP, UDP and ICMP"],
  ]);
  const moved = parts([
    [counts.late, "came too late for their windows"],
    [counts.early, "were given out early, to make room"],
  ]);
  return `${counts.records} connections${leftOut(left)}, ${counts.rows} rows${moved === "" ? "" : ` (${moved})`}.`;
}

function leftOut(what: string): string {
  return what === "" ? "" : ` (left out: ${what})`;
}

function parts(counted: readonly (readonly [number, string])[]): string {
  return counted
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(", ");
}
