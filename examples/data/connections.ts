import { type Column, DEFAULT_SEED, Table, textColumn } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { attackBehaviours } from "./attack-connections.js";
import { CONTENT_FEATURES, type Connection } from "./connection.js";
import { Scene } from "./connection-scene.js";
import { RecentConnections, type WindowSummary } from "./connection-windows.js";
import { apportion, checkPositiveInteger } from "./distributions.js";
import { type Behaviour, normalBehaviours } from "./normal-connections.js";

/** Options of {@link generateConnections}. */
export interface ConnectionOptions {
  /** Rows of the table; at least about 100, so that every kind of behaviour finds room. */
  readonly rows: number;
  /** A safe non-negative integer; default 42. */
  readonly seed?: number;
}

/** Share of the rows that are attacks. */
const ATTACK_SHARE = 0.465;
/** Ordinary connections a second, over the whole network. */
const NORMAL_RATE = 12;
/** The windows need some past before their counts mean anything, however few rows are wanted. */
const FEWEST_NORMAL_CONNECTIONS = 1500;
/** Connections simulated for each one wanted; more for attacks, so that no single flood makes up most of its kind. */
const NORMAL_SURPLUS = 1.25;
const ATTACK_SURPLUS = 2.5;

/**
 * Generates labelled connections in the schema of NSL-KDD: its 41 features under their names and in their order, and
 * `class` (`normal` or `anomaly`).
 *
 * Generated, not captured: scripts of ordinary and hostile behaviour play on a simulated network, and the traffic
 * features are counted over the connections that came before (two seconds; the last 255 within five minutes). Good for
 * demonstrations and tests; how well a model detects it says nothing about real traffic.
 *
 * `protocol_type`, `service` and `flag` are text, all others numbers: whole seconds, bytes and counts, rates in steps
 * of 0.01. The rows stand in random order. Equal options give equal tables on every runtime.
 *
 * @throws MlsecError `invalid-option`, `too-few-rows`, `invalid-seed`.
 */
export function generateConnections({ rows, seed = DEFAULT_SEED }: ConnectionOptions): Table {
  checkPositiveInteger("rows", rows);
  const random = Random.seeded(seed);
  const stream = simulate(rows, random);
  const lines = describe(stream);
  random.fork(0).shuffle(lines);
  return Table.of([
    ...FEATURES.map(([name, cell]): [string, Column] => [name, columnOf(lines.map(cell))]),
    ["class", textColumn(lines.map((line) => (line.attack ? "anomaly" : "normal")))],
  ]);
}

/** A connection of the simulated day; `wanted` ones become rows, the others are only the past of later ones. */
interface Observed {
  readonly connection: Connection;
  readonly attack: boolean;
  readonly wanted: boolean;
}

/** A row in the making: a connection and what the four windows said about it. */
interface Line {
  readonly connection: Connection;
  readonly attack: boolean;
  readonly host: WindowSummary;
  readonly service: WindowSummary;
  readonly hostHistory: WindowSummary;
  readonly serviceHistory: WindowSummary;
}

/** Everything that happens on the network, in order of time, with exactly `rows` connections marked as wanted. */
function simulate(rows: number, random: Random): Observed[] {
  const scaled = (behaviours: Readonly<Record<string, Behaviour>>, share: number): [Behaviour, number][] =>
    Object.values(behaviours).map((behaviour) => [behaviour, behaviour.share * share]);
  const normal = scaled(normalBehaviours, 1 - ATTACK_SHARE);
  const attacks = scaled(attackBehaviours, ATTACK_SHARE);
  const kinds = [...normal, ...attacks];
  const quotas = apportion(
    rows,
    kinds.map(([, share]) => share),
    1,
  );
  const normalRows = Math.max(FEWEST_NORMAL_CONNECTIONS, rows * (1 - ATTACK_SHARE) * NORMAL_SURPLUS);
  const seconds = normalRows / NORMAL_RATE;
  const stream = kinds.flatMap(([behaviour, share], kind) => {
    const attack = kind >= normal.length;
    const quota = quotas[kind]!;
    const count = attack ? quota * ATTACK_SURPLUS : Math.max(quota, (normalRows * share) / (1 - ATTACK_SHARE));
    return playKind(behaviour, count, seconds, random.fork(kind + 1)).map(
      (connection, i): Observed => ({ connection, attack, wanted: i < quota }),
    );
  });
  return stream.sort((a, b) => a.connection.time - b.connection.time);
}

/** At least `count` connections of one behaviour in episodes at random times, in random order. */
function playKind(behaviour: Behaviour, count: number, seconds: number, random: Random): Connection[] {
  const scene = new Scene(random);
  while (scene.connections.length < count) {
    scene.startAt(seconds * random.float());
    behaviour.play(scene);
  }
  return random.shuffle(scene.connections);
}

/** Passes the stream through the windows and keeps what they say about the wanted connections. */
function describe(stream: readonly Observed[]): Line[] {
  const recent = { seconds: 2, most: 511 };
  const long = { seconds: 300, most: 255 };
  const ofHost = { key: "destination", other: "port" } as const;
  const ofService = { key: "port", other: "destination" } as const;
  const host = new RecentConnections({ ...ofHost, ...recent });
  const service = new RecentConnections({ ...ofService, ...recent });
  const hostHistory = new RecentConnections({ ...ofHost, ...long });
  const serviceHistory = new RecentConnections({ ...ofService, ...long });
  const lines: Line[] = [];
  for (const { connection, attack, wanted } of stream) {
    const queues = [host, service, hostHistory, serviceHistory].map((window) => window.add(connection));
    if (!wanted) continue;
    const [a, b, c, d] = queues.map((queue) => queue.summary());
    lines.push({ connection, attack, host: a!, service: b!, hostHistory: c!, serviceHistory: d! });
  }
  return lines;
}

type CellOf = (line: Line) => string | number;

/** The 41 features in their order. */
const FEATURES: readonly (readonly [string, CellOf])[] = [
  ["duration", (line) => line.connection.duration],
  ["protocol_type", (line) => line.connection.protocol],
  ["service", (line) => line.connection.service],
  ["flag", (line) => line.connection.flag],
  ["src_bytes", (line) => line.connection.srcBytes],
  ["dst_bytes", (line) => line.connection.dstBytes],
  ...CONTENT_FEATURES.map((name): [string, CellOf] => [name, (line) => line.connection.content[name] ?? 0]),
  ["count", (line) => line.host.count],
  ["srv_count", (line) => line.service.count],
  ["serror_rate", (line) => line.host.synErrorRate],
  ["srv_serror_rate", (line) => line.service.synErrorRate],
  ["rerror_rate", (line) => line.host.rejectionRate],
  ["srv_rerror_rate", (line) => line.service.rejectionRate],
  ["same_srv_rate", (line) => line.host.sameRate],
  ["diff_srv_rate", (line) => line.host.distinctRate],
  ["srv_diff_host_rate", (line) => line.service.distinctRate],
  ["dst_host_count", (line) => line.hostHistory.count],
  ["dst_host_srv_count", (line) => line.serviceHistory.count],
  ["dst_host_same_srv_rate", (line) => line.hostHistory.sameRate],
  ["dst_host_diff_srv_rate", (line) => line.hostHistory.distinctRate],
  ["dst_host_same_src_port_rate", (line) => line.hostHistory.sameSourcePortRate],
  ["dst_host_srv_diff_host_rate", (line) => line.serviceHistory.distinctRate],
  ["dst_host_serror_rate", (line) => line.hostHistory.synErrorRate],
  ["dst_host_srv_serror_rate", (line) => line.serviceHistory.synErrorRate],
  ["dst_host_rerror_rate", (line) => line.hostHistory.rejectionRate],
  ["dst_host_srv_rerror_rate", (line) => line.serviceHistory.rejectionRate],
];

function columnOf(cells: (string | number)[]): Column {
  return typeof cells[0] === "string"
    ? textColumn(cells as string[])
    : { kind: "number", values: Float64Array.from(cells as number[]) };
}
