// The models of test_onnx.py: both of the quickstart, and others for what those do not have.

import { generateConnections, generateFlows } from "../examples/data/index.js";
import { AttackTree, trainAttackClassifier } from "../packages/attack-tree/src/index.js";
import { type Bundle, loadBundle, type Pipeline, saveBundle } from "../packages/bundle/src/index.js";
import {
  encodeLabels,
  type FeatureMatrix,
  fingerprintTable,
  type Labels,
  Preprocessor,
  type StepSpec,
  Table,
  takeLabels,
} from "../packages/preprocess/src/index.js";
import { readCsvFile } from "../packages/preprocess/src/node/index.js";
import { Random } from "../packages/preprocess/src/numeric/index.js";
import { type ThreatDetectorOptions, trainThreatDetector } from "../packages/threat-ensemble/src/index.js";

/** A model, and rows as it may meet them. */
export interface Subject {
  readonly name: string;
  readonly bundle: Bundle;
  readonly bytes: Uint8Array;
  readonly table: Table;
  /** Whether networks take part: their float32 sums have another order in each runtime. */
  readonly hasNetworks: boolean;
}

const FEATURES = [
  "protocol_type",
  "service",
  "flag",
  "src_bytes",
  "dst_bytes",
  "count",
  "same_srv_rate",
  "diff_srv_rate",
  "dst_host_srv_count",
  "dst_host_same_srv_rate",
];

/** @param data the folder of the real data, or none. */
export async function* subjects(data: string | undefined): AsyncGenerator<Subject> {
  const generated = await generateFlows({ rows: 6000 });
  yield* attackTrees("generated flows", generated);
  if (data !== undefined) {
    const flows = await readCsvFile(`${data}/cicids2017/improved-sample.csv`);
    yield* attackTrees("real flows", flows, { excludeLabels: ["Heartbleed", "Infiltration - Portscan"] });
  }
  yield* ownTrees(generated);
  const connections =
    data === undefined
      ? await generateConnections({ rows: 6000 })
      : await readCsvFile(`${data}/nsl-kdd/Train_data.csv`);
  yield* threatDetectors(data === undefined ? "generated connections" : "real connections", connections);
}

async function* attackTrees(name: string, table: Table, options: object = {}): AsyncGenerator<Subject> {
  const { pipeline, test } = await trainAttackClassifier(table, options);
  yield subject(`attack tree, ${name}`, pipeline, test.features);
  const weighted = await trainAttackClassifier(table, { ...options, classWeight: "balanced", maxDepth: 6 });
  yield subject(`attack tree, ${name}, balanced classes, depth 6`, weighted.pipeline, weighted.test.features);
}

/** Trees behind steps that the attack pipeline does not have, and of two classes. */
async function* ownTrees(flows: Table): AsyncGenerator<Subject> {
  const label = flows.names.find((name) => name.trim() === "Label")!;
  const used = flows.names.filter((name) => name !== label && flows.column(name).kind === "number").slice(0, 20);
  const table = flows.select(used);
  const labels = encodeLabels(flows.texts(label) as string[]);
  const twoClasses = encodeLabels(
    (flows.texts(label) as string[]).map((name) => (name === "BENIGN" ? "BENIGN" : "Attack")),
    ["BENIGN", "Attack"],
  );
  const impute: StepSpec = { step: "imputeMissing", infinite: "missing" };
  yield ownTree("tree of two classes", table, twoClasses, [impute, { step: "standardScale" }], { maxDepth: 4 });
  yield ownTree("tree behind logarithms", table, labels, [impute, { step: "log1p", columns: used }]);
  yield ownTree("tree behind clipped logarithms and ranges", table, labels, [
    impute,
    { step: "log1p", columns: used.slice(5) },
    { step: "minMaxScale" },
    { step: "clip", min: -0.1, max: 0.9 },
  ]);
}

async function ownTree(
  name: string,
  table: Table,
  labels: Labels,
  steps: readonly StepSpec[],
  options: object = {},
): Promise<Subject> {
  const preprocessor = Preprocessor.fit(table, steps);
  const rows = preprocessor.transformableRows(table);
  const matrix = preprocessor.transform(table.take(rows));
  const model = await AttackTree.fit(matrix, takeLabels(labels, rows), { maxDepth: 10, ...options });
  return subject(
    name,
    {
      kind: "attack_classifier",
      preprocessor,
      model,
      classes: labels.classes,
      attackClass: null,
      normalClass: "BENIGN",
      threshold: null,
      baseline: null,
      provenance: {
        seed: 42,
        split: "none",
        metrics: [],
        fingerprint: await fingerprintTable(table),
        predictions: null,
        flowProfile: null,
        libraries: {},
        options: {},
      },
    },
    table,
  );
}

async function* threatDetectors(name: string, table: Table): AsyncGenerator<Subject> {
  const rows = table.take(Int32Array.from({ length: 4000 }, (_, row) => row));
  const common: ThreatDetectorOptions = { features: FEATURES, epochs: 3, forest: { nEstimators: 50 } };
  const forest = (nEstimators: number, minSamplesLeaf: number): ThreatDetectorOptions => ({
    members: ["forest"],
    forest: { nEstimators, minSamplesLeaf },
  });
  const models: readonly [string, ThreatDetectorOptions][] = [
    ["compact ensemble", {}],
    ["compact ensemble and forest, isotonic", { members: ["ann", "lstm", "forest"], calibration: "isotonic" }],
    ["reference ensemble, Platt", { architecture: "reference", epochs: 1, calibration: "platt" }],
    ["forest", forest(50, 1)],
    ["forest of weighted leaves", { ...forest(30, 7), classWeight: "balanced" }],
    ["forests of folds, Platt", { ...forest(20, 3), folds: 3, calibration: "platt" }],
    ["forest, isotonic", { ...forest(30, 5), calibration: "isotonic" }],
  ];
  const features = rows.select(FEATURES).take(Int32Array.from({ length: 2000 }, (_, row) => row));
  for (const [model, options] of models) {
    const { pipeline } = await trainThreatDetector(rows, { ...common, ...options });
    const scores = pipeline.model.predictProba(pipeline.preprocessor.transform(features));
    // A row's own score as the threshold: it is no attack, and one that is a last bit greater would be.
    const own = { ...pipeline, threshold: { value: middleOf(scores), chosenBy: "a row's score" } };
    yield subject(`${model}, ${name}`, own, features, options.members?.join() !== "forest");
  }
}

/** Of scores strictly between 0 and 1 the one in the middle. */
function middleOf(scores: Float64Array): number {
  const inner = scores.filter((score) => score > 0.01 && score < 0.99).sort();
  return inner[inner.length >> 1]!;
}

async function subject(name: string, pipeline: Pipeline, table: Table, hasNetworks = false): Promise<Subject> {
  const bytes = await saveBundle(pipeline);
  return { name, bytes, bundle: await loadBundle(bytes), table, hasNetworks };
}

/** A tree that has learnt where missing numbers go, and rows of its features as it was grown on them. */
export async function treeOfMissingNumbers(): Promise<{
  readonly pipeline: Pipeline;
  readonly matrix: FeatureMatrix;
}> {
  const random = Random.seeded(3);
  const codes = Int32Array.from({ length: 1000 }, (_, row) => row % 3);
  const columns = [0, 1, 2, 3].map((place) =>
    Float64Array.from(codes, (code) =>
      random.float() < 0.15 + 0.2 * code ? Number.NaN : random.normal() + place * code,
    ),
  );
  const features = columns.map((_, place) => `feature ${place}`);
  const labels = { codes, classes: ["BENIGN", "DDoS", "PortScan"] };
  const whole = Table.of(
    features.map((name, place) => [name, { kind: "number", values: columns[place]!.map((value) => value || 0) }]),
  );
  const { bundle } = await ownTree("", whole, labels, []);
  const model = await AttackTree.fit({ rows: codes.length, features, columns }, labels, { maxDepth: 8 });
  return { pipeline: { ...bundle.pipeline, model } as Pipeline, matrix: { rows: codes.length, features, columns } };
}
