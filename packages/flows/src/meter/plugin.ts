import type { PacketBatch } from "../packets/packet-batch.js";

/** The packet that a plugin is told of: packet `index` of a batch. Valid during the call. */
export interface FlowPacket {
  readonly batch: PacketBatch;
  readonly index: number;
  /** Whether it goes the way of its flow. */
  readonly isForward: boolean;
}

/**
 * A user's own features: what is to be kept of a flow, how a packet changes it, and what comes of it. Values must be numbers;
 * the meter's memory bound does not know of what a plugin keeps.
 *
 * ```ts
 * const hops: FlowPlugin<{ ports: Set<number> }> = {
 *   columns: ["Distinct Fwd Windows"],
 *   onStart: () => ({ ports: new Set() }),
 *   onPacket: (state, { batch, index, isForward }) => isForward && state.ports.add(batch.window[index]!),
 *   onEnd: ({ ports }) => [ports.size],
 * };
 * ```
 */
export interface FlowPlugin<State = unknown> {
  /** Names of its features: columns after all others. */
  readonly columns: readonly string[];
  /** Called with a flow's first packet, before `onPacket` with the same one. */
  onStart(packet: FlowPacket): State;
  onPacket(state: State, packet: FlowPacket): unknown;
  /** As many values as there are columns. */
  onEnd(state: State): readonly number[];
}
