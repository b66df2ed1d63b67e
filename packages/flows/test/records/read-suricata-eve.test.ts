import { gzipSync } from "node:zlib";
import { type ReadSuricataEveOptions, readSuricataEve } from "@mlsec/flows";
import type { ReadIssues } from "@mlsec/preprocess";
import { describe, expect, it } from "vitest";
import { recordsOf, rejectionOf } from "../support.js";

const FLOW = {
  timestamp: "2026-01-02T03:04:10.000000+0000",
  flow_id: 1959620435402694,
  event_type: "flow",
  src_ip: "10.0.0.1",
  src_port: 40000,
  dest_ip: "10.0.0.9",
  dest_port: 80,
  proto: "TCP",
  app_proto: "http",
  flow: {
    pkts_toserver: 6,
    pkts_toclient: 4,
    bytes_toserver: 500,
    bytes_toclient: 300,
    start: "2026-01-02T04:04:05.250000+0100",
    end: "2026-01-02T03:04:06.750001+0000",
    age: 1,
    state: "closed",
    reason: "timeout",
    alerted: false,
  },
  tcp: { tcp_flags: "1b", tcp_flags_ts: "1b", tcp_flags_tc: "1b", syn: true, state: "closed" },
};
const RECORD = {
  start: Date.UTC(2026, 0, 2, 3, 4, 5) * 1000 + 250_000,
  duration: 1_500_001,
  protocol: "tcp",
  source: "10.0.0.1",
  sourcePort: 40_000,
  destination: "10.0.0.9",
  destinationPort: 80,
  service: "http",
  state: "SF",
  sourceBytes: null,
  destinationBytes: null,
  sourcePackets: 6,
  destinationPackets: 4,
  sourceFrameBytes: 500,
  destinationFrameBytes: 300,
  wrongFragments: null,
  urgentPackets: null,
};

function lines(...events: object[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}

function read(text: string | Uint8Array, options?: ReadSuricataEveOptions) {
  return recordsOf(readSuricataEve(text, options));
}

/** The two events of netflow that Suricata writes of `FLOW`. */
function netflow(flow_id: number, port: number): [object, object] {
  const common = { event_type: "netflow", flow_id, proto: "TCP" };
  const { start, end } = FLOW.flow;
  return [
    {
      ...common,
      ...{ src_ip: "10.0.0.1", src_port: port, dest_ip: "10.0.0.9", dest_port: 80, app_proto: "http" },
      ...{ netflow: { pkts: 6, bytes: 500, start, end }, tcp: { tcp_flags: "1b" } },
    },
    {
      ...common,
      ...{ src_ip: "10.0.0.9", src_port: 80, dest_ip: "10.0.0.1", dest_port: port, app_proto: "failed" },
      ...{ netflow: { pkts: 4, bytes: 300, start, end }, tcp: { tcp_flags: "1b" } },
    },
  ];
}

describe("flow events", () => {
  it("become records; other events are passed over", async () => {
    const text = lines({ event_type: "alert", flow: { start: "no time" } }, FLOW, { event_type: "stats" });
    expect(await read(text)).toEqual([RECORD]);
    expect(await read(new Uint8Array(gzipSync(text)))).toEqual([RECORD]);
  });

  it("have a service only where Suricata knew it", async () => {
    const [failed, unknown, none] = await read(
      lines({ ...FLOW, app_proto: "failed" }, { ...FLOW, app_proto: "unknown" }, { ...FLOW, app_proto: undefined }),
    );
    expect([failed!.service, unknown!.service, none!.service]).toEqual([null, null, null]);
  });

  it("of UDP and ICMP have the states that Zeek gives them, and ICMP its type and code", async () => {
    const { src_port: _, dest_port: __, tcp: ___, ...bare } = FLOW;
    const ping = { ...bare, proto: "IPv6-ICMP", icmp_type: 128, icmp_code: 0, app_proto: undefined };
    const udp = { ...FLOW, proto: "UDP", tcp: undefined };
    const lone = { ...udp, flow: { ...FLOW.flow, pkts_toclient: 0 } };
    const esp = { ...bare, proto: "ESP" };
    const records = await read(lines(ping, udp, lone, esp));
    expect(
      records.map(({ protocol, sourcePort, destinationPort, state }) => [protocol, sourcePort, destinationPort, state]),
    ).toEqual([
      ["icmp", 128, 0, "OTH"],
      ["udp", 40_000, 80, "SF"],
      ["udp", 40_000, 80, "S0"],
      ["esp", 0, 0, "OTH"],
    ]);
  });

  it("without flags have the state of the flow", async () => {
    const without = (state: string, pkts_toclient: number): object => ({
      ...FLOW,
      tcp: { tcp_flags_ts: "00", tcp_flags_tc: "00" },
      flow: { ...FLOW.flow, state, pkts_toclient },
    });
    const records = await read(
      lines(
        without("new", 0),
        without("new", 1),
        without("established", 3),
        without("closed", 3),
        without("bypassed", 3),
      ),
    );
    expect(records.map(({ state }) => state)).toEqual(["S0", "OTH", "S1", "SF", "OTH"]);
  });

  it("have an estimate of payload where that is asked for", async () => {
    const estimate = async (event: object): Promise<(number | null)[]> => {
      const [record] = await read(lines(event), { payload: "estimate" });
      return [record!.sourceBytes, record!.destinationBytes];
    };
    // Ethernet 14, IPv4 20, TCP 20: 500 - 6 × 54 = 176, 300 - 4 × 54 = 84.
    expect(await estimate(FLOW)).toEqual([176, 84]);
    // A side that never pushed sent no data; the SYN's options are none.
    expect(await estimate({ ...FLOW, tcp: { tcp_flags_ts: "12", tcp_flags_tc: "1b" } })).toEqual([0, 84]);
    // UDP over IPv6: 14 + 40 + 8, 500 - 6 × 62 = 128, 300 - 4 × 62 = 52.
    expect(await estimate({ ...FLOW, proto: "UDP", src_ip: "fe80::1", tcp: undefined })).toEqual([128, 52]);
    // Counts that cannot be: never less than nothing.
    expect(await estimate({ ...FLOW, flow: { ...FLOW.flow, bytes_toserver: 1 } })).toEqual([0, 84]);
  });
});

describe("netflow events", () => {
  it("are paired by flow and direction, also where other events come between", async () => {
    const [there, back] = netflow(7, 40_000);
    const [otherThere, otherBack] = netflow(8, 40_001);
    const records = await read(lines(there, otherThere, { event_type: "dns" }, back, otherBack));
    expect(records).toEqual([RECORD, { ...RECORD, sourcePort: 40_001 }]);
  });

  it("stand alone without an answer, at the end or where too many others came", async () => {
    const [there] = netflow(7, 40_000);
    const alone = { ...RECORD, state: "SH", destinationPackets: 0, destinationFrameBytes: 0 };
    expect(await read(lines(there))).toEqual([alone]);
    const others = Array.from({ length: 1024 }, (_, at) => netflow(100 + at, 50_000)[0]);
    const [first] = await read(lines(there, ...others));
    expect(first).toEqual(alone);
  });

  it("are not paired with what is not the other direction, or has no flow", async () => {
    const [there, back] = netflow(7, 40_000);
    expect(await read(lines(there, there))).toHaveLength(2);
    expect(await read(lines(there, { ...back, src_port: 81 }))).toHaveLength(2);
    expect(await read(lines({ ...there, flow_id: undefined }, { ...back, flow_id: undefined }))).toHaveLength(2);
  });

  it("are not read beside flow events of the same connections, unless that is asked for", async () => {
    const [there, back] = netflow(7, 40_000);
    const text = lines(FLOW, there, back);
    expect(await read(text)).toEqual([RECORD]);
    expect(await read(lines(there, FLOW, back))).toEqual([RECORD]);
    expect(await read(text, { events: "netflow" })).toEqual([RECORD]);
    expect(await read(lines(there, back), { events: "flow" })).toEqual([]);
  });
});

describe("faults", () => {
  it("are told with row, field and value, and treated as the policy says", async () => {
    const text = lines(
      FLOW,
      { ...FLOW, flow: { ...FLOW.flow, start: undefined } },
      { ...FLOW, src_port: 70_000 },
      { ...FLOW, flow: { ...FLOW.flow, pkts_toserver: 1.5 } },
    );
    const error = await rejectionOf(read(text));
    expect(error.code).toBe("record-issues");
    const issues = error.details["issues"] as ReadIssues["first"];
    expect(issues.map(({ kind, row, column }) => [kind, row, column])).toEqual([
      ["missing-value", 1, "flow.start"],
      ["not-a-port", 2, "src_port"],
      ["not-a-number", 3, "flow.pkts_toserver"],
    ]);
    expect(await read(text, { policy: "missing" })).toEqual([
      RECORD,
      { ...RECORD, start: Number.NaN, duration: null },
      { ...RECORD, sourcePackets: null },
    ]);
    expect(await read(text, { policy: "drop-row" })).toEqual([RECORD]);
  });

  it("of a netflow leave out its half alone", async () => {
    const [there, back] = netflow(7, 40_000);
    const records = await read(lines({ ...there, src_port: "x" }, back), { policy: "drop-row" });
    expect(records.map(({ source, destinationPackets }) => [source, destinationPackets])).toEqual([["10.0.0.9", 0]]);
  });
});
