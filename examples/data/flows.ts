import { type Column, DEFAULT_SEED, Table, textColumn } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { attackFlows } from "./attack-flows.js";
import { benign } from "./benign-flows.js";
import { Dialogue } from "./dialogue.js";
import { apportion, checkPositiveInteger } from "./distributions.js";
import { FLOW_FEATURES, flowFeatures } from "./flow-features.js";
import { PacketTrace } from "./packet-trace.js";

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

/** The fourteen values of ` Label`. */
export const FLOW_CLASSES: readonly string[] = Object.keys(SHARES);

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
 * Generated, not captured: for each flow a script writes packets with times, sizes, flags and windows, and all features
 * are derived from those packets, so every identity between columns holds. Good for demonstrations and tests; how well
 * a model detects it says nothing about real traffic. Classes are as unequal as in the original, the web attacks nearly
 * indistinguishable from each other, and the short leftovers of closed connections look alike in many classes.
 *
 * The rows stand in random order. Equal options give equal tables on every runtime.
 *
 * @throws MlsecError `invalid-option`, `too-few-rows`, `invalid-seed`.
 */
export function generateFlows({ rows, seed = DEFAULT_SEED, minPerClass = 12, dirty = true }: FlowOptions): Table {
  checkPositiveInteger("rows", rows);
  checkPositiveInteger("minPerClass", minPerClass);
  const random = Random.seeded(seed);
  const copies = Math.floor(rows * DUPLICATE_SHARE);
  const counts = apportion(rows - copies, Object.values(SHARES), minPerClass);
  const instant = dirty ? Math.max(FEWEST_INSTANT, Math.round(rows * INSTANT_SHARE)) / INSTANT_CLASSES.length : 0;
  const trace = new PacketTrace();
  const flows = FLOW_CLASSES.flatMap((label, code) => {
    const dialogue = new Dialogue(random.fork(code), trace);
    const instantOnes = INSTANT_CLASSES.includes(label) ? Math.floor(instant) : 0;
    return Array.from({ length: counts[code]! }, (_, i): Flow => {
      return { label, features: play(dialogue, trace, label, i < instantOnes) };
    });
  });
  for (let left = copies; left > 0; left--) flows.push(flows[random.below(rows - copies)]!);
  random.shuffle(flows);
  return Table.of([
    ...FLOW_FEATURES.map((name, column): [string, Column] => [
      name,
      { kind: "number", values: Float64Array.from(flows, (flow) => flow.features[column]!) },
    ]),
    [" Label", textColumn(flows.map((flow) => flow.label))],
  ]);
}

/** A row in the making. */
interface Flow {
  readonly label: string;
  readonly features: readonly number[];
}

/** Plays a flow of a class; where an instant one is wanted, one of two packets, in the same microsecond. */
function play(dialogue: Dialogue, trace: PacketTrace, label: string, instant: boolean): readonly number[] {
  const script = label === "BENIGN" ? benign : attackFlows[label]!;
  do script(dialogue);
  while (instant && trace.length > 2);
  if (instant) trace.collapse();
  return flowFeatures(trace);
}
