import { kddFeatures, readConnections } from "@mlsec/flows";
import { concatTables, DEFAULT_SEED, Table, textColumn } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { captureOf, captureSource } from "./capture.js";
import { apportion, checkPositiveInteger } from "./distributions.js";
import type { Part } from "./episodes.js";
import { BENIGN, labeller } from "./ground-truth.js";
import { ALL_ATTACKS, ordinaryParts } from "./mixes.js";
import { quotaRows } from "./quotas.js";

/** Options of {@link generateConnections}. */
export interface ConnectionOptions {
  /** Rows of the table; at least about 100, so that every kind of attack finds room. */
  readonly rows: number;
  /** A safe non-negative integer; default 42. */
  readonly seed?: number;
}

/** Share of the rows that are attacks. */
const ATTACK_SHARE = 0.465;
/** Share of today's conversations in ordinary use; the others are of the kinds of NSL-KDD. */
const MODERN_SHARE = 0.2;
/** Ordinary connections a second, over the whole network. */
const NORMAL_RATE = 2;
/** The windows need some past before their counts mean anything, however few rows are wanted. */
const FEWEST_NORMAL_CONNECTIONS = 1500;
/** Connections played for each one wanted; more for attacks, so that no single flood makes up most of its kind. */
const NORMAL_SURPLUS = 1.25;
const ATTACK_SURPLUS = 2.5;

/**
 * Generates labelled connections in the schema of NSL-KDD: its 41 features under their names and in their order, and
 * `class` (`normal` or `anomaly`).
 *
 * Generated, not captured: scripts of ordinary and hostile behaviour write the packets of a simulated network, and
 * `readConnections` and `kddFeatures` of `@mlsec/flows` make the rows of them, with their defaults, as they do of live traffic. So the
 * twelve features that no header tells (`hot`, `logged_in`, …) are 0, and so is `num_outbound_cmds`. Good for demonstrations and tests; how well a model detects
 * it says nothing about real traffic.
 *
 * `protocol_type`, `service` and `flag` are text, all others numbers: whole seconds, bytes and counts, rates in steps
 * of 0.01. The rows are drawn from all connections of the capture and stand in random order. Equal options give equal tables on every runtime.
 *
 * @throws MlsecError `invalid-option`, `too-few-rows`, `invalid-seed`.
 */
export async function generateConnections({ rows, seed = DEFAULT_SEED }: ConnectionOptions): Promise<Table> {
  checkPositiveInteger("rows", rows);
  const random = Random.seeded(seed);
  const kinds = [...ALL_ATTACKS];
  const sum = kinds.reduce((total, [, { share }]) => total + share, 0);
  const counts = apportion(rows, [1 - ATTACK_SHARE, ...kinds.map(([, { share }]) => (ATTACK_SHARE * share) / sum)], 1);
  const quotas = new Map([BENIGN, ...ALL_ATTACKS.keys()].map((label, k) => [label, counts[k]!] as const));
  const normal = Math.max(FEWEST_NORMAL_CONNECTIONS, counts[0]! * NORMAL_SURPLUS);
  for (let surplus = 1; ; surplus *= 2) {
    const parts = [
      ...ordinaryParts(normal * surplus, MODERN_SHARE),
      ...kinds.map(([label, behaviour], k): Part => {
        return { label, behaviour, connections: Math.ceil(counts[k + 1]! * ATTACK_SURPLUS * surplus) };
      }),
    ];
    const { table, labels } = await observe(parts, (normal * surplus) / NORMAL_RATE, random);
    const chosen = quotaRows(labels, quotas, random.fork(0));
    if (chosen === undefined) continue;
    return Table.of([
      ...table.take(chosen),
      ["class", textColumn(Array.from(chosen, (row) => (labels[row] === BENIGN ? "normal" : "anomaly")))],
    ]);
  }
}

/** The features of all connections of a capture, and their labels. */
async function observe(
  parts: readonly Part[],
  seconds: number,
  random: Random,
): Promise<{ table: Table; labels: readonly string[] }> {
  const capture = captureOf(parts, seconds, false, random);
  const batches = [];
  for await (const batch of kddFeatures(readConnections(captureSource(capture)))) batches.push(batch);
  return {
    table: concatTables(batches.map(({ table }) => table)),
    labels: batches.flatMap(({ records }) => records).map(labeller(capture.attacks)),
  };
}
