import { gzipSync } from "node:zlib";
import {
  CIC_PROFILES,
  type CicFixes,
  type CicProfile,
  type FlowRecord,
  flowProfile,
  IpProtocol,
  meterFlows,
  type PacketSpec,
  pcapPieces,
  readConnections,
  readPacketBatches,
  type Tunnels,
  writePcap,
} from "@mlsec/flows";
import { MlsecError } from "@mlsec/preprocess";
import type { Random } from "@mlsec/preprocess/numeric";
import { inChunks, mutated, pick, shownBytes } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

const LINK_TYPES = [
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 9, 50, 101, 105, 108, 113, 127, 228, 229, 276, 147,
];
const PROTOCOLS = [
  IpProtocol.tcp,
  IpProtocol.tcp,
  IpProtocol.tcp,
  IpProtocol.udp,
  IpProtocol.icmp,
  IpProtocol.icmpV6,
  132,
  2,
];
const HOSTS = ["192.0.2.1", "192.0.2.2", "255.255.255.255"];
const HOSTS_V6 = ["2001:db8::1", "ff02::1"];

interface CaptureCase {
  readonly bytes: Uint8Array;
  readonly chunk: number;
  readonly batchPackets: number;
  readonly profile: CicProfile;
  readonly fixes: CicFixes;
  readonly tunnels: Tunnels;
  readonly maxFlows: number;
  readonly sweep: boolean;
  readonly ipv6: boolean;
}

/** A capture of some packets in either format, damaged; read, metered in a profile, and made into connections. */
export const pcapTarget: FuzzTarget = {
  name: "pcap",
  maxPeakMB: 500,
  runCase: async (random) => {
    const capture = makeCase(random);
    const { bytes, chunk } = capture;
    const source = (): AsyncIterable<Uint8Array> | Uint8Array => (chunk === 0 ? bytes : inChunks(bytes, chunk));
    try {
      const seen = await packetsOf(source(), capture);
      const metered = await meteredPackets(source(), capture);
      const counted = await countedPackets(source(), capture);
      if (seen.packets !== metered || seen.packets !== counted)
        throw new Error(`${seen.packets} packets, ${metered}, ${counted}`);
      return seen.hasIssues ? "ok (issues)" : "ok";
    } catch (error) {
      if (error instanceof MlsecError) return error.code;
      throw error;
    }
  },
  describe: (random) => {
    const { bytes, ...options } = makeCase(random);
    return `options ${JSON.stringify(options)}, ${shownBytes(bytes)}`;
  },
};

/** Reads all, and holds every packet to what every packet must be. */
async function packetsOf(
  source: AsyncIterable<Uint8Array> | Uint8Array,
  { batchPackets, tunnels }: CaptureCase,
): Promise<{ packets: number; hasIssues: boolean }> {
  let packets = 0;
  let hasIssues = false;
  const onIssues = (): void => {
    hasIssues = true;
  };
  for await (const batch of readPacketBatches(source, { batchPackets, tunnels, onIssues })) {
    if (batch.firstNumber !== packets + 1) throw new Error(`The batch begins with ${batch.firstNumber}.`);
    packets += batch.count;
    for (let i = 0; i < batch.count; i++) {
      const end = batch.frameStart[i]! + batch.captured[i]!;
      if (end > batch.bytes.length) throw new Error("A frame ends beyond its bytes.");
      if (batch.version[i] !== 0 && batch.payloadStart[i]! > end + 65_535) throw new Error("A payload begins nowhere.");
      if (batch.captured[i]! > batch.length[i]!) throw new Error("More was captured than there was.");
    }
  }
  return { packets, hasIssues };
}

async function meteredPackets(source: AsyncIterable<Uint8Array> | Uint8Array, capture: CaptureCase): Promise<number> {
  const { profile, fixes, tunnels, maxFlows, sweep, ipv6 } = capture;
  let packets = -1;
  let metered = 0;
  let inFlows = 0;
  const onCounts = (counts: { packets: number; metered: number; singlePackets: number }): void => {
    ({ packets } = counts);
    metered = counts.metered - counts.singlePackets;
  };
  const options = { profile, fixes, tunnels, maxFlows, sweep, ipv6, maxRememberedPackets: 16, onCounts };
  for await (const flow of meterFlows(source, options)) inFlows += checkFlow(flow, fixes);
  if (!sweep && inFlows !== metered) throw new Error(`Flows have ${inFlows} packets of ${metered}.`);
  return packets;
}

/** @returns its packets. */
function checkFlow({ values, start, last }: FlowRecord, { finiteRates }: CicFixes): number {
  const packets = values[2]! + values[3]!;
  if (!(packets >= 1) || !Number.isFinite(start) || !Number.isFinite(last))
    throw new Error("A flow without packets or times.");
  // Rates of flows without duration, and times between packets of flows of one; nothing else may be infinite.
  const mayBeInfinite = finiteRates ? [] : packets === 1 ? [14, 15, 16, 17, 18, 19] : [14, 15];
  const isWrong = (value: number, at: number): boolean => !Number.isFinite(value) && !mayBeInfinite.includes(at);
  const wrong = values.findIndex(isWrong);
  if (wrong !== -1) throw new Error(`Feature ${wrong} is ${values[wrong]}.`);
  return packets;
}

async function countedPackets(
  source: AsyncIterable<Uint8Array> | Uint8Array,
  { maxFlows, tunnels }: CaptureCase,
): Promise<number> {
  let packets = -1;
  let counted = 0;
  let inRecords = 0;
  const options = {
    maxConnections: maxFlows,
    tunnels,
    onCounts: (counts: { packets: number; counted: number }): void => {
      ({ packets, counted } = counts);
    },
  };
  for await (const { sourcePackets, destinationPackets, sourceBytes, destinationBytes } of readConnections(
    source,
    options,
  )) {
    inRecords += sourcePackets! + destinationPackets!;
    if (!(sourceBytes! >= 0) || !(destinationBytes! >= 0))
      throw new Error(`Bytes are ${sourceBytes} and ${destinationBytes}.`);
  }
  if (inRecords !== counted) throw new Error(`Records have ${inRecords} packets of ${counted}.`);
  return packets;
}

function makeCase(random: Random): CaptureCase {
  const linkType = pick(random, LINK_TYPES);
  const nanoseconds = random.below(4) === 0;
  const options = { linkType, nanoseconds, snapLength: random.below(5) === 0 ? random.below(80) : undefined };
  const specs = random.below(3) === 0 ? tunnelled(random) : packets(random);
  let bytes: Uint8Array = Buffer.concat([...pcapPieces(specs, options)]);
  if (random.below(3) === 0) bytes = asPcapng(random, bytes, linkType);
  else if (random.below(4) === 0) bytes = bigEndian(bytes);
  bytes = mutated(random, bytes, pick(random, [0, 0, 1, 1, 2, 3, 8]));
  if (random.below(40) === 0) bytes = mutated(random, new Uint8Array(gzipSync(bytes)), random.below(3));
  const profile = pick(random, CIC_PROFILES);
  return {
    bytes,
    chunk: random.below(4) === 0 ? 1 + random.below(40) + Math.floor(bytes.length / 3000) : 0,
    batchPackets: random.below(3) === 0 ? 1 + random.below(5) : 1024,
    profile,
    fixes: fixesOf(random, profile),
    tunnels: pick(random, ["leave", "open"] as const),
    maxFlows: random.below(4) === 0 ? 1 + random.below(3) : 100,
    sweep: random.below(4) === 0,
    ipv6: random.below(2) === 0,
  };
}

/** Those of the profile; in one case of three with any of them turned round. */
function fixesOf(random: Random, profile: CicProfile): CicFixes {
  const { fixes } = flowProfile({ profile });
  if (random.below(3) > 0) return fixes;
  const turned = Object.entries(fixes).map(([name, value]) => [name, random.below(4) === 0 ? !value : value]);
  return Object.fromEntries(turned) as CicFixes;
}

function* packets(random: Random): Generator<PacketSpec> {
  let time = random.below(10) === 0 ? 0 : 1_767_000_000_000_000;
  for (let left = random.below(12); left > 0; left--) {
    time += random.below(4) === 0 ? random.below(130_000_000) : random.below(1000);
    const hosts = random.below(5) === 0 ? HOSTS_V6 : HOSTS;
    yield {
      time,
      source: pick(random, hosts),
      destination: pick(random, hosts),
      protocol: pick(random, PROTOCOLS),
      sourcePort: random.below(2) * 53,
      destinationPort: random.below(2) * 53,
      flags: random.below(256),
      sequence: random.below(3) * 0x7fffffff,
      acknowledgement: random.below(3) * 0x7fffffff,
      payload: random.below(3) * random.below(60),
      icmpType: random.below(20),
      vlans: random.below(8) === 0 ? [random.below(4096), 7] : undefined,
    };
  }
}

/** Headers of tunnels, and the port or protocol that says so. */
const TUNNELS: readonly { protocol: number; port: number; header: readonly number[]; isOfFrames: boolean }[] = [
  { protocol: 4, port: 0, header: [], isOfFrames: false },
  { protocol: 47, port: 0, header: [0, 0, 8, 0], isOfFrames: false },
  {
    protocol: 47,
    port: 0,
    header: [0x30, 0x81, 0x88, 0x0b, ...Array<number>(12).fill(1), 0xff, 3, 0, 0x21],
    isOfFrames: false,
  },
  { protocol: 47, port: 0, header: [0x10, 0, 0x22, 0xeb, ...Array<number>(16).fill(0)], isOfFrames: true },
  { protocol: IpProtocol.udp, port: 4789, header: [8, 0, 0, 0, 0, 0, 1, 0], isOfFrames: true },
  { protocol: IpProtocol.udp, port: 6081, header: [1, 0, 0x65, 0x58, 0, 0, 1, 0, 1, 2, 3, 4], isOfFrames: true },
  {
    protocol: IpProtocol.udp,
    port: 2152,
    header: [0x34, 255, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 0, 0],
    isOfFrames: false,
  },
];

/** Packets in tunnels in tunnels, and some that are in none. */
function* tunnelled(random: Random): Generator<PacketSpec> {
  for (const inner of packets(random)) {
    let spec = inner;
    for (let depth = random.below(4) * random.below(4); depth > 0; depth--) {
      const { protocol, port, header, isOfFrames } = pick(random, TUNNELS);
      const frame = writePcap([spec]).subarray(FRAME_AT + (isOfFrames ? 0 : ETHERNET_BYTES));
      const payload = Uint8Array.of(...header, ...frame);
      const [source, destination] = [pick(random, HOSTS), pick(random, HOSTS)];
      spec = { time: inner.time, source, destination, protocol, sourcePort: 9, destinationPort: port, payload };
    }
    yield spec;
  }
}

/** Where the first frame of a pcap file begins. */
const FRAME_AT = 40;
const ETHERNET_BYTES = 14;

/** A pcap file's packets as blocks of pcapng, with interfaces of several clocks. */
function asPcapng(random: Random, pcap: Uint8Array, linkType: number): Uint8Array {
  const blocks: Uint8Array[] = [block(0x0a0d0d0a, [0x1a2b3c4d, 1, 0xffffffff, 0xffffffff])];
  // Option 9 is the clock's unit.
  for (const unit of [6, 9, 0x80 | random.below(64), random.below(20)])
    blocks.push(block(1, [linkType, 0, 9 | (1 << 16), unit, 0]));
  const view = new DataView(pcap.buffer, pcap.byteOffset, pcap.length);
  for (let at = 24; at + 16 <= pcap.length; ) {
    const captured = view.getUint32(at + 8, true);
    const head = [
      random.below(40) === 0 ? 9 : random.below(4),
      random.below(0x60000),
      view.getUint32(at + 4, true),
      captured,
      view.getUint32(at + 12, true),
    ];
    blocks.push(block(6, head, pcap.subarray(at + 16, at + 16 + captured)));
    at += 16 + captured;
  }
  return Buffer.concat(blocks);
}

function block(type: number, words: readonly number[], bytes: Uint8Array = new Uint8Array(0)): Uint8Array {
  const length = 12 + 4 * words.length + ((bytes.length + 3) & ~3);
  const made = new Uint8Array(length);
  const view = new DataView(made.buffer);
  [type, length, ...words].forEach((word, k) => void view.setUint32(4 * k, word, true));
  made.set(bytes, 8 + 4 * words.length);
  view.setUint32(length - 4, length, true);
  return made;
}

/** A pcap file with its headers turned round. */
function bigEndian(pcap: Uint8Array): Uint8Array {
  const turned = pcap.slice();
  const [from, to] = [pcap, turned].map(
    ({ buffer, byteOffset, length }) => new DataView(buffer, byteOffset, length),
  ) as [DataView, DataView];
  const turn = (at: number): void => to.setUint32(at, from.getUint32(at, true));
  for (const at of [0, 8, 12, 16, 20]) turn(at);
  for (let at = 24; at + 16 <= pcap.length; at += 16 + from.getUint32(at + 8, true))
    for (let k = 0; k < 16; k += 4) turn(at + k);
  return turned;
}
