// The mlsec side of test_flows.py: meters captures, and makes KDD's features of the connections in them and of given records.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateCapture } from "../examples/data/index.js";
import {
  type ConnectionRecord,
  kddFeatures,
  kddService,
  meterTable,
  pcapPieces,
  readConnections,
  readZeekConn,
} from "../packages/flows/src/index.js";
import { traffic } from "../packages/flows/test/meter/traffic.js";
import type { Table } from "../packages/preprocess/src/index.js";
import { nastyTraffic } from "./nasty-traffic.js";

interface Request {
  /** Where generated captures are written. */
  readonly folder: string;
  readonly captures: readonly string[];
  readonly generated: { readonly connections: number; readonly seed: number };
  readonly nasty: readonly { readonly seed: number; readonly dialogues: number; readonly packets: number }[];
  readonly traffic: readonly (readonly [seed: number, packets: number, dialogues: number, meanGap: number])[];
  /** A conn.log of Zeek. */
  readonly log: string;
  readonly records: readonly ConnectionRecord[];
}

const PORTS = 65_536;
/** Beyond what any of the logs spans: every row waits until all records are there. */
const EVER = 1e9;
const ORDERS = { byTime: { lateness: EVER }, asTheyCome: { lateness: 0 } } as const;

const request = JSON.parse(readFileSync(0, "utf8")) as Request;
const files = [...request.captures, ...written(request)];
const captures: unknown[] = [];
for (const file of files) captures.push(await metered(file));
const zeek: ConnectionRecord[] = [];
for await (const batch of readZeekConn(new TextEncoder().encode(request.log))) zeek.push(...batch);
const records = [await featuresOf(zeek), await featuresOf(request.records)];
const services = Object.fromEntries(
  ["tcp", "udp", "icmp"].map((protocol) => [
    protocol,
    Array.from({ length: PORTS }, (_, at) => serviceAt(protocol, at)),
  ]),
);
// JSON has no NaN and no infinity.
console.log(
  JSON.stringify({ captures, records, services }, (_, cell) =>
    Number.isFinite(cell) || typeof cell !== "number" ? cell : String(cell),
  ),
);

/** The service at a port; of ICMP, of a type and a code as the bytes of a number. */
function serviceAt(protocol: string, port: number): string {
  const [sourcePort, destinationPort] = protocol === "icmp" ? [port >> 8, port & 255] : [40_000, port];
  return kddService({ ...request.records[0]!, protocol, sourcePort, destinationPort, service: null });
}

/** Writes the captures that are made here. @returns their paths. */
function written({ folder, generated, nasty, traffic: dialogues }: Request): string[] {
  const made: readonly (readonly [string, Iterable<Uint8Array>])[] = [
    [`generated-${generated.seed}.pcap`, generateCapture(generated).pieces],
    ...nasty.map(
      ({ seed, dialogues: number, packets }) =>
        [`nasty-${seed}.pcap`, pcapPieces(nastyTraffic(seed, number, packets), { pad: seed % 2 === 0 })] as const,
    ),
    ...dialogues.map((given) => [`traffic-${given[0]}.pcap`, pcapPieces(traffic(...given))] as const),
  ];
  return made.map(([name, pieces]) => {
    const path = join(folder, name);
    writeFileSync(path, Buffer.concat([...pieces]));
    return path;
  });
}

async function metered(file: string): Promise<unknown> {
  const bytes = readFileSync(file);
  const connections: ConnectionRecord[] = [];
  for await (const record of readConnections(bytes)) connections.push(record);
  return {
    file,
    "cic-fixed": told(await meterTable(bytes, { profile: "cic-fixed" })),
    "cic-improved": told(await meterTable(bytes, { profile: "cic-improved" })),
    cic2017: told(await meterTable(bytes, { profile: "cic2017" })),
    records: connections,
    kdd: await featuresOf(connections),
  };
}

/** Rows in both orders, each with the number of its record. */
async function featuresOf(records: readonly ConnectionRecord[]): Promise<unknown> {
  const rows = async (options: (typeof ORDERS)[keyof typeof ORDERS]): Promise<unknown> => {
    const numbers = new Map(records.map((record, at) => [record, at]));
    const tables: unknown[] = [];
    for await (const { table, records: of } of kddFeatures(records, options))
      tables.push({ ...told(table), of: of.map((record) => numbers.get(record)) });
    return tables;
  };
  return { byTime: await rows(ORDERS.byTime), asTheyCome: await rows(ORDERS.asTheyCome) };
}

function told(table: Table): { names: readonly string[]; columns: unknown[] } {
  const columns = table.names.map((name) => {
    const column = table.column(name);
    return column.kind === "number" ? [...column.values] : table.texts(name);
  });
  return { names: table.names, columns };
}
