import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { IpProtocol, type PacketSpec, pcapPieces, TcpFlag } from "@mlsec/flows";
import { Random } from "@mlsec/preprocess/numeric";

/** Dialogues that go on at the same time. */
const OPEN = 20_000;
/** Bytes kept of a frame: headers and the begin of the payload, as sensors capture. */
const SNAP_LENGTH = 160;

const { syn, ack, psh, fin } = TcpFlag;

interface Dialogue {
  readonly packets: readonly Omit<PacketSpec, "time">[];
  next: number;
}

/** Writes a capture of so many packets; the same seed gives the same bytes. */
export async function writeCapture(path: string, packets: number, seed: number): Promise<void> {
  await writePieces(path, traffic(packets, seed));
}

async function writePieces(path: string, packets: Iterable<PacketSpec>): Promise<void> {
  const file = createWriteStream(path);
  for (const piece of pcapPieces(packets, { snapLength: SNAP_LENGTH })) {
    if (!file.write(piece)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}

/** Writes a capture of so many connections that are all open at once, of three packets each: SYN of all, then SYN-ACK, then data. */
export async function writeOpenConnections(path: string, connections: number): Promise<void> {
  await writePieces(path, openConnections(connections));
}

function* openConnections(connections: number): Generator<PacketSpec> {
  let time = 1_767_000_000_000_000;
  for (const step of [0, 1, 2]) {
    // 30 s in all: none is older than the timeout.
    for (let k = 0; k < connections; k++, time += Math.floor(10_000_000 / connections)) {
      const client = { source: `10.${k >> 16}.${(k >> 8) & 255}.${k & 255}`, sourcePort: 1024 + (k % 60_000) };
      const server = { destination: `172.16.0.${k & 255}`, destinationPort: 443 };
      const tcp = { protocol: IpProtocol.tcp, window: 64_000, time };
      if (step === 1) {
        const back = { source: server.destination, sourcePort: 443 };
        yield { ...back, destination: client.source, destinationPort: client.sourcePort, ...tcp, flags: syn | ack };
      } else {
        yield { ...client, ...server, ...tcp, flags: step === 0 ? syn : psh | ack, payload: step * 100 };
      }
    }
  }
}

/** Web, name service and scans, mixed: a packet every 15 µs or so, in the order of time. */
function* traffic(packets: number, seed: number): Generator<PacketSpec> {
  const random = Random.seeded(seed);
  const open = Array.from({ length: OPEN }, () => dialogueOf(random));
  for (let k = 0, time = 1_767_000_000_000_000; k < packets; k++, time += random.below(30)) {
    const at = random.below(OPEN);
    const dialogue = open[at]!;
    yield { ...dialogue.packets[dialogue.next++]!, time };
    if (dialogue.next === dialogue.packets.length) open[at] = dialogueOf(random);
  }
}

function dialogueOf(random: Random): Dialogue {
  const client = {
    source: `10.${random.below(4)}.${random.below(256)}.${random.below(256)}`,
    sourcePort: 1024 + random.below(60_000),
  };
  const server = {
    destination: `172.16.${random.below(8)}.${random.below(256)}`,
    destinationPort: [443, 80, 53, 22][random.below(4)]!,
  };
  const there = { ...client, ...server };
  const back = {
    source: server.destination,
    sourcePort: server.destinationPort,
    destination: client.source,
    destinationPort: client.sourcePort,
  };
  if (server.destinationPort === 53) {
    const protocol = IpProtocol.udp;
    return {
      next: 0,
      packets: [
        { ...there, protocol, payload: 30 + random.below(30) },
        { ...back, protocol, payload: 60 + random.below(400) },
      ],
    };
  }
  return { next: 0, packets: [...connection(random, there, back)] };
}

/** A connection of TCP; one of eight is a SYN that is refused. */
function* connection(
  random: Random,
  there: Omit<PacketSpec, "time" | "protocol">,
  back: Omit<PacketSpec, "time" | "protocol">,
): Generator<Omit<PacketSpec, "time">> {
  const tcp = { protocol: IpProtocol.tcp, window: 500 + random.below(60_000) };
  yield { ...there, ...tcp, flags: syn };
  if (random.below(8) === 0) return yield { ...back, ...tcp, flags: TcpFlag.rst | ack };
  yield { ...back, ...tcp, flags: syn | ack };
  let [sent, received] = [1, 1];
  const exchanges = 1 + random.below(12);
  for (let k = 0; k < exchanges; k++) {
    const request = 50 + random.below(500);
    yield { ...there, ...tcp, flags: psh | ack, payload: request, sequence: sent, acknowledgement: received };
    sent += request;
    for (let parts = 1 + random.below(4); parts > 0; parts--) {
      const answer = 200 + random.below(1260);
      yield { ...back, ...tcp, flags: ack, payload: answer, sequence: received, acknowledgement: sent };
      received += answer;
    }
    yield { ...there, ...tcp, flags: ack, sequence: sent, acknowledgement: received };
  }
  yield { ...there, ...tcp, flags: fin | ack, sequence: sent, acknowledgement: received };
  yield { ...back, ...tcp, flags: fin | ack, sequence: received, acknowledgement: sent + 1 };
  yield { ...there, ...tcp, flags: ack, sequence: sent + 1, acknowledgement: received + 1 };
}
