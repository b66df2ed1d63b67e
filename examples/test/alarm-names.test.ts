import type { ConnectionRecord, FlowRecord } from "@mlsec/flows";
import { describe, expect, it } from "vitest";
import { AlarmNames } from "../shared/live/alarm-names.js";

const ends = { source: "10.0.0.1", sourcePort: 4000, destination: "10.0.0.9", destinationPort: 80 };
const back = { source: "10.0.0.9", sourcePort: 80, destination: "10.0.0.1", destinationPort: 4000 };
const alarm = { class: "Attack", probability: 0.9, isAttack: true };
const named = (name: string) => ({ class: name, probability: 1, isAttack: name !== "BENIGN" });
const seconds = 1_000_000;

const connection = (over: Partial<ConnectionRecord> = {}): ConnectionRecord => ({
  ...{ start: 1000 * seconds, duration: 10 * seconds, protocol: "tcp", ...ends, service: null, state: "SF" },
  ...{ sourceBytes: 1, destinationBytes: 1, sourcePackets: 1, destinationPackets: 1 },
  ...{ sourceFrameBytes: 60, destinationFrameBytes: 60, wrongFragments: 0, urgentPackets: 0, ...over },
});

const flow = (packets: number, over: Partial<FlowRecord> = {}): FlowRecord => ({
  ...{ id: "", ...ends, protocol: 6, start: 1000 * seconds, last: 1010 * seconds, end: "finished" },
  ...{ values: Float64Array.of(80, 0, packets, 0), ...over },
});

const classOf = (names: AlarmNames): (string | undefined)[] => names.take(true).map(({ verdict }) => verdict?.class);

describe("the names of alarms", () => {
  it("are those of the flow with the most packets of the same ends, whichever came first", () => {
    const parts = [
      () => names.addFlow(flow(3, back), named("DDoS")),
      () => names.addFlow(flow(9, { start: 1005 * seconds }), named("PortScan")),
      () => names.addAlarm(connection(), alarm),
    ];
    let names = new AlarmNames();
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      names = new AlarmNames();
      for (const part of order) parts[part]!();
      expect(names.take(false)).toEqual([]);
      expect(classOf(names)).toEqual(["PortScan"]);
    }
  });

  it("are not those of other ports, protocols or times, nor of flows that could not be judged", () => {
    const names = new AlarmNames();
    names.addFlow(flow(9, { sourcePort: 4001 }), named("DDoS"));
    names.addFlow(flow(9, { protocol: 17 }), named("DDoS"));
    names.addFlow(flow(9, { start: 900 * seconds, last: 999 * seconds }), named("DDoS"));
    names.addFlow(flow(9, { start: 1011 * seconds, last: 1020 * seconds }), named("DDoS"));
    names.addFlow(flow(9), null);
    names.addAlarm(connection(), alarm);
    expect(classOf(names)).toEqual(["Attack"]);
    expect(names.unnamed).toBe(1);
  });

  it("are of ICMP by addresses alone: its type and code are no ports of a flow", () => {
    const names = new AlarmNames();
    names.addFlow(flow(4, { protocol: 1, sourcePort: 0, destinationPort: 0 }), named("DDoS"));
    names.addAlarm(connection({ protocol: "icmp", sourcePort: 8, destinationPort: 0 }), alarm);
    expect(classOf(names)).toEqual(["DDoS"]);
  });

  it("stay with the alarm where the classifier says that it is none", () => {
    const names = new AlarmNames();
    names.addFlow(flow(4), named("BENIGN"));
    names.addAlarm(connection(), alarm);
    expect(names.take(true)).toMatchObject([
      { verdict: alarm, stages: { threat: alarm, attack: { class: "BENIGN" } } },
    ]);
  });

  it("come before their time where too many wait, the first ones first", () => {
    const names = new AlarmNames({ maxWaiting: 2 });
    for (const port of [1, 2, 3]) names.addAlarm(connection({ sourcePort: port }), alarm);
    expect(names.take(false)).toMatchObject([{ subject: { sourcePort: 1 } }]);
    expect([names.early, names.take(true).length]).toEqual([1, 2]);
  });

  it("come once the capture has gone on for longer than a flow can wait", () => {
    const names = new AlarmNames();
    names.addAlarm(connection(), alarm);
    names.addFlow(flow(1, { sourcePort: 1, last: 1190 * seconds }), named("DDoS"));
    expect(names.take(false)).toEqual([]);
    names.addFlow(flow(1, { sourcePort: 1, last: 1191 * seconds }), named("DDoS"));
    expect(names.take(false)).toHaveLength(1);
    expect(names.take(true)).toEqual([]);
  });
});
