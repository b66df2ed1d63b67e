import { MlsecError } from "@mlsec/preprocess";
import type { PacketBatch } from "../packets/packet-batch.js";
import type { FlowPacket, FlowPlugin } from "./plugin.js";

/** What plugins keep of open flows. */
export class PluginStates {
  private readonly states: unknown[][] = [];

  constructor(private readonly plugins: readonly FlowPlugin[]) {}

  /** The first packet of a flow. */
  start(flow: number, batch: PacketBatch, index: number, isForward: boolean): void {
    if (this.plugins.length === 0) return;
    const packet: FlowPacket = { batch, index, isForward };
    this.states[flow] = this.plugins.map((plugin) => plugin.onStart(packet));
    this.packet(flow, batch, index, isForward);
  }

  packet(flow: number, batch: PacketBatch, index: number, isForward: boolean): void {
    if (this.plugins.length === 0) return;
    const packet: FlowPacket = { batch, index, isForward };
    const states = this.states[flow]!;
    for (let k = 0; k < this.plugins.length; k++) this.plugins[k]!.onPacket(states[k], packet);
  }

  /** The values of a flow that has ended. @throws MlsecError `plugin-values`. */
  values(flow: number): number[] {
    return this.plugins.flatMap((plugin, k) => {
      const values = plugin.onEnd(this.states[flow]![k]);
      if (values.length === plugin.columns.length) return values;
      throw new MlsecError(
        "plugin-values",
        `A plugin gave ${values.length} values for its ${plugin.columns.length} columns.`,
        { columns: plugin.columns, got: values.length },
      );
    });
  }
}
