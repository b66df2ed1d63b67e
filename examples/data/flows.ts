import { type FlowRecord, flowColumns, meterFlows } from "@mlsec/flows";
import { type Column, DEFAULT_SEED, Table, textColumn } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { attackFlows } from "./attack-flows.js";
import { captureOf, captureSource } from "./capture.js";
import { apportion, checkPositiveInteger } from "./distributions.js";
import type { Part } from "./episodes.js";
import { labeller } from "./ground-truth.js";
import { ordinaryParts } from "./mixes.js";
import { quotaRows } from "./quotas.js";

/** Options of {@link generateFlows}. */
export interface FlowOptions {
  /** Rows of the table; at least about 300 with the default `minPerClass`. */
  readonly rows: number;
  /** A safe non-negative integer; default 42. */
  readonly seed?: number;
  /** Fewest rows of each class, so that a stratified split finds some; default 12. */
  readonly minPerClass?: number;
  /**
   * Whether a few flows have no duration, and therefore infinite rates and cells that are missing; default true.
   * A table that is not dirty still has duplicate rows.
   */
  readonly dirty?: boolean;
}

/** The classes, in about the proportions of a working week with some attacks in it. */
const SHARES: Readonly<Record<string, number>> = {
  BENIGN: 0.8,
  "DoS Hulk": 0.082,
  DDoS: 0.045,
  PortScan: 0.056,
  "FTP-Patator": 0.0028,
  "DoS slowloris": 0.002,
  "DoS Slowhttptest": 0.002,
  "SSH-Patator": 0.0021,
  "DoS GoldenEye": 0.0036,
  "Web Attack Brute Force": 0.0005,
  Bot: 0.0007,
  "Web Attack XSS": 0.0002,
  "Web Attack Sql Injection": 0.00001,
  Infiltration: 0.00001,
};

/** The 78 features of CIC-IDS2017 under the header's own names, leading spaces included, in its order. */
export const FLOW_FEATURES: readonly string[] = flowColumns({ profile: "cic2017" }).features;
const DURATION = FLOW_FEATURES.indexOf(" Flow Duration");

/** The fourteen values of ` Label`. */
export const FLOW_CLASSES: readonly string[] = Object.keys(SHARES);

/** Share of today's conversations in ordinary use; the others are of the kinds of NSL-KDD. */
const MODERN_SHARE = 0.8;
/** Conversations of ordinary hosts that begin in a second. */
const CONNECTIONS_PER_SECOND = 8;
/** Conversations played for each row that is wanted: most are two flows, as what follows a FIN is one of its own. */
const BENIGN_SURPLUS = 0.8;
/** More, since some have no duration. */
const ATTACK_SURPLUS = 1.2;
/** Share of the rows that are copies of others. */
const DUPLICATE_SHARE = 0.03;
/** Share of the rows without duration in a dirty table, the fewest of them, and whose they are. */
const INSTANT_SHARE = 0.0012;
const FEWEST_INSTANT = 4;
const INSTANT_CLASSES: readonly string[] = ["DoS Hulk", "PortScan"];

/**
 * Generates labelled flows in the schema of CIC-IDS2017: its 78 features under the original header's names, leading
 * spaces included, and ` Label` with the fourteen classes in this project's spelling.
 *
 * Generated, not captured: scripts write the packets of a simulated network, `meterFlows` of `@mlsec/flows` meters them under the
 * profile `"cic2017"`, and the addresses of attackers and victims with the times of attacks tell the labels. So every oddity of the original's columns is here, too. Good for
 * demonstrations and tests; how well a model detects it says nothing about real traffic. Classes are as unequal as in the original, the web attacks nearly
 * indistinguishable from each other, and the short leftovers of closed connections look alike in many classes.
 *
 * The rows are drawn from all flows of the capture and stand in random order. Equal options give equal tables on every runtime.
 *
 * @throws MlsecError `invalid-option`, `too-few-rows`, `invalid-seed`.
 */
export async function generateFlows({
  rows,
  seed = DEFAULT_SEED,
  minPerClass = 12,
  dirty = true,
}: FlowOptions): Promise<Table> {
  checkPositiveInteger("rows", rows);
  checkPositiveInteger("minPerClass", minPerClass);
  const random = Random.seeded(seed);
  const copies = Math.floor(rows * DUPLICATE_SHARE);
  const counts = apportion(rows - copies, Object.values(SHARES), minPerClass);
  const instant = dirty ? Math.max(FEWEST_INSTANT, Math.round(rows * INSTANT_SHARE)) / INSTANT_CLASSES.length : 0;
  const quotas = new Map<string, number>();
  for (const [k, label] of FLOW_CLASSES.entries()) {
    const instantRows = INSTANT_CLASSES.includes(label) ? Math.floor(instant) : 0;
    quotas.set(label, counts[k]! - instantRows);
    quotas.set(instantLabel(label), instantRows);
  }
  for (let surplus = 1; ; surplus *= 2) {
    const flows = await observe(
      counts.map((count, k) => Math.ceil(count * surplus * (k === 0 ? BENIGN_SURPLUS : ATTACK_SURPLUS))),
      dirty,
      random,
    );
    const drawn = quotaRows(
      flows.map(({ label, values }) => (values[DURATION] === 0 ? instantLabel(label) : label)),
      quotas,
      random.fork(0),
    );
    if (drawn !== undefined) return tableOf(withCopies(drawn, copies, random), flows);
  }
}

/** A row in the making. */
interface Flow {
  readonly label: string;
  readonly values: Float64Array;
}

/** Flows without duration have quotas of their own. */
function instantLabel(label: string): string {
  return `${label} of no duration`;
}

/** All flows of a capture in which each class has at least so many conversations, with their labels. */
async function observe(counts: readonly number[], dirty: boolean, random: Random): Promise<Flow[]> {
  const [, ...attacks] = FLOW_CLASSES;
  const parts = [
    ...ordinaryParts(counts[0]!, MODERN_SHARE),
    ...attacks.map((label, k): Part => ({ label, behaviour: attackFlows[label]!, connections: counts[k + 1]! })),
  ];
  const capture = captureOf(parts, counts[0]! / CONNECTIONS_PER_SECOND, dirty, random);
  const records: FlowRecord[] = [];
  for await (const record of meterFlows(captureSource(capture), { profile: "cic2017" })) records.push(record);
  const labelOf = labeller(capture.attacks);
  return different(records.map((record) => ({ label: labelOf(record), values: record.values })));
}

/** The flows without those that equal an earlier one of their label: the short leftovers of connections may. */
function different(flows: readonly Flow[]): Flow[] {
  const seen = new Set<string>();
  return flows.filter(({ label, values }) => {
    const key = label + String.fromCharCode(...new Uint16Array(values.buffer, values.byteOffset, 4 * values.length));
    return seen.size < seen.add(key).size;
  });
}

function withCopies(rows: Int32Array, copies: number, random: Random): number[] {
  const all = [...rows];
  for (let left = copies; left > 0; left--) all.push(rows[random.below(rows.length)]!);
  return random.shuffle(all);
}

function tableOf(rows: readonly number[], flows: readonly Flow[]): Table {
  return Table.of([
    ...FLOW_FEATURES.map((name, column): [string, Column] => [
      name,
      { kind: "number", values: Float64Array.from(rows, (row) => flows[row]!.values[column]!) },
    ]),
    [" Label", textColumn(rows.map((row) => flows[row]!.label))],
  ]);
}
