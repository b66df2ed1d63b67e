import { trainAttackClassifier } from "@mlsec/attack-tree";
import { saveBundle } from "@mlsec/bundle";
import {
  type CicProfile,
  IpProtocol,
  kddFeatures,
  meterTable,
  type PacketSpec,
  readConnections,
  readPackets,
  TcpFlag,
  writePcap,
} from "@mlsec/flows";
import { concatTables, Table, textColumn } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { trainThreatDetector } from "@mlsec/threat-ensemble";

const START = 1_767_000_000_000_000;
const { syn, ack, psh, fin, rst } = TcpFlag;
export const SCANNER = "198.51.100.66";

/** Visits of web pages, one a second, and a scan of ports in the middle: as many of its probes as there are visits. */
export function packetsOf(visits: number, seed: number): PacketSpec[] {
  const random = Random.seeded(seed);
  const packets = [];
  for (let k = 0; k < visits; k++) packets.push(...visit(START + k * 1_000_000, 2000 + k, random));
  const began = START + Math.floor(visits / 2) * 1_000_000;
  for (let k = 0; k < visits; k++) packets.push(...probe(began + k * 20_000, 1 + k, random));
  return packets.sort((a, b) => a.time - b.time);
}

function visit(start: number, port: number, random: Random): PacketSpec[] {
  const [there, back] = sides(`192.0.2.${1 + random.below(20)}`, port, "192.0.2.200", 80);
  let time = start;
  const packets: PacketSpec[] = [];
  const say = (side: typeof there, flags: number, payload = 0): void => {
    time += 100 + random.below(20_000);
    packets.push({ ...side, protocol: IpProtocol.tcp, time, flags, payload, window: 29_200 });
  };
  say(there, syn);
  say(back, syn | ack);
  say(there, psh | ack, 100 + random.below(400));
  for (let parts = 2 + random.below(6); parts > 0; parts--) say(back, psh | ack, 200 + random.below(1200));
  say(there, ack);
  say(back, fin | ack);
  say(there, fin | ack);
  say(back, ack);
  return packets;
}

/** A SYN that is refused, some with a second one, as scanners that retry send. */
function probe(start: number, port: number, random: Random): PacketSpec[] {
  const [there, back] = sides(SCANNER, 40_000 + random.below(20_000), "192.0.2.201", port);
  const one = { protocol: IpProtocol.tcp, window: 1024 };
  return [
    { ...there, ...one, time: start, flags: syn },
    { ...back, ...one, time: start + 30 + random.below(100), flags: rst | ack },
  ];
}

function sides(source: string, sourcePort: number, destination: string, destinationPort: number) {
  return [
    { source, sourcePort, destination, destinationPort },
    { source: destination, sourcePort: destinationPort, destination: source, destinationPort: sourcePort },
  ] as const;
}

export function captureOf(visits: number, seed: number): Uint8Array {
  return writePcap(packetsOf(visits, seed));
}

/** An attack classifier of such traffic, metered under a profile. */
export async function attackBundle(profile: CicProfile, flowProfile: string | null = profile): Promise<Uint8Array> {
  const table = await meterTable(captureOf(150, 1), { profile });
  const sources = table.texts(table.names[1]!);
  const labels = textColumn(sources.map((source) => (source === SCANNER ? "PortScan" : "BENIGN")));
  const features = table.names.slice(7).filter((name) => !/Bytes\/s|Packets\/s/.test(name));
  const rows = Table.of([...features.map((name) => [name, table.column(name)] as const), ["Label", labels]]);
  const { pipeline } = await trainAttackClassifier(rows, { flowProfile: flowProfile ?? undefined });
  return saveBundle(pipeline);
}

/** A threat detector of its connections. */
export async function threatBundle(): Promise<Uint8Array> {
  const tables: Table[] = [];
  for await (const { table, records } of kddFeatures(readConnections(captureOf(150, 1)))) {
    const labels = textColumn(records.map(({ source }) => (source === SCANNER ? "anomaly" : "normal")));
    tables.push(Table.of([...table, ["class", labels]]));
  }
  const { pipeline } = await trainThreatDetector(concatTables(tables), {
    features: ["protocol_type", "service", "flag", "src_bytes", "logged_in", "count", "rerror_rate"],
    epochs: 3,
    flowProfile: "kdd",
  });
  return saveBundle(pipeline);
}

/** The same packets in a tunnel of VXLAN, as networks mirror traffic to a sensor. */
export async function inVxlan(capture: Uint8Array): Promise<Uint8Array> {
  const [mirror] = sides("203.0.113.1", 50_000, "203.0.113.2", 4789);
  const packets: PacketSpec[] = [];
  for await (const { time, frame } of readPackets(capture)) {
    const payload = Uint8Array.of(8, 0, 0, 0, 0, 0, 1, 0, ...frame);
    packets.push({ ...mirror, protocol: IpProtocol.udp, time, payload });
  }
  return writePcap(packets);
}
