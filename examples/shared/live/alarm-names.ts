import type { ConnectionRecord, FlowRecord } from "@mlsec/flows";
import { inTwoStages, type StageVerdict, type TrafficVerdict } from "./traffic-verdict.js";

/** How long an alarm waits for flows, in microseconds of the capture: a flow is given out 120 s after its begin, or little later. */
const PATIENCE = 180_000_000;
/** Flows that are remembered for connections that have not ended: at least half of them. */
const MAX_REMEMBERED = 1_000_000;
/** Alarms that wait for their flows; beyond it the first ones are named by the flows that have come. */
const MAX_WAITING = 1_000_000;

interface NamedFlow {
  readonly start: number;
  readonly last: number;
  readonly packets: number;
  readonly verdict: StageVerdict;
}

interface Alarm {
  readonly record: ConnectionRecord;
  readonly threat: StageVerdict;
  /** The capture's time at which all flows of it have been given out. */
  readonly due: number;
}

/**
 * Names alarms on connections by the flows of the same packets. The two are different units (a connection ends by Zeek's rules,
 * a flow by the meter's), so this is what belongs together: the same two addresses and ports, the same protocol (all but TCP
 * and UDP count as one, without ports), and a time in common. Of several flows the one with the most packets names the alarm,
 * of equals the one that began first. That does not depend on which of the two ended first.
 */
export class AlarmNames {
  private readonly maxWaiting: number;
  private readonly alarms: Alarm[] = [];
  private flows = new Map<string, NamedFlow[]>();
  private olderFlows = new Map<string, NamedFlow[]>();
  private remembered = 0;
  private olderRemembered = 0;
  private now = Number.NEGATIVE_INFINITY;
  /** Flows that were forgotten, whose connections may have had no end yet. */
  forgotten = 0;
  /** Alarms that did not wait as long as they should have, to make room. */
  early = 0;
  /** Alarms of which no flow told. */
  unnamed = 0;

  constructor({ maxWaiting = MAX_WAITING }: { readonly maxWaiting?: number } = {}) {
    this.maxWaiting = maxWaiting;
  }

  /** @param verdict the classifier's; null for a flow that it cannot judge, which names nothing. */
  addFlow(flow: FlowRecord, verdict: StageVerdict | null): void {
    this.now = Math.max(this.now, flow.last);
    if (verdict === null) return;
    if (this.remembered >= MAX_REMEMBERED / 2) this.forgetOlder();
    const { start, last, values } = flow;
    const key = keyOf(flow, flow.protocol === 6 ? "tcp" : flow.protocol === 17 ? "udp" : "");
    const named = { start, last, packets: values[2]! + values[3]!, verdict };
    const same = this.flows.get(key);
    if (same === undefined) this.flows.set(key, [named]);
    else same.push(named);
    this.remembered++;
  }

  /** Keeps an alarm until it can be named. */
  addAlarm(record: ConnectionRecord, threat: StageVerdict): void {
    this.now = Math.max(this.now, record.start + (record.duration ?? 0));
    this.alarms.push({ record, threat, due: this.now + PATIENCE });
  }

  /** The alarms whose flows have all been given out, in the order in which they came; all, where the capture has ended. */
  take(hasEnded: boolean): TrafficVerdict[] {
    const waiting = this.alarms.findIndex(({ due }) => !hasEnded && due >= this.now);
    const due = waiting === -1 ? this.alarms.length : waiting;
    const excess = Math.max(this.alarms.length - this.maxWaiting - due, 0);
    this.early += excess;
    const ready = this.alarms.splice(0, due + excess);
    return ready.map(({ record, threat }) => ({ subject: record, ...inTwoStages(threat, this.nameOf(record)) }));
  }

  private nameOf(record: ConnectionRecord): StageVerdict | null {
    const { start, duration, protocol } = record;
    const key = keyOf(record, protocol === "tcp" || protocol === "udp" ? protocol : "");
    const end = start + (duration ?? 0);
    const together = [...(this.olderFlows.get(key) ?? []), ...(this.flows.get(key) ?? [])].filter(
      (flow) => flow.start <= end && flow.last >= start,
    );
    const [most] = together.sort((a, b) => b.packets - a.packets || a.start - b.start);
    if (most === undefined) this.unnamed++;
    return most?.verdict ?? null;
  }

  private forgetOlder(): void {
    this.forgotten += this.olderRemembered;
    [this.olderFlows, this.olderRemembered] = [this.flows, this.remembered];
    [this.flows, this.remembered] = [new Map(), 0];
  }
}

/** The ends in either direction, without ports where the protocol has none. */
function keyOf(
  of: Pick<FlowRecord, "source" | "sourcePort" | "destination" | "destinationPort">,
  transport: "tcp" | "udp" | "",
): string {
  const [a, b] =
    transport === ""
      ? [of.source, of.destination]
      : [`${of.source} ${of.sourcePort}`, `${of.destination} ${of.destinationPort}`];
  return `${transport} ${a < b ? `${a} ${b}` : `${b} ${a}`}`;
}
