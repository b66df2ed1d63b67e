import fc from "fast-check";
import { expect, it } from "vitest";
import {
  IpProtocol,
  PacketNote,
  type PacketSpec,
  pcapPieces,
  readConnections,
  readPackets,
  writePcap,
} from "../../src/index.js";
import { addressBytes, addressText } from "../../src/packets/addresses.js";
import { buildFrame } from "../../src/packets/build-frame.js";
import { T0, tcp, udp } from "../captures.js";

const V6 = { source: "2001:db8::1", destination: "fe80::2:0:0:ff" };

/** The sum of 16-bit words with the carries added: 0xffff where a checksum is among them. */
function onesSum(words: readonly number[]): number {
  return words.reduce((sum, word) => (sum + word > 0xffff ? sum + word - 0xffff : sum + word), 0);
}

function words(bytes: Uint8Array): number[] {
  return Array.from({ length: Math.ceil(bytes.length / 2) }, (_, k) => (bytes[2 * k]! << 8) | (bytes[2 * k + 1] ?? 0));
}

it.each<[string, PacketSpec]>([
  ["TCP", tcp(0, ">", "PA", 0, { payload: Uint8Array.of(1, 2, 255), tcpOptions: new Uint8Array(4).fill(1) })],
  ["UDP", udp(0, ">", 0, { payload: Uint8Array.of(9, 8, 7, 6, 5) })],
  ["ICMP", { ...udp(0, ">"), protocol: IpProtocol.icmp, payload: Uint8Array.of(1, 2, 3) }],
  ["TCP over IPv6", { ...tcp(0, ">", "S", 3), ...V6 }],
  ["ICMPv6", { ...udp(0, ">", 5), ...V6, protocol: IpProtocol.icmpV6 }],
])("writes right checksums and lengths: %s", (_, spec) => {
  const frame = buildFrame(spec);
  const isIpv4 = frame[14]! >> 4 === 4;
  const segment = frame.subarray(isIpv4 ? 34 : 54);
  if (isIpv4) {
    expect(onesSum(words(frame.subarray(14, 34)))).toBe(0xffff);
    expect((frame[16]! << 8) | frame[17]!).toBe(frame.length - 14);
  }
  const pseudo =
    spec.protocol === IpProtocol.icmp
      ? []
      : [...words(frame.subarray(isIpv4 ? 26 : 22, isIpv4 ? 34 : 54)), spec.protocol, segment.length];
  expect(onesSum([...pseudo, ...words(segment)])).toBe(0xffff);
});

it("writes fragments that are read as what they are, and counted where they overlap", async () => {
  const fragment = { ...udp(0, ">", 28), identification: 7 };
  const capture = writePcap([
    { ...fragment, moreFragments: true },
    { ...fragment, time: T0 + 1, fragmentOffset: 24, payload: 4 },
    { ...fragment, time: T0 + 2, fragmentOffset: 40, payload: 8 },
  ]);
  const packets = [];
  for await (const packet of readPackets(capture)) packets.push(packet);
  expect(packets.map(({ notes }) => notes)).toEqual([
    PacketNote.moreFragments,
    PacketNote.laterFragment,
    PacketNote.laterFragment,
  ]);
  expect(packets.map(({ payload, headerLength }) => [payload, headerLength])).toEqual([
    [28, 8],
    [4, 0],
    [8, 0],
  ]);
  expect(onesSum(words(buildFrame({ ...fragment, fragmentOffset: 24 }).subarray(14, 34)))).toBe(0xffff);
  const records = [];
  for await (const record of readConnections(capture)) records.push(record);
  // The second lies within the first, the third touches neither.
  expect(records).toMatchObject([{ sourceBytes: 28, sourcePackets: 1, wrongFragments: 1 }]);
  expect(() => buildFrame({ ...fragment, fragmentOffset: 4 })).toThrow(/multiples of 8/);
  expect(() => buildFrame({ ...fragment, fragmentOffset: 65_536 })).toThrow(/multiples of 8/);
  expect(() => buildFrame({ ...fragment, ...V6, moreFragments: true })).toThrow(/IPv4 alone/);
});

it("writes and reads addresses of all forms", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.array(fc.constantFrom(0, 0, 0, 1), { minLength: 16, maxLength: 16 }),
  );
  fc.assert(
    fc.property(bytes, (some) => {
      const address = Uint8Array.from(some);
      const view = new DataView(address.buffer);
      const parts = Array.from({ length: address.length / 4 }, (_, k) => view.getInt32(4 * k));
      expect(addressBytes(addressText(address.length === 4 ? 4 : 6, parts, 0))).toEqual(address);
    }),
  );
  expect(addressText(6, [0x20010db8, 0, 0, 1], 0)).toBe("2001:db8::1");
  expect(addressText(6, [0x20010db8, 1, 0, 0], 0)).toBe("2001:db8:0:1::");
  for (const bad of [
    "",
    "1.2.3",
    "1.2.3.256",
    "1.2.3.4.5",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "g::",
    "1:2:3:4:5:6:7::8",
  ])
    expect(addressBytes(bad)).toBeNull();
});

it("says why a packet cannot be written", () => {
  const wrong: Partial<PacketSpec>[] = [
    { source: "host" },
    { source: V6.source },
    { payload: 70_000 },
    { tcpOptions: new Uint8Array(5) },
  ];
  for (const change of wrong)
    expect(() => writePcap([tcp(0, ">", "A", 0, change)])).toThrow(
      expect.objectContaining({ code: "unwritable-packet" }),
    );
});

it("writes as packets are asked for, in pieces that are the file", async () => {
  let made = 0;
  function* packets(): Generator<PacketSpec> {
    for (; made < 5000; made++) yield udp(made, ">", 100);
  }
  const pieces = pcapPieces(packets());
  const first = pieces.next().value as Uint8Array;
  expect(made).toBeLessThan(1000);
  const all = [first, ...pieces];
  expect(all.every(({ length }) => length <= 65_536)).toBe(true);
  const bytes = Buffer.concat(all);
  made = 0;
  expect(bytes.equals(writePcap(packets()))).toBe(true);
  let last = 0;
  for await (const { time } of readPackets(bytes)) last = time;
  expect(last).toBe(T0 + 4999);
});
