import { describe, expect, it } from "vitest";
import {
  IpProtocol,
  LinkType,
  meterTable,
  type Packet,
  type PacketIssues,
  type PacketSource,
  type PacketSpec,
  readPackets,
  type Tunnels,
  writePcap,
} from "../../src/index.js";
import { buildFrame } from "../../src/packets/build-frame.js";
import { A, B, T0, tcp, udp } from "../captures.js";
import { traffic } from "../meter/traffic.js";

/** Ends of the tunnels. */
const ENDS = { source: "203.0.113.1", destination: "203.0.113.2" };
const IN_V6 = { source: "2001:db8::a", destination: "2001:db8::b" };

async function read(source: PacketSource, tunnels: Tunnels): Promise<{ packets: Packet[]; issues?: PacketIssues }> {
  let issues: PacketIssues | undefined;
  const packets: Packet[] = [];
  for await (const packet of readPackets(source, { tunnels, onIssues: (found) => (issues = found) }))
    packets.push(packet);
  return issues === undefined ? { packets } : { packets, issues };
}

type Wrap = (frame: Uint8Array) => Uint8Array;

const inUdp =
  (destinationPort: number, header: readonly number[], from: (frame: Uint8Array) => Uint8Array = (all) => all): Wrap =>
  (frame) =>
    outer(IpProtocol.udp, Uint8Array.of(...header, ...from(frame)), { sourcePort: 50_000, destinationPort });
const inIp =
  (protocol: number, header: readonly number[], from: (frame: Uint8Array) => Uint8Array = ipOf, ends = ENDS): Wrap =>
  (frame) =>
    outer(protocol, Uint8Array.of(...header, ...from(frame)), ends);

function outer(protocol: number, payload: Uint8Array, more: Partial<PacketSpec>): Uint8Array {
  return buildFrame({ time: T0, ...ENDS, protocol, payload, ...more });
}
/** The IP packet of a frame. */
function ipOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(14);
}

const VXLAN = [0x08, 0, 0, 0, 0, 0, 42, 0];
/** Every tunnel that is opened, by what is before the packet in it. */
const WRAPS: Readonly<Record<string, Wrap>> = {
  "IPv4 in IPv4": inIp(4, []),
  "IPv4 in IPv6": inIp(4, [], ipOf, IN_V6),
  GRE: inIp(47, [0, 0, 8, 0]),
  "GRE with checksum, key and sequence number": inIp(47, [0xb0, 0, 8, 0, ...Array<number>(12).fill(7)]),
  "GRE of Ethernet": inIp(47, [0x20, 0, 0x65, 0x58, 0, 0, 0, 9], (frame) => frame),
  "ERSPAN I": inIp(47, [0, 0, 0x88, 0xbe], (frame) => frame),
  "ERSPAN II": inIp(47, [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, ...Array<number>(8).fill(0x11)], (frame) => frame),
  "ERSPAN III": inIp(47, [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, ...Array<number>(12).fill(0)], (frame) => frame),
  "ERSPAN III with a platform's header": inIp(
    47,
    [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, ...Array<number>(11).fill(0), 1, ...Array<number>(8).fill(5)],
    (frame) => frame,
  ),
  "PPTP with an answer": inIp(47, [0x30, 0x81, 0x88, 0x0b, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 3, 0, 0x21]),
  "PPTP, protocol in one byte": inIp(47, [0x30, 0x01, 0x88, 0x0b, 0, 0, 0, 9, 0, 0, 0, 1, 0x21]),
  "GRE in UDP": inUdp(4754, [0, 0, 8, 0], ipOf),
  VXLAN: inUdp(4789, VXLAN),
  Geneve: inUdp(6081, [0, 0, 0x65, 0x58, 0, 0, 1, 0]),
  "Geneve of IP, with options": inUdp(6081, [2, 0, 8, 0, 0, 0, 1, 0, ...Array<number>(8).fill(3)], ipOf),
  "GTP-U": inUdp(2152, [0x30, 255, 0, 0, 0, 0, 0, 1], ipOf),
  "GTP-U with a sequence number": inUdp(2152, [0x32, 255, 0, 0, 0, 0, 0, 1, 0, 5, 0, 0], ipOf),
  "GTP-U with extensions": inUdp(
    2152,
    [0x34, 255, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0x10, 9, 0xc0, 2, 1, 2, 3, 4, 5, 6, 0],
    ipOf,
  ),
};

const wrapped = (wrap: Wrap, specs: readonly PacketSpec[], linkType?: number): Uint8Array =>
  writePcap(
    specs.map((spec) => ({ time: spec.time, frame: wrap(buildFrame(spec)) })),
    { linkType },
  );

describe("tunnels", () => {
  it.each(Object.entries(WRAPS))("are opened: %s", async (_, wrap) => {
    const capture = wrapped(wrap, [tcp(0, ">", "S", 5, { sequence: 77 })]);
    const inner = { version: 4, source: A, destination: B, protocol: 6, destinationPort: 80, sequence: 77, payload: 5 };
    const open = await read(capture, "open");
    expect(open).toEqual({ packets: [expect.objectContaining({ ...inner, tunnels: 1 })] });
    const closed = await read(capture, "leave");
    expect(closed).toEqual({ packets: [expect.objectContaining({ tunnels: 0 })] });
    expect(closed.packets[0]!.source).not.toBe(A);
  });

  it.each(["VXLAN", "GRE of Ethernet", "GTP-U with extensions", "IPv4 in IPv6"])(
    "give the very flows that are in them: %s",
    async (name) => {
      const specs = traffic(5, 1500, 60, 300_000);
      const plain = await meterTable(writePcap(specs), { profile: "cic-fixed" });
      const options = { profile: "cic-fixed", tunnels: "open" } as const;
      const inside = await meterTable(wrapped(WRAPS[name]!, specs), options);
      expect(plain.rows).toBeGreaterThan(60);
      for (const column of plain.names) expect(inside.column(column)).toEqual(plain.column(column));
    },
  );

  it("are opened in each other, eight at most", async () => {
    const nested = (depth: number): Wrap => {
      const wraps = Object.values(WRAPS);
      return (frame) => Array.from({ length: depth }).reduce<Uint8Array>((all, _, k) => wraps[k]!(all), frame);
    };
    const [eight] = (await read(wrapped(nested(8), [udp(0, ">", 3)]), "open")).packets;
    expect(eight).toMatchObject({ tunnels: 8, source: A, destinationPort: 53 });
    const [nine] = (await read(wrapped(nested(9), [udp(0, ">", 3)]), "open")).packets;
    expect(nine).toMatchObject({ tunnels: 8, source: ENDS.source, protocol: 4 });
  });

  it.each([
    ["VXLAN without its flag", inUdp(4789, [0, 0, 0, 0, 0, 0, 42, 0])],
    ["VXLAN from its port", (frame: Uint8Array) => outer(17, Uint8Array.of(...VXLAN, ...frame), { sourcePort: 4789 })],
    ["Geneve of another version", inUdp(6081, [0x40, 0, 0x65, 0x58, 0, 0, 1, 0])],
    [
      "Geneve whose options end beyond the packet",
      inUdp(6081, [63, 0, 0x65, 0x58, 0, 0, 1, 0], () => new Uint8Array()),
    ],
    ["GTP's own messages", inUdp(2152, [0x32, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0], ipOf)],
    ["GTP-U with an extension of no length", inUdp(2152, [0x34, 255, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x85, 0, 0], ipOf)],
    ["GTP-U of no IP", inUdp(2152, [0x30, 255, 0, 0, 0, 0, 0, 1, 0], ipOf)],
    ["GRE with a source route", inIp(47, [0x40, 0, 8, 0, 0, 0, 0, 0])],
    ["GRE of a version that is none", inIp(47, [0, 5, 8, 0])],
    ["control packets of PPTP's link", inIp(47, [0x30, 1, 0x88, 0x0b, 0, 0, 0, 9, 0, 0, 0, 1, 0xc0, 0x21])],
    ["a header that is cut off", inUdp(4789, [8, 0], () => new Uint8Array())],
  ])("stay closed where there is none: %s", async (_, wrap) => {
    const { packets, issues } = await read(wrapped(wrap, [tcp(0, ">", "S")]), "open");
    expect(issues).toBeUndefined();
    expect(packets[0]).toMatchObject({ tunnels: 0, version: 4, source: ENDS.source });
  });

  it("with no IP in them hold a packet of no IP, with a damaged one a damaged one", async () => {
    const arp = Uint8Array.from([...Array<number>(12).fill(0), 8, 6, ...Array<number>(28).fill(0)]);
    const damaged = buildFrame(tcp(0, ">", "S"));
    damaged[14 + 20 + 12] = 0x10;
    const frames = [arp, damaged].map((frame) => ({ time: T0, frame: WRAPS["VXLAN"]!(frame) }));
    const { packets, issues } = await read(writePcap(frames), "open");
    expect(packets.map(({ version, tunnels }) => [version, tunnels])).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(issues!.counts).toEqual([{ kind: "malformed-packet", count: 1 }]);
  });

  it("of which a later fragment is there stay closed", async () => {
    const fragment = { ...ENDS, time: T0, protocol: 4, payload: 64, fragmentOffset: 1480 };
    const [packet] = (await read(writePcap([fragment]), "open")).packets;
    expect(packet).toMatchObject({ tunnels: 0, source: ENDS.source });
  });

  it("are left or opened, and nothing else", async () => {
    const shut = read(writePcap([]), "shut" as Tunnels);
    await expect(shut).rejects.toMatchObject({ code: "invalid-option" });
  });
});

describe("frames with more before the packet", () => {
  const SNAP = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
  const RADIOTAP = [0, 0, 9, 0, 0, 0, 0, 0, 0];
  const macs = (bytes: number): number[] => Array<number>(bytes).fill(2);
  const DATA = [0x08, 0x01, 0, 0, ...macs(18), 0, 0];
  const behind =
    (header: readonly number[]): Wrap =>
    (frame) =>
      Uint8Array.of(...header, ...ipOf(frame));

  it.each([
    ["VN-Tag", LinkType.ethernet, [...macs(12), 0x89, 0x26, 0, 0, 0, 0, 0x81, 0, 0, 7, 8, 0]],
    ["a provider backbone bridge's", LinkType.ethernet, [...macs(12), 0x88, 0xe7, 0, 0, 0, 1, ...macs(12), 8, 0]],
    ["FabricPath's", LinkType.ethernet, [...macs(12), 0x89, 3, 0, 0x40, ...macs(12), 8, 0]],
    ["PPP", LinkType.ppp, [0, 0x21]],
    ["PPP with an address, short", LinkType.pppHdlc, [0xff, 3, 0x21]],
    ["802.11", LinkType.wireless, [...DATA, ...SNAP]],
    ["802.11 of four addresses", LinkType.wireless, [0x08, 0x03, 0, 0, ...macs(26), ...SNAP]],
    ["802.11 with QoS and HT", LinkType.wireless, [0x88, 0x81, 0, 0, ...macs(20), 0, 0, ...macs(4), ...SNAP]],
    ["radiotap", LinkType.radiotap, [...RADIOTAP, ...DATA, ...SNAP]],
  ] as const)("are read: %s", async (_, linkType, header) => {
    const { packets, issues } = await read(wrapped(behind(header), [udp(0, ">", 6)], linkType), "leave");
    expect(issues).toBeUndefined();
    expect(packets[0]).toMatchObject({ version: 4, source: A, destinationPort: 53, payload: 6 });
  });

  it.each([
    ["802.11 that is encrypted", LinkType.wireless, [0x08, 0x41, 0, 0, ...macs(20), ...SNAP]],
    ["802.11 of management", LinkType.wireless, [0x80, 0, 0, 0, ...macs(20), ...SNAP]],
    ["802.11 without data", LinkType.wireless, [0x48, 1, 0, 0, ...macs(20), ...SNAP]],
    ["802.11 of several packets", LinkType.wireless, [0x88, 1, 0, 0, ...macs(20), 0x80, 0, ...SNAP]],
    ["radiotap of another version", LinkType.radiotap, [1, 0, 9, 0, 0, 0, 0, 0, 0, ...DATA, ...SNAP]],
    ["PPP's control", LinkType.ppp, [0xc0, 0x21]],
  ] as const)("are passed over: %s", async (_, linkType, header) => {
    const { packets, issues } = await read(wrapped(behind(header), [udp(0, ">", 6)], linkType), "leave");
    expect([packets[0]!.version, issues]).toEqual([0, undefined]);
  });

  it.each([
    ["802.11", LinkType.wireless, DATA],
    ["radiotap", LinkType.radiotap, [0, 0, 200, 0]],
    ["PPP", LinkType.ppp, [0]],
  ] as const)("are cut off: %s", async (_, linkType, frame) => {
    const { issues } = await read(writePcap([{ time: T0, frame: Uint8Array.from(frame) }], { linkType }), "leave");
    expect(issues!.counts).toEqual([{ kind: "truncated-packet", count: 1 }]);
  });
});
