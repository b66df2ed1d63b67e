import { trainAttackClassifier } from "@mlsec/attack-tree";
import {
  encodeLabels,
  fingerprintTable,
  Preprocessor,
  type StepSpec,
  sketchPredictions,
  Table,
  takeLabels,
  textColumn,
} from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { initialWeights, Network, type NetworkEngine, ThreatEnsemble } from "@mlsec/threat-ensemble";
import type { AttackPipeline, ThreatPipeline } from "../src/index.js";

/** Connections: a protocol, two numbers and a label that depends on all of them. */
export function connections(rows: number, seed = 1): Table {
  const random = Random.seeded(seed);
  const protocols = Array.from({ length: rows }, () => ["icmp", "tcp", "udp"][random.below(3)]!);
  const bytes = Float64Array.from({ length: rows }, () => Math.floor(random.exponential() * 1000));
  const rate = Float64Array.from({ length: rows }, () => random.float());
  return Table.of([
    ["protocol", textColumn(protocols)],
    ["bytes", { kind: "number", values: bytes }],
    ["rate", { kind: "number", values: rate }],
    [
      "class",
      textColumn(protocols.map((protocol, row) => (protocol === "icmp" || rate[row]! > 0.8 ? "Attack" : "Normal"))),
    ],
  ]);
}

/** Flows of three classes. */
export function flows(rows: number, seed = 1): Table {
  const random = Random.seeded(seed);
  const labels = Array.from({ length: rows }, (_, row) => ["BENIGN", "DDoS", "PortScan"][row % 3]!);
  const column = (shift: number) =>
    ({ kind: "number", values: Float64Array.from(labels, (_, row) => random.normal() + shift * (row % 3)) }) as const;
  return Table.of([
    [" Flow Duration", column(2)],
    ["Total Bytes", column(1)],
    ["Idle Max", column(0)],
    [" Label", textColumn(labels)],
  ]);
}

/** An engine that only draws starting weights: scoring and saving do not care how good a network is. */
const untrained: NetworkEngine = {
  name: "starting weights",
  train: async (spec, _data, { seed, onEpoch }) => {
    const network = new Network(spec, initialWeights(spec, Random.seeded(seed)));
    await onEpoch?.(1, network);
    return network;
  },
};

/** @param first steps before those that every threat pipeline of these tests has. */
export async function threatPipeline(first: readonly StepSpec[] = []): Promise<ThreatPipeline> {
  const table = connections(120);
  const labels = encodeLabels(table.texts("class") as string[], ["Normal", "Attack"]);
  const features = table.drop(["class"]);
  const preprocessor = Preprocessor.fit(features, [
    ...first,
    { step: "log1p", columns: ["bytes"] },
    { step: "standardScale" },
    { step: "oneHotEncode" },
  ]);
  const matrix = preprocessor.transform(features);
  const rows = Int32Array.from({ length: 40 }, (_, row) => row);
  const validation = { matrix: preprocessor.transform(features.take(rows)), labels: takeLabels(labels, rows) };
  const model = await ThreatEnsemble.fit(matrix, labels, {
    engine: untrained,
    validation,
    sources: preprocessor.sources,
  });
  return {
    kind: "threat_detector",
    preprocessor,
    model,
    classes: ["Normal", "Attack"],
    attackClass: "Attack",
    normalClass: "Normal",
    threshold: { value: 0.5, chosenBy: "default" },
    baseline: preprocessor.inputs.map(({ name }) => features.cell(name, 0)),
    provenance: {
      seed: 42,
      split: "none",
      metrics: [],
      fingerprint: await fingerprintTable(features),
      predictions: sketchPredictions(
        "training rows",
        labels.classes,
        labels.codes,
        Float64Array.from(labels.codes, (code) => 0.25 + code / 2),
      ),
      flowProfile: null,
      libraries: {},
      options: {},
    },
  };
}

export async function attackPipeline(): Promise<AttackPipeline> {
  return (await trainAttackClassifier(flows(300))).pipeline;
}
