import type { Detector } from "@mlsec/bundle";
import {
  type FlowBatch,
  type KddBatch,
  kddFeatures,
  meterFlowBatches,
  type PacketSource,
  type Tunnels,
} from "@mlsec/flows";
import { MlsecError } from "@mlsec/preprocess";
import { type Payload, RECORD_READERS } from "../records.js";
import { kddCountsText, meterCountsText, type Tell, tellIssues } from "../traffic-texts.js";
import { AlarmNames } from "./alarm-names.js";
import { type Features, featuresFor, readsConnections } from "./features.js";
import { judgeBatches, judgedBatches, type StageObserver, stageVerdict } from "./judge-batches.js";
import { asTheyCome, inLockstep } from "./lockstep.js";
import { flowSubject, type TrafficVerdict } from "./traffic-verdict.js";
import { UnavailableFeatures } from "./unavailable-features.js";

/** One detector, or the threat detector and the attack classifier of two stages. */
export type Stages = readonly [Detector] | readonly [threat: Detector, attack: Detector];

export interface TrafficOptions extends StageObserver {
  readonly profile: string | undefined;
  readonly anyProfile: boolean;
  /** Seconds that a row of KDD's features waits for connections that began before it. */
  readonly lateness: number;
  /** Meters flows of IPv6, too; default false. Connections of it are always judged. */
  readonly ipv6?: boolean | undefined;
  /** Of packets: whether those in tunnels are judged, rather than the tunnels. */
  readonly tunnels?: Tunnels | undefined;
  readonly payload?: Payload | undefined;
  readonly signal: AbortSignal;
  /** Told at once what a user should know before trusting verdicts. */
  readonly warn: (message: string) => void;
  /** Told, line by line, what is to be known of the source once it is read. */
  readonly tell: Tell;
}

export type TrafficFormat = keyof typeof RECORD_READERS;

/**
 * Verdicts on connections or flows of packets or logs, as they end. Two stages that read the same features judge the same rows;
 * a threat detector of connections and an attack classifier of flows judge the same packets: see `AlarmNames`.
 *
 * @throws MlsecError `wrong-source` where the source cannot give what a model reads, `no-common-rows` where two stages read
 *   what cannot be joined; as `featuresFor`.
 */
export function judgeTraffic(
  source: PacketSource,
  format: TrafficFormat,
  stages: Stages,
  options: TrafficOptions,
): AsyncGenerator<TrafficVerdict[]> {
  const [first, second] = stages;
  const [features, others] = stages.map((stage) => featuresFor(stage, forStage(stage, stages, options)));
  for (const [at, needed] of [features!, others].entries())
    if (needed?.unit === "flows" && format !== "pcap") throw needsPackets(stages[at]!, format);
  if (second === undefined || sameFeatures(features!, others!))
    return judgeRows(source, format, stages, features!, options);
  if (features!.unit === "connections" && others!.unit === "flows")
    return judgePackets(source, first, second, others as Features & { unit: "flows" }, options);
  throw new MlsecError(
    "no-common-rows",
    `The threat detector reads ${text(features!)}, the attack classifier ${text(others!)}: these cannot be joined. Two stages need the same features, or a threat detector of connections and an attack classifier of flows.`,
    { got: [features!.profile, others!.profile] },
  );
}

/** `--profile` is about flows where one of two stages reads connections, which have one profile alone. */
function forStage(
  stage: Detector,
  stages: Stages,
  { profile, ...options }: TrafficOptions,
): Parameters<typeof featuresFor>[1] {
  const isStated = stages.length === 1 || !readsConnections(stage);
  return { profile: isStated ? profile : undefined, ...options };
}

async function* judgeRows(
  source: PacketSource,
  format: TrafficFormat,
  stages: Stages,
  features: Features,
  options: TrafficOptions,
): AsyncGenerator<TrafficVerdict[]> {
  if (features.unit === "flows") {
    const subject = ({ records }: FlowBatch, row: number) => flowSubject(records[row]!);
    yield* judgeBatches(stages, flowsOf(source, features, options), subject, options);
    return;
  }
  const connections = connectionsOf(source, format, stages, options);
  yield* judgeBatches(stages, connections, ({ records }, row) => records[row]!, options);
}

async function* judgePackets(
  source: PacketSource,
  threat: Detector,
  attack: Detector,
  features: Features & { readonly unit: "flows" },
  options: TrafficOptions,
): AsyncGenerator<TrafficVerdict[]> {
  const [forConnections, forFlows] = inLockstep(source);
  const connections = judgedBatches(threat, connectionsOf(forConnections, "pcap", [threat], options), options);
  const flows = judgedBatches(attack, flowsOf(forFlows, features, options, false), options);
  const names = new AlarmNames();
  for await (const judged of asTheyCome(connections, flows)) {
    const { batch, verdicts } = judged;
    const said: TrafficVerdict[] = [];
    if ("unavailable" in batch) {
      for (const [row, record] of batch.records.entries()) {
        const verdict = stageVerdict(threat, verdicts, row);
        if (verdict?.isAttack) names.addAlarm(record, verdict);
        else if (verdict === null) said.push({ subject: record, verdict, stages: null });
        else said.push({ subject: record, verdict, stages: { threat: verdict, attack: null } });
      }
    } else for (const [row, flow] of batch.records.entries()) names.addFlow(flow, stageVerdict(attack, verdicts, row));
    said.push(...names.take(false));
    if (said.length > 0) yield said;
  }
  yield names.take(true);
  if (names.unnamed > 0)
    options.tell(`${names.unnamed} attacks without a name: no flow that could be judged had their packets.`);
  if (names.early > 0)
    options.tell(`${names.early} attacks were named before all of their flows had ended, to make room.`);
  if (names.forgotten > 0)
    options.tell(`${names.forgotten} flows were forgotten before their connections may have ended.`);
}

function flowsOf(
  source: PacketSource,
  { profile, names }: Features & { readonly unit: "flows" },
  { ipv6, tunnels, signal, tell }: TrafficOptions,
  tellsIssues = true,
): AsyncGenerator<FlowBatch> {
  return meterFlowBatches(source, {
    profile,
    names,
    sweep: true,
    ipv6,
    tunnels,
    signal,
    onIssues: (issues) => tellsIssues && tellIssues(issues, tell),
    onCounts: (counts) => tell(meterCountsText(counts)),
  });
}

/** Features of connections; warns once of what nothing tells, and tells at the end what it was in all. */
async function* connectionsOf(
  source: PacketSource,
  format: TrafficFormat,
  stages: Stages,
  { signal, tell, warn, lateness, tunnels, payload }: TrafficOptions,
): AsyncGenerator<KddBatch> {
  const records = RECORD_READERS[format](source, { tunnels, payload, signal, tell });
  const lacking = stages.map((stage) => new UnavailableFeatures(stage));
  const features = kddFeatures(records, { lateness, signal, onCounts: (counts) => tell(kddCountsText(counts)) });
  let isFirst = true;
  for await (const batch of features) {
    for (const stage of lacking) {
      stage.add(batch.unavailable);
      const warning = isFirst ? stage.warning() : null;
      if (warning !== null) warn(warning);
    }
    isFirst = false;
    yield batch;
  }
  for (const stage of lacking) {
    const summary = stage.summary();
    if (summary !== null) tell(summary);
  }
}

function sameFeatures(a: Features, b: Features): boolean {
  if (a.unit === "connections" || b.unit === "connections") return a.unit === b.unit;
  return a.profile === b.profile && a.names === b.names;
}

function needsPackets({ kind }: Detector, format: string): MlsecError {
  return new MlsecError(
    "wrong-source",
    `The ${kind} reads features of flows, which only packets give: a log (${format}) has connections. Give a capture, with --format pcap.`,
    { expected: "pcap", got: format },
  );
}

function text(features: Features): string {
  if (features.unit === "connections") return "features of connections";
  return `features of flows (${features.profile}, names ${features.names})`;
}
