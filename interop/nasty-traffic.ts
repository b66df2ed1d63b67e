import { IpProtocol, type PacketSpec, TcpFlag } from "../packages/flows/src/index.js";
import { Random } from "../packages/preprocess/src/numeric/index.js";

const T0 = 1_767_323_045_000_000;
const SECOND = 1_000_000;
/** Gaps in microseconds, on both sides of every limit that the meters have: 1 s, 5 s, 120 s. */
const GAPS: readonly number[] = [
  0,
  0,
  1,
  40,
  900,
  3_000,
  90_000,
  400_000,
  999_999,
  SECOND,
  SECOND + 1,
  2 * SECOND,
].concat(
  [4_999_999, 5 * SECOND, 5 * SECOND + 1, 9 * SECOND],
  [31 * SECOND, 59 * SECOND, 119 * SECOND, 120 * SECOND, 120 * SECOND + 1, 200 * SECOND],
);
const { fin, syn, rst, psh, ack, urg } = TcpFlag;
const FLAGS: readonly number[] = [
  syn,
  syn,
  syn | ack,
  ack,
  ack,
  ack,
  psh | ack,
  psh | ack,
  fin | ack,
  fin | ack,
  fin,
].concat([rst, rst | ack, urg | ack, 0]);
const PROTOCOLS: readonly number[] = [6, 6, 6, 6, 17, 17, IpProtocol.icmp, IpProtocol.igmp, IpProtocol.sctp, 47, 50];

/**
 * Packets of dialogues that do what the rules of meters turn on: each has a temper of its own, of gaps, runs in one direction,
 * flags, payloads, and repeats itself. A few go from an address to itself; of some dialogues packets come out of order.
 */
export function nastyTraffic(seed: number, dialogues: number, packets: number): PacketSpec[] {
  const random = Random.seeded(seed);
  const all = Array.from({ length: dialogues }, (_, number) => dialogue(random, number, packets)).flat();
  return all
    .map((packet, at) => ({ packet, at }))
    .sort((a, b) => a.packet.time - b.packet.time || a.at - b.at)
    .map(({ packet }) => {
      // As after a reader that merges interfaces: some packets have an earlier time than those before them.
      const isLate = random.below(200) === 0;
      return isLate ? { ...packet, time: packet.time - random.below(3 * SECOND) } : packet;
    });
}

function dialogue(random: Random, number: number, packets: number): PacketSpec[] {
  const among = (list: readonly number[]): number => list[random.below(list.length)]!;
  const protocol = among(PROTOCOLS);
  const client = `10.${random.below(256)}.0.${1 + (number % 250)}`;
  const server = random.below(12) === 0 ? client : `${among([9, 127, 128, 192, 223])}.0.0.${1 + random.below(200)}`;
  const ports = [1024 + (number % 900), random.below(2) === 0 ? 80 : 1024 + random.below(900)] as const;
  // Most gaps of a dialogue are short or long together, most flags are plain, and most runs long, so that every rule has its turn.
  const longest = 4 + random.below(GAPS.length - 3);
  const wildness = among([3, 12, 60]);
  const turning = among([2, 5, 12]);
  const empty = among([2, 4, 20]);
  const tags = random.below(10) === 0 ? [7] : [];
  const made: PacketSpec[] = [];
  let time = T0 + random.below(300 * SECOND);
  let isForward = true;
  for (let k = 0; k < 1 + random.below(packets); k++) {
    time += among(GAPS.slice(0, random.below(5) === 0 ? GAPS.length : longest));
    if (random.below(turning) === 0) isForward = !isForward;
    const [port, other] = isForward ? ports : [ports[1], ports[0]];
    const isWild = random.below(wildness) === 0;
    const size = random.below(empty) === 0 ? 0 : random.below(among([3, 20, 1400]));
    made.push({
      time,
      source: isForward ? client : server,
      destination: isForward ? server : client,
      sourcePort: port,
      destinationPort: other,
      protocol,
      flags:
        k === 0 && random.below(3) > 0 ? syn : isWild ? among([...FLAGS, random.below(256)]) : ack | (k % 3 ? psh : 0),
      payload: protocol === IpProtocol.sctp ? sctp(port, other, size) : size,
      sequence: random.below(9),
      acknowledgement: random.below(3),
      window: random.below(4) * 1000,
      tcpOptions: new Uint8Array(4 * random.below(4)),
      icmpType: random.below(4) * 4,
      icmpCode: random.below(3),
      vlans: tags,
      ...(random.below(80) === 0 ? { fragmentOffset: 8 * random.below(4), moreFragments: random.below(2) === 0 } : {}),
    });
  }
  return made;
}

/** A header of SCTP and what follows it (RFC 9260). */
function sctp(source: number, destination: number, size: number): Uint8Array {
  const bytes = new Uint8Array(12 + size);
  new DataView(bytes.buffer).setUint32(0, source * 65_536 + destination);
  return bytes;
}
