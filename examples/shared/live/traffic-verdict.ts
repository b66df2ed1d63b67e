import type { ConnectionRecord, FlowRecord } from "@mlsec/flows";

/** Whose a verdict is: a connection or flow, by its ends and its first packet's time in microseconds since 1970, or a row. */
export type Subject =
  | Pick<ConnectionRecord, "start" | "source" | "sourcePort" | "destination" | "destinationPort" | "protocol">
  | { readonly row: number };

/** What one model says. */
export interface StageVerdict {
  readonly class: string;
  readonly probability: number;
  readonly isAttack: boolean;
}

/** What is said of a connection, a flow or a row. */
export interface TrafficVerdict {
  readonly subject: Subject;
  /** The class in the end, with its probability; null where the features could not be judged (a rate that is infinite, …). */
  readonly verdict: StageVerdict | null;
  /** What each stage said, where there are two; `attack` is null where the first said "normal", or nothing was there to judge. */
  readonly stages: { readonly threat: StageVerdict; readonly attack: StageVerdict | null } | null;
}

const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [1, "icmp"],
  [2, "igmp"],
  [6, "tcp"],
  [17, "udp"],
  [132, "sctp"],
]);

/** The subject that a flow is. */
export function flowSubject({ protocol, ...flow }: FlowRecord): Subject {
  const { start, source, sourcePort, destination, destinationPort } = flow;
  const name = PROTOCOLS.get(protocol) ?? `protocol ${protocol}`;
  return { start, source, sourcePort, destination, destinationPort, protocol: name };
}

/** What two stages say together: the first one's class, or the name that the second has for an attack. */
export function inTwoStages(threat: StageVerdict, attack: StageVerdict | null): Omit<TrafficVerdict, "subject"> {
  const named = threat.isAttack ? attack : null;
  return { verdict: named?.isAttack ? named : threat, stages: { threat, attack: named } };
}

/** A verdict as a line for people. */
export function verdictText({ subject, verdict, stages }: TrafficVerdict): string {
  const said = verdict === null ? "-" : `${verdict.class} ${verdict.probability.toFixed(4)}`;
  const doubt = stages?.attack?.isAttack === false ? ` (${stages.attack.class} by the second stage)` : "";
  return `${subjectText(subject)}  ${said}${doubt}\n`;
}

/** A verdict as a line of JSON. */
export function verdictJson({ subject, verdict, stages }: TrafficVerdict): string {
  const { class: name = null, probability = null, isAttack = null } = verdict ?? {};
  const whose = "row" in subject ? subject : { ...subject, start: timeText(subject.start) };
  return `${JSON.stringify({ ...whose, class: name, probability, isAttack, ...stages })}\n`;
}

/** Whose a verdict is, for people. */
export function subjectText(subject: Subject): string {
  if ("row" in subject) return `row ${subject.row + 1}`;
  const { start, source, sourcePort, destination, destinationPort, protocol } = subject;
  return `${timeText(start)}  ${endText(source, sourcePort)} > ${endText(destination, destinationPort)} ${protocol}`;
}

function endText(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** ISO 8601 with microseconds; a dash for a time that is not known. */
function timeText(microseconds: number): string {
  const date = new Date(Math.floor(microseconds / 1000));
  if (Number.isNaN(date.getTime())) return "-";
  return `${date.toISOString().slice(0, -1)}${String(microseconds % 1000).padStart(3, "0")}Z`;
}
