import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  IpProtocol,
  LinkType,
  type Packet,
  PacketError,
  type PacketIssues,
  PacketNote,
  type PacketSource,
  type PacketSpec,
  readPacketBatches,
  readPackets,
  TcpFlag,
  writePcap,
} from "../../src/index.js";
import { buildFrame } from "../../src/packets/build-frame.js";
import { A, B, icmp, inChunks, T0, tcp, udp } from "../captures.js";
import { PcapngBytes } from "./pcapng-bytes.js";

async function read(source: PacketSource): Promise<{ packets: Packet[]; issues: PacketIssues | undefined }> {
  let issues: PacketIssues | undefined;
  const packets: Packet[] = [];
  for await (const packet of readPackets(source, { onIssues: (found) => (issues = found) })) packets.push(packet);
  return { packets, issues };
}

/** A frame with something else before its IP packet than Ethernet. */
const behind = (header: readonly number[], spec: PacketSpec): Uint8Array =>
  Uint8Array.from([...header, ...buildFrame(spec).subarray(14)]);

const V6 = { source: "2001:db8::1", destination: "2001:db8:0:1::ff" };

describe("pcap", () => {
  const packets = [
    tcp(0, ">", "SA", 3, { acknowledgement: 0xfffffffe, sequence: 0x80000001 }),
    udp(5, "<", 7),
    icmp(9, ">", 3, 1),
  ];

  it("gives what was written", async () => {
    const { packets: got, issues } = await read(writePcap(packets));
    expect(issues).toBeUndefined();
    expect(got[0]).toMatchObject({
      ...{ number: 1, time: T0, nanoseconds: 0, length: 57, captured: 57, version: 4, source: A, destination: B },
      ...{ ipLength: 43, protocol: 6, sourcePort: 40_000, destinationPort: 80, flags: TcpFlag.syn | TcpFlag.ack },
      ...{ sequence: 0x80000001, acknowledgement: 0xfffffffe, window: 1000, headerLength: 20, payload: 3, vlan: null },
    });
    expect(got[1]).toMatchObject({
      number: 2,
      time: T0 + 5,
      source: B,
      protocol: 17,
      sourcePort: 53,
      headerLength: 8,
      payload: 7,
    });
    expect(got[2]).toMatchObject({ number: 3, protocol: 1, icmpType: 3, icmpCode: 1, sourcePort: 0, payload: 56 });
  });

  it("reads nanoseconds, and both byte orders", async () => {
    const little = writePcap([{ ...packets[0]!, nanoseconds: 789 }], { nanoseconds: true });
    expect((await read(little)).packets[0]).toMatchObject({ time: T0, nanoseconds: 789 });
    const big = little.slice();
    const view = new DataView(big.buffer);
    const turned = (at: number): void => view.setUint32(at, new DataView(little.buffer).getUint32(at, true));
    for (const at of [0, 8, 12, 16, 20, 24, 28, 32, 36]) turned(at);
    expect((await read(big)).packets).toEqual((await read(little)).packets);
  });

  it("reads gzip, and chunks of any size as a whole", async () => {
    const file = writePcap(Array.from({ length: 40 }, (_, k) => tcp(k, k % 3 === 0 ? "<" : ">", "A", (k * 37) % 200)));
    const whole = await read(file);
    expect(whole.packets.length).toBe(40);
    expect(await read(gzipSync(file))).toEqual(whole);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 50 }), async (sizes) => {
        async function* chunks(): AsyncGenerator<Uint8Array> {
          // One buffer for all chunks, as files are read.
          const buffer = new Uint8Array(300);
          for (let at = 0, k = 0; at < file.length; k++) {
            const size = Math.min(sizes[k % sizes.length]!, file.length - at);
            buffer.set(file.subarray(at, at + size));
            yield buffer.subarray(0, size);
            at += size;
          }
        }
        expect(await read(chunks())).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it("gives what lies before the place where a file is cut off, and says where", async () => {
    const file = writePcap(packets);
    for (let end = 4; end < file.length; end++) {
      const { packets: got, issues } = await read(file.subarray(0, end));
      const isWhole = [24, 97, 97 + 65].includes(end);
      expect(issues?.counts ?? [], `of ${end} bytes`).toEqual(isWhole ? [] : [{ kind: "cut-off", count: 1 }]);
      if (!isWhole)
        expect(issues!.first[0]).toMatchObject({
          packet: got.length + 1,
          offset: end < 24 ? 0 : [24, 97, 162][got.length],
        });
    }
  });

  it("stops at a record longer than any, and says where", async () => {
    const file = writePcap(packets);
    new DataView(file.buffer).setUint32(97 + 8, 0x7fffffff, true);
    const { packets: got, issues } = await read(file);
    expect(got.length).toBe(1);
    expect(issues!.first).toMatchObject([{ kind: "bad-record", packet: 2, offset: 97 }]);
  });

  it("gives what a damaged gzip holds before its damage", async () => {
    const many = writePcap(Array.from({ length: 5000 }, (_, k) => tcp(k, ">", "A", (k * 7919) % 900)));
    const packed = gzipSync(many);
    const { packets: got, issues } = await read(packed.subarray(0, packed.length - 200));
    expect(got.length).toBeGreaterThan(100);
    expect(issues!.counts.map(({ kind }) => kind)).toContain("damaged-gzip");
  });

  it.each([
    ["nothing", new Uint8Array(0), /is empty/],
    ["text", new TextEncoder().encode("Flow ID,Src IP"), /46 6c 6f 77/],
  ])("refuses %s", async (_, bytes, message) => {
    const error = await read(bytes).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(PacketError);
    expect(error).toMatchObject({ code: "not-a-capture", message: expect.stringMatching(message) });
  });

  it("fills one batch again and again, and no batch beyond its bound", async () => {
    const file = writePcap(Array.from({ length: 25 }, (_, k) => udp(k, ">", k)));
    const seen = new Set<unknown>();
    const numbers: [number, number][] = [];
    for await (const batch of readPacketBatches(file, { batchPackets: 10 })) {
      seen.add(batch);
      numbers.push([batch.firstNumber, batch.count]);
    }
    expect(numbers).toEqual([
      [1, 10],
      [11, 10],
      [21, 5],
    ]);
    expect(seen.size).toBe(1);
    await expect(readPacketBatches(file, { batchPackets: 0 }).next()).rejects.toMatchObject({ code: "invalid-option" });
  });

  it("is stopped by a signal", async () => {
    const signal = AbortSignal.abort();
    await expect(readPacketBatches(inChunks(writePcap(packets), 10), { signal }).next()).rejects.toMatchObject({
      code: "aborted",
    });
  });
});

describe("pcapng", () => {
  const frame = buildFrame(udp(0, ">", 5));
  const micro = BigInt(T0) + 7n;

  it.each([true, false])(
    "reads sections of either byte order (little: %s), interfaces and their clocks",
    async (isLittle) => {
      const file = new PcapngBytes(isLittle);
      file.interface(LinkType.ethernet, 0).interface(LinkType.raw, 0, [[9, [9]]]);
      // 2⁻²⁰ s, and 100 s that every stamp lacks.
      const offset = [...file.u32(isLittle ? 100 : 0), ...file.u32(isLittle ? 0 : 100)];
      file.interface(LinkType.ethernet, 0, [
        [9, [0x80 | 20]],
        [14, offset],
      ]);
      file
        .packet(0, micro, frame)
        .block(0xbad, [1, 2, 3, 4])
        .packet(1, micro * 1000n + 123n, frame.subarray(14));
      file.packet(2, 5n << 19n, frame);
      const { packets, issues } = await read(file.bytes);
      expect(issues).toBeUndefined();
      const seen = packets.map(({ time, nanoseconds, interfaceId, payload }) => [
        time,
        nanoseconds,
        interfaceId,
        payload,
      ]);
      expect(seen).toEqual([
        [T0 + 7, 0, 0, 5],
        [T0 + 7, 123, 1, 5],
        [102_500_000, 0, 2, 5],
      ]);
    },
  );

  it("reads simple packets, several sections, and packets of no interface", async () => {
    const first = new PcapngBytes().interface(LinkType.ethernet, 20).simple(frame).packet(3, micro, frame).bytes;
    const second = new PcapngBytes(false).interface(LinkType.ethernet, 0).packet(0, micro, frame).bytes;
    const { packets, issues } = await read(Uint8Array.from([...first, ...second]));
    expect(packets.map(({ number, time, captured, version }) => [number, time, captured, version])).toEqual([
      // Cut to the interface's snap length, and without a time: all that a simple packet says.
      [1, 0, 20, 0],
      [2, 0, frame.length, 0],
      [3, T0 + 7, frame.length, 4],
    ]);
    expect(issues!.counts).toEqual([
      { kind: "truncated-packet", count: 1 },
      { kind: "unknown-interface", count: 1 },
    ]);
  });

  it.each([
    ["a length that no block has", (file: Uint8Array) => file.set([13], 32)],
    ["a packet longer than its block", (file: Uint8Array) => file.set([0xff, 0xff], 20 + 28 + 20)],
  ])("stops at %s", async (_, damage) => {
    const file = new PcapngBytes().interface(LinkType.ethernet, 0).packet(0, micro, frame).bytes;
    damage(file);
    const { packets, issues } = await read(file);
    expect(packets).toEqual([]);
    expect(issues!.first).toMatchObject([{ kind: "bad-record", packet: 1 }]);
  });

  it("has no more interfaces than any capture has", async () => {
    const file = new PcapngBytes();
    for (let k = 0; k <= 4096; k++) file.interface(1, 0);
    await expect(read(file.bytes)).rejects.toMatchObject({ code: "capture-limit" });
  });
});

describe("frames", () => {
  const spec = tcp(0, ">", "A", 4);

  it.each([
    ["Linux cooked", LinkType.linuxSll, behind([...Array<number>(14).fill(0), 8, 0], spec)],
    ["Linux cooked v2", LinkType.linuxSll2, behind([8, 0, ...Array<number>(18).fill(0)], spec)],
    ["raw", LinkType.raw, behind([], spec)],
    ["raw of OpenBSD", 14, behind([], spec)],
    ["IPv4", LinkType.ipv4, behind([], spec)],
    ["loopback of a little-endian machine", LinkType.null, behind([2, 0, 0, 0], spec)],
    ["loopback of a big-endian machine", LinkType.null, behind([0, 0, 0, 2], spec)],
    ["loopback of OpenBSD", LinkType.loop, behind([0, 0, 0, 2], spec)],
    ["VLAN", LinkType.ethernet, buildFrame({ ...spec, vlans: [7] })],
    ["QinQ", LinkType.ethernet, buildFrame({ ...spec, vlans: [7, 100] })],
    ["MPLS", LinkType.ethernet, behind([...Array<number>(12).fill(0), 0x88, 0x47, 0, 0, 0, 9, 0, 0, 1, 9], spec)],
    [
      "PPPoE",
      LinkType.ethernet,
      behind([...Array<number>(12).fill(0), 0x88, 0x64, 0x11, 0, 0, 1, 0, 9, 0, 0x21], spec),
    ],
    ["SNAP", LinkType.ethernet, behind([...Array<number>(12).fill(0), 0, 60, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0], spec)],
  ])("of %s are read", async (name, linkType, frame) => {
    const { packets, issues } = await read(writePcap([{ time: T0, frame }], { linkType }));
    expect(issues).toBeUndefined();
    expect(packets[0]).toMatchObject({ version: 4, source: A, destinationPort: 80, payload: 4 });
    expect(packets[0]!.vlan).toBe(name === "VLAN" || name === "QinQ" ? 7 : null);
  });

  it("of other link types are counted, one issue each", async () => {
    const { packets, issues } = await read(writePcap([{ time: T0, frame: new Uint8Array(9) }], { linkType: 147 }));
    expect(packets[0]).toMatchObject({ version: 0, notes: PacketNote.unknownLink });
    expect(issues!.first[0]).toMatchObject({
      kind: "unknown-link-type",
      packet: 1,
      offset: 24,
      message: expect.stringContaining("147"),
    });
  });

  it("of other network protocols are no issue", async () => {
    const frame = Uint8Array.from([...Array<number>(12).fill(0), 8, 6, ...Array<number>(28).fill(0)]);
    const { packets, issues } = await read(writePcap([{ time: T0, frame }]));
    expect([packets[0]!.version, packets[0]!.notes, issues]).toEqual([0, 0, undefined]);
  });

  it("of IPv6 are read behind their extension headers", async () => {
    const plain = buildFrame({ ...udp(0, ">", 6), ...V6 });
    // Hop-by-hop of 8 bytes, then a first fragment, then UDP.
    const frame = Uint8Array.from([
      ...plain.subarray(0, 54),
      44,
      0,
      1,
      4,
      0,
      0,
      0,
      0,
      17,
      0,
      0,
      1,
      0,
      0,
      0,
      9,
      ...plain.subarray(54),
    ]);
    frame[20] = 0;
    frame[19] = 14 + 16;
    const { packets, issues } = await read(
      writePcap([
        { time: T0, frame: plain },
        { time: T0, frame },
      ]),
    );
    expect(issues).toBeUndefined();
    expect(packets[0]).toMatchObject({ version: 6, ...V6, protocol: 17, payload: 6, ipLength: 54, notes: 0 });
    expect(packets[1]).toMatchObject({
      version: 6,
      protocol: 17,
      payload: 6,
      ipLength: 70,
      notes: PacketNote.moreFragments,
    });
  });

  it("of later fragments have no ports", async () => {
    const frame = buildFrame(udp(0, ">", 30));
    frame[20] = 0x20;
    frame[21] = 3;
    const { packets } = await read(writePcap([{ time: T0, frame }]));
    const notes = PacketNote.laterFragment | PacketNote.moreFragments;
    expect(packets[0]).toMatchObject({ notes, protocol: IpProtocol.udp, sourcePort: 0, headerLength: 0, payload: 38 });
  });

  it("whose IP length is 0, for offload, count what was captured", async () => {
    const frame = buildFrame(tcp(0, ">", "A", 100));
    frame.fill(0, 16, 18);
    expect((await read(writePcap([{ time: T0, frame }]))).packets[0]).toMatchObject({ payload: 100, ipLength: 140 });
  });

  it("are padded and cut as they are written, with payload by the IP header", async () => {
    const { packets } = await read(writePcap([tcp(0, ">", "A", 1)], { pad: true }));
    expect(packets[0]).toMatchObject({ length: 60, payload: 1 });
    const cut = await read(writePcap([tcp(0, ">", "A", 500)], { snapLength: 60 }));
    expect(cut.packets[0]).toMatchObject({ length: 554, captured: 60, payload: 500, notes: 0 });
    expect(cut.issues).toBeUndefined();
  });

  it("that are cut within their headers, or contradict themselves, are issues", async () => {
    const whole = buildFrame(tcp(0, ">", "A", 5));
    const changed = (at: number, byte: number): Uint8Array => whole.with(at, byte);
    const frames = [
      whole.subarray(0, 13),
      whole.subarray(0, 20),
      whole.subarray(0, 40),
      changed(14, 0x44),
      changed(17, 30),
      changed(46, 0x40),
      changed(46, 0xf0),
    ];
    const { packets, issues } = await read(writePcap(frames.map((frame) => ({ time: T0, frame }))));
    expect(packets.every(({ version }) => version === 0)).toBe(true);
    expect(packets.map(({ notes }) => notes)).toEqual([1, 1, 1, 2, 2, 2, 2]);
    expect(issues!.total).toBe(7);
    expect(issues!.first.map(({ packet }) => packet)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("have room for their transport header by the IP header, and hold it", async () => {
    for (const [spec, header] of [
      [tcp(0, ">", "A", 5), 20],
      [udp(0, ">", 5), 8],
      [udp(0, ">", 20, { protocol: IpProtocol.sctp }), 12],
      [icmp(0, ">", 8, 0), 8],
    ] as const) {
      const whole = buildFrame(spec);
      const saying = (length: number): Uint8Array => whole.with(16, 0).with(17, 20 + length);
      const frames = [
        whole.subarray(0, 34 + header),
        whole.subarray(0, 34 + header - 1),
        saying(header),
        saying(header - 1),
        // Too short by both: what the packet says of itself counts.
        saying(header - 1).subarray(0, 34),
      ];
      const { packets } = await read(writePcap(frames.map((frame) => ({ time: T0, frame }))));
      const { truncated, malformed } = PacketNote;
      expect(packets.map(({ notes }) => notes)).toEqual([0, truncated, 0, malformed, malformed]);
    }
  });

  it("of whatever bytes never make the reader fail", async () => {
    const linkTypes = [...Object.values<number>(LinkType), 5];
    const bytes = fc.uint8Array({ maxLength: 120 });
    const one = fc.tuple(fc.constantFrom(...linkTypes), bytes, fc.nat({ max: 80 }));
    await fc.assert(
      fc.asyncProperty(one, async ([linkType, noise, kept]) => {
        const frame = Uint8Array.from([...buildFrame(tcp(0, ">", "A")).subarray(0, kept), ...noise]);
        const { packets } = await read(writePcap([{ time: T0, frame }], { linkType }));
        expect(packets.length).toBe(1);
        const { version, payload, notes } = packets[0]!;
        expect([0, 4, 6]).toContain(version);
        expect(payload).toBeLessThanOrEqual(65_535);
        if (linkType === 5) expect(notes).toBe(PacketNote.unknownLink);
      }),
      { numRuns: 500 },
    );
  });
});

it("captures with any bytes changed give packets, issues or a typed error", async () => {
  const frame = buildFrame(tcp(0, ">", "PA", 20));
  const pcapng = new PcapngBytes().interface(LinkType.ethernet, 0, [[9, [9]]]);
  for (let k = 0; k < 5; k++) pcapng.packet(0, BigInt(T0), frame);
  const files = [writePcap([tcp(0, ">", "S"), udp(1, "<", 9), icmp(2, ">", 8, 0)]), pcapng.bytes];
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...files), changes, fc.nat({ max: 400 }), async (file, changed, cut) => {
      const bytes = file.slice(0, file.length - (cut % 3 === 0 ? cut % file.length : 0));
      for (const [at, byte] of changed) bytes[at % bytes.length] = byte;
      const result = await read(bytes).catch((error: unknown) => error);
      if (result instanceof Error) expect(result).toBeInstanceOf(PacketError);
      else expect((result as { packets: Packet[] }).packets.length).toBeLessThan(20);
    }),
    { numRuns: 1000 },
  );
});
