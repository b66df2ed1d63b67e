import { type ConnectionRecord, type FlowRecord, kddFeatures, meterFlows, readConnections } from "@mlsec/flows";
import { concatTables, type Table } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { type Capture, captureOf, captureSource } from "../data/capture.js";
import { type AttackWindow, BENIGN, FLOW_FEATURES } from "../data/index.js";
import { ALL_ATTACKS } from "../data/mixes.js";
import { normalBehaviours } from "../data/normal-connections.js";
import type { Behaviour } from "../data/scene.js";

/** What the package makes of a capture. */
export interface Metered {
  readonly attacks: readonly AttackWindow[];
  readonly flows: readonly FlowRecord[];
  readonly records: readonly ConnectionRecord[];
  readonly rows: Table;
}

export async function metered(make: () => Capture): Promise<Metered> {
  const capture = make();
  const flows: FlowRecord[] = [];
  for await (const flow of meterFlows(captureSource(capture), { profile: "cic2017" })) flows.push(flow);
  const batches = [];
  for await (const batch of kddFeatures(readConnections(captureSource(make())), { lateness: 100_000 }))
    batches.push(batch);
  const records = batches.flatMap((batch) => batch.records);
  return { attacks: capture.attacks, flows, records, rows: concatTables(batches.map(({ table }) => table)) };
}

/** One kind of attack alone. */
export function alone(label: string, connections: number): Promise<Metered> {
  return only(label, ALL_ATTACKS.get(label)!, connections);
}

/** One kind of ordinary use alone: what an attack of the same services is to be told from. */
export function ordinary(kind: keyof typeof normalBehaviours, connections: number): Promise<Metered> {
  return only(BENIGN, normalBehaviours[kind]!, connections);
}

function only(label: string, behaviour: Behaviour, connections: number): Promise<Metered> {
  return metered(() => captureOf([{ label, behaviour, connections }], 600, false, Random.seeded(11)));
}

export const feature = (flow: FlowRecord, name: string): number =>
  flow.values[FLOW_FEATURES.findIndex((column) => column.trim() === name)]!;
export const packetsOf = (flow: FlowRecord): number =>
  feature(flow, "Total Fwd Packets") + feature(flow, "Total Backward Packets");
/** Flows that begin with a SYN, rather than what is left after a FIN. */
export const whole = (flows: readonly FlowRecord[]): FlowRecord[] =>
  flows.filter((flow) => feature(flow, "PSH Flag Count") === 1);
export const median = (values: Iterable<number>): number => {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1]!;
};
export const distinct = (values: Iterable<string | number>): number => new Set(values).size;
export const shareOf = <T>(items: readonly T[], test: (item: T) => boolean): number =>
  items.filter(test).length / items.length;
/** Items by what they have in common. */
export function grouped<T>(items: Iterable<T>, keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
