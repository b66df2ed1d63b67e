import { trainAttackClassifier } from "@mlsec/attack-tree";
import { type Pipeline, saveBundle, type ThreatPipeline } from "@mlsec/bundle";
import {
  encodeLabels,
  type FeatureMatrix,
  fingerprintTable,
  type Labels,
  Preprocessor,
  type State,
  type StepSpec,
  sketchPredictions,
  Table,
  textColumn,
} from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { FittedEnsemble, initialWeights, type LayerSpec, Network } from "@mlsec/threat-ensemble";
import { RandomForestClassifier } from "@mlsec/trees";

/** A valid bundle, and rows that its model judges. */
export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly rows: Table;
}

const CLASSES = ["Normal", "Attack"];
const LOGIT: LayerSpec = { type: "dense", units: 1, activation: "linear" };

/** Small valid bundles that together have every kind of model, member, layer, step and calibration. */
export async function seedBundles(): Promise<readonly Seed[]> {
  const table = connections(60);
  const features = table.drop(["class"]);
  const pipelines: [string, Pipeline, Table][] = [
    ["tree", (await trainAttackClassifier(flows(40))).pipeline, flows(3)],
    ["ensemble", await ensemble(table), features.take(Int32Array.of(0, 1, 2))],
    ["union", await unionOfForests(table), features.take(Int32Array.of(3, 4, 5))],
  ];
  return Promise.all(
    pipelines.map(async ([name, pipeline, rows]) => ({ name, bytes: await saveBundle(pipeline), rows })),
  );
}

/** An untrained network of each kind and a forest, calibrated (Platt), with familiarity: nothing here asks how good it is. */
async function ensemble(table: Table): Promise<ThreatPipeline> {
  const steps: StepSpec[] = [
    { step: "imputeMissing", columns: ["bytes"] },
    { step: "log1p", columns: ["bytes"] },
    { step: "clip", columns: ["rate"], min: 0, max: 1 },
    { step: "standardScale" },
    { step: "oneHotEncode", minCount: 5 },
  ];
  const preprocessor = Preprocessor.fit(table.drop(["class"]), steps);
  const { features, sources } = preprocessor;
  const width = features.length;
  const ann: LayerSpec[] = [
    { type: "dense", units: 2, activation: "relu" },
    { type: "batchNorm" },
    { type: "dropout", rate: 0.2 },
    LOGIT,
  ];
  const lstm: LayerSpec[] = [
    { type: "lstm", units: 2, returnSequences: true },
    { type: "lstm", units: 1, returnSequences: false, recurrentActivation: "hardSigmoid6" },
    LOGIT,
  ];
  const columns = Int32Array.from({ length: width }, (_, place) => place);
  const widest = Math.max(...sources.map((source) => sources.filter((other) => other === source).length));
  const member = (name: string, weight: number, model: State): State => ({
    name,
    fold: null,
    weight,
    columns,
    ...(model as object),
  });
  const model = FittedEnsemble.fromState({
    features,
    sources,
    members: [
      member("ann", 0.5, { network: untrained(1, width, ann) }),
      member("lstm", 0.25, { network: untrained(new Set(sources).size, widest, lstm) }),
      member("forest", 0.25, { forest: await forest(table, preprocessor) }),
    ],
    calibration: { method: "platt", slope: 1.5, intercept: -0.25 },
    familiarity: {
      columns: Int32Array.of(0, 1),
      prototypes: Float32Array.of(0, 0, 1, 1, -1, 0.5),
      distances: Float64Array.of(0, 0.1, 0.4, 2),
    },
    history: [{ member: "ann", fold: null, epochs: 3, bestEpoch: 2, validationLoss: 0.5 }],
  });
  return pipelineOf(table, preprocessor, model);
}

/** Preprocessors side by side with all other steps, a forest for each, and an isotonic calibration. */
async function unionOfForests(table: Table): Promise<ThreatPipeline> {
  const part = (specs: readonly StepSpec[]): Preprocessor => Preprocessor.fit(table.drop(["class"]), specs);
  const preprocessor = Preprocessor.union(
    new Map([
      ["pieces", part([{ step: "piecewiseLinear", bins: 2 }, { step: "ordinalEncode" }, { step: "minMaxScale" }])],
      ["plain", part([{ step: "keepColumns", columns: ["rate", "bytes"] }, { step: "robustScale" }])],
    ]),
  );
  const { features, sources } = preprocessor;
  const columns = Int32Array.from(features, (_, place) => place);
  const state = await forest(table, preprocessor);
  const model = FittedEnsemble.fromState({
    features,
    sources,
    members: [1, 2].map((fold) => ({ name: "forest", fold, weight: 0.5, columns, forest: state })),
    calibration: {
      method: "isotonic",
      scores: Float64Array.of(-2, 0, 2),
      probabilities: Float64Array.of(0.1, 0.4, 0.9),
    },
    familiarity: null,
    history: [],
  });
  return pipelineOf(table, preprocessor, model);
}

function untrained(steps: number, width: number, layers: readonly LayerSpec[]): State {
  const spec = { steps, width, layers };
  return new Network(spec, initialWeights(spec, Random.seeded(1))).toState();
}

async function forest(table: Table, preprocessor: Preprocessor): Promise<State> {
  const matrix: FeatureMatrix = preprocessor.transform(table.drop(["class"]));
  const options = { nEstimators: 2, maxDepth: 2, threads: 1, seed: 1 };
  return (await RandomForestClassifier.fit(matrix, labelsOf(table), options)).toState();
}

function labelsOf(table: Table): Labels {
  return encodeLabels(table.texts("class") as string[], CLASSES);
}

async function pipelineOf(table: Table, preprocessor: Preprocessor, model: FittedEnsemble): Promise<ThreatPipeline> {
  const features = table.drop(["class"]);
  const { codes } = labelsOf(table);
  const probabilities = model.predictProba(preprocessor.transform(features));
  return {
    kind: "threat_detector",
    preprocessor,
    model,
    classes: CLASSES,
    attackClass: "Attack",
    normalClass: "Normal",
    threshold: { value: 0.5, chosenBy: "default" },
    baseline: preprocessor.inputs.map(({ name }) => features.cell(name, 0)),
    provenance: {
      seed: 42,
      split: "none",
      metrics: [{ measuredOn: "training rows", rows: table.rows, values: { accuracy: 0.5 } }],
      fingerprint: await fingerprintTable(features),
      predictions: sketchPredictions("training rows", CLASSES, codes, probabilities),
      flowProfile: "kdd",
      libraries: { "@mlsec/bundle": "0.0.0" },
      options: { epochs: 3 },
    },
  };
}

/** Connections: a protocol of which one is rare, two numbers, and a label that depends on them. */
function connections(rows: number): Table {
  const random = Random.seeded(1);
  const protocols = Array.from({ length: rows }, (_, row) => (row < 2 ? "gre" : ["tcp", "udp"][row % 2]!));
  const bytes = Float64Array.from(protocols, () => Math.floor(random.exponential() * 100));
  const rate = Float64Array.from(protocols, () => Math.round(random.float() * 8) / 8);
  const labels = protocols.map((protocol, row) => CLASSES[protocol === "gre" || rate[row]! > 0.5 ? 1 : 0]!);
  return Table.of([
    ["protocol", textColumn(protocols)],
    ["bytes", { kind: "number", values: bytes }],
    ["rate", { kind: "number", values: rate }],
    ["class", textColumn(labels)],
  ]);
}

/** Flows of three classes. */
function flows(rows: number): Table {
  const random = Random.seeded(1);
  const labels = Array.from({ length: rows }, (_, row) => ["BENIGN", "DDoS", "PortScan"][row % 3]!);
  const values = (shift: number): Float64Array =>
    Float64Array.from(labels, (_, row) => Math.round(random.normal() * 4 + shift * (row % 3)));
  return Table.of([
    ["Flow Duration", { kind: "number", values: values(6) }],
    ["Idle Max", { kind: "number", values: values(2) }],
    ["Label", textColumn(labels)],
  ]);
}
