import { describe, expect, it } from "vitest";
import {
  type ConnectionCounts,
  type ConnectionRecord,
  type PacketSpec,
  type RawFrame,
  readConnectionBatches,
  readConnections,
  writePcap,
} from "../../src/index.js";
import { buildFrame } from "../../src/packets/build-frame.js";
import { A, B, icmp, T0, tcp, udp } from "../captures.js";

const S = 1_000_000;

async function connections(packets: readonly (PacketSpec | RawFrame)[], options = {}): Promise<ConnectionRecord[]> {
  const records: ConnectionRecord[] = [];
  for await (const record of readConnections(writePcap(packets), options)) records.push(record);
  return records;
}

/** Packets with running sequence numbers of both sides: the letters' flags, and so many bytes. */
function dialogue(
  ...steps: readonly (readonly [at: number, way: ">" | "<", flags: string, payload?: number])[]
): PacketSpec[] {
  const next = { ">": 1000, "<": 0xfffffff0 };
  return steps.map(([at, way, flags, payload = 0]) => {
    const other = way === ">" ? "<" : ">";
    const packet = tcp(at, way, flags, payload, {
      sequence: next[way],
      acknowledgement: flags.includes("A") ? next[other] : 0,
    });
    const octets = payload + (flags.includes("S") ? 1 : 0) + (flags.includes("F") ? 1 : 0);
    next[way] = (next[way] + octets) % 0x100000000;
    return packet;
  });
}

const OPEN = [
  [0, ">", "S"],
  [10, "<", "SA"],
  [20, ">", "A"],
] as const;

describe("states", () => {
  it.each<[string, readonly (readonly [number, ">" | "<", string, number?])[]]>([
    ["S0", [[0, ">", "S"]]],
    ["S1", [...OPEN, [30, ">", "PA", 5]]],
    ["SF", [...OPEN, [30, ">", "FA"], [40, "<", "FA"], [50, ">", "A"]]],
    ["S2", [...OPEN, [30, ">", "FA"], [40, "<", "A"]]],
    ["S3", [...OPEN, [30, "<", "FA"], [40, ">", "A"]]],
    [
      "REJ",
      [
        [0, ">", "S"],
        [10, "<", "RA"],
      ],
    ],
    ["RSTO", [...OPEN, [30, ">", "RA"]]],
    ["RSTR", [...OPEN, [30, "<", "RA"]]],
    [
      "RSTOS0",
      [
        [0, ">", "S"],
        [10, ">", "R"],
      ],
    ],
    [
      "RSTRH",
      [
        [0, "<", "SA"],
        [10, "<", "R"],
      ],
    ],
    [
      "SH",
      [
        [0, ">", "S"],
        [10, ">", "F"],
      ],
    ],
    [
      "SHR",
      [
        [0, "<", "SA"],
        [10, "<", "FA"],
      ],
    ],
    ["OTH", [[0, ">", "A", 5]]],
    ["OTH", [[0, ">", "R"]]],
  ])("%s", async (state, steps) => {
    const records = await connections(dialogue(...steps));
    expect(records).toMatchObject([
      { state, source: A, sourcePort: 40_000, destination: B, destinationPort: 80, protocol: "tcp" },
    ]);
  });
});

it("counts bytes by sequence numbers: also those that were not captured, over the end of the numbers, and none twice", async () => {
  const packets = dialogue(...OPEN, [30, ">", "A", 100], [40, ">", "A", 50], [50, "<", "A", 400], [60, "<", "A", 10]);
  const lost = packets.filter((_, k) => k !== 3);
  const again = [...lost, { ...lost[3]!, time: T0 + 70 }];
  const [record] = await connections(again);
  expect(record).toMatchObject({
    sourceBytes: 150,
    destinationBytes: 410,
    sourcePackets: 4,
    destinationPackets: 3,
    duration: 70,
  });
});

it("ends connections by Zeek's timers, and by a SYN after a close", async () => {
  const attempts = await connections([
    tcp(0, ">", "S"),
    tcp(3 * S, ">", "S", 0, { sequence: 0 }),
    tcp(6 * S, ">", "S", 0, { sequence: 0 }),
  ]);
  expect(attempts.map(({ state, sourcePackets }) => [state, sourcePackets])).toEqual([
    ["S0", 2],
    ["S0", 1],
  ]);
  const refused = await connections([
    ...dialogue([0, ">", "S"], [9, "<", "RA"]),
    ...dialogue([S, ">", "S"]),
    ...dialogue([S + 9, "<", "RA"]),
  ]);
  expect(refused.map(({ state }) => state)).toEqual(["REJ", "REJ"]);
  const asked = await connections([udp(0, ">", 9), udp(59 * S, "<", 9), udp(119 * S, ">", 9)]);
  expect(asked.map(({ state, sourceBytes }) => [state, sourceBytes])).toEqual([
    ["SF", 9],
    ["S0", 9],
  ]);
});

it("puts a question of ICMP and its answer together, and gives other messages their code", async () => {
  const records = await connections([icmp(0, ">", 8, 0), icmp(5, "<", 0, 0), icmp(9, "<", 3, 1)]);
  expect(records).toMatchObject([
    {
      protocol: "icmp",
      state: "OTH",
      source: A,
      sourcePort: 8,
      destinationPort: 0,
      sourceBytes: 56,
      destinationBytes: 56,
    },
    { protocol: "icmp", source: B, sourcePort: 3, destinationPort: 1, destinationPackets: 0 },
  ]);
});

it("knows who began from a server's port, where no SYN tells it, and counts urgent packets", async () => {
  const [seen] = await connections([tcp(0, "<", "A", 9), tcp(5, ">", "UA", 9)]);
  expect(seen).toMatchObject({ source: A, urgentPackets: 1, state: "OTH", service: null, wrongFragments: 0 });
  const [told] = await connections([tcp(0, "<", "A", 9)], { serverPorts: [40_000] });
  expect(told).toMatchObject({ source: B });
});

describe("fragments that do not fit", () => {
  /** A UDP packet's fragment: so many bytes after the IP header, from an offset on. */
  const fragment = (at: number, offset: number, bytes: number, isLast: boolean): RawFrame => {
    const frame = buildFrame(udp(at, ">", Math.max(bytes - 8, 0), { identification: 7 }));
    new DataView(frame.buffer).setUint16(20, (isLast ? 0 : 0x2000) | (offset >> 3));
    return { time: T0 + at, frame };
  };

  it("are those that overlap, or end beyond what a packet may be long", async () => {
    const wrong = async (...frames: readonly RawFrame[]): Promise<(number | null)[]> =>
      (await connections(frames)).map(({ wrongFragments }) => wrongFragments);
    expect(await wrong(fragment(0, 0, 40, false), fragment(1, 40, 16, true))).toEqual([0]);
    // The same one twice is only sent again; teardrop's second begins within the first.
    expect(await wrong(fragment(0, 0, 40, false), fragment(1, 0, 40, false))).toEqual([0]);
    expect(await wrong(fragment(0, 0, 40, false), fragment(1, 24, 16, true))).toEqual([1]);
    expect(await wrong(fragment(0, 24, 16, true), fragment(1, 0, 40, false))).toEqual([1]);
    expect(await wrong(fragment(0, 0, 40, false), fragment(1, 65_528, 40, true))).toEqual([1]);
    // Numbers of packets come again after a while.
    expect(await wrong(fragment(0, 0, 40, false), fragment(61 * S, 24, 16, true))).toEqual([0]);
  });
});

it("holds no more connections than allowed, and gives out what must go", async () => {
  const packets = Array.from({ length: 500 }, (_, k) => udp(k, ">", 1, { sourcePort: 2000 + k }));
  let counts: ConnectionCounts | undefined;
  const options = { maxConnections: 10, onCounts: (told: ConnectionCounts) => (counts = told) };
  expect((await connections(packets, options)).length).toBe(500);
  expect(counts).toMatchObject({ packets: 500, counted: 500, connections: 500, evicted: 490 });
  await expect(connections(packets, { maxConnections: 0 })).rejects.toMatchObject({ code: "invalid-option" });
});

describe("batches", () => {
  it("have the connections that ended with some packets, before more bytes are asked for", async () => {
    const packets = Array.from({ length: 50 }, (_, k) => [
      tcp(k * 20 * S, ">", "S", 0, { sourcePort: 2000 + k }),
      tcp(k * 20 * S + 10, "<", "RA", 0, { destinationPort: 2000 + k }),
    ]).flat();
    const capture = writePcap(packets);
    let given = 0;
    async function* pieces() {
      for (; given < capture.length; given += 500) yield capture.subarray(given, given + 500);
    }
    const all: ConnectionRecord[] = [];
    let early = 0;
    for await (const records of readConnectionBatches(pieces())) {
      expect(records.length).toBeGreaterThan(0);
      all.push(...records);
      if (given < capture.length / 2) early += records.length;
    }
    expect(all).toEqual(await connections(packets));
    expect(early).toBeGreaterThan(10);
  });
});
