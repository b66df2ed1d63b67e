// The mlsec side of test_export_joblib.py: trains models and writes them for Python; reads them back when Python has dumped them.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { generateConnections, generateFlows } from "../examples/data/index.js";
import { trainAttackClassifier } from "../packages/attack-tree/src/index.js";
import {
  type AttackPipeline,
  type Bundle,
  type Detector,
  detectorOf,
  loadBundle,
  type Pipeline,
  saveBundle,
} from "../packages/bundle/src/index.js";
import { importJoblib, SKLEARN_VERSIONS, type ToJoblibOptions, toJoblib } from "../packages/bundle/src/joblib/index.js";
import { readKeras, toKeras } from "../packages/bundle/src/keras/index.js";
import { tableOf } from "../packages/bundle/test/joblib/ask.js";
import { type Cell, type InputRecord, MlsecError, nslKdd, type Table } from "../packages/preprocess/src/index.js";
import { readCsvFile } from "../packages/preprocess/src/node/index.js";
import {
  FittedEnsemble,
  Network,
  type ThreatDetectorOptions,
  trainThreatDetector,
} from "../packages/threat-ensemble/src/index.js";
import { FittedForest, FittedTree } from "../packages/trees/src/score/index.js";

type Request =
  | { readonly action: "export"; readonly folder: string; readonly kit: readonly string[] }
  | {
      readonly action: "import";
      readonly files: readonly { readonly file: string; readonly rows: string }[];
    };

const DATA = process.env["MLSEC_DATA"];
const ROWS = 1000;
const TRAINING_ROWS = 2500;
const TRAINING_FLOWS = 6000;
/** The bundles that the guide's commands take. */
const GUIDE: Readonly<Record<string, string>> = {
  attack: "attack_classifier.safetensors",
  compact: "threat_detector.safetensors",
};
const DATE = "2026-11-29T12:34:56.000Z";

const features = ["protocol_type", "service", "flag", "src_bytes", "dst_bytes", "count", "same_srv_rate"];

const threats: readonly (readonly [string, ThreatDetectorOptions])[] = [
  ["reference", { architecture: "reference", features: "backend", epochs: 1 }],
  [
    "reference, robust",
    { architecture: "reference", features: "backend", scaler: "robust", members: ["ann"], epochs: 2 },
  ],
  ["compact", { features: "backend", epochs: 3 }],
  ["compact, folds", { features, members: ["ann", "lstm", "forest"], folds: 2, epochs: 2, calibration: "isotonic" }],
  [
    "compact, platt",
    { features, members: ["ann", "forest"], epochs: 3, voting: "fitted", calibration: "platt", threshold: 0.37 },
  ],
  ["forest", { features, members: ["forest"] }],
];

const request = JSON.parse(readFileSync(0, "utf8")) as Request;
const answer =
  request.action === "export"
    ? await exported(request.folder, request.kit)
    : await Promise.all(request.files.map(({ file, rows }) => imported(file, rows)));
console.log(JSON.stringify(answer));

async function exported(folder: string, kit: readonly string[]): Promise<unknown> {
  const cases: unknown[] = [];
  for await (const [name, pipeline, rows] of models()) {
    const bundle = await loadBundle(await saveBundle(pipeline, { createdAt: DATE }));
    if (name in GUIDE) writeFileSync(join(folder, GUIDE[name]!), await saveBundle(pipeline, { createdAt: DATE }));
    const rowsFile = join(folder, `${name}.rows.json`);
    const table = rows.select(pipeline.preprocessor.inputs.map((input) => input.name));
    writeFileSync(rowsFile, JSON.stringify(columnsOf(table)));
    const told = sayOf(pipeline, table);
    if (name === "reference") await writeKeras(pipeline, folder);
    for (const options of exportsOf(name, pipeline)) {
      const file = join(folder, `${name}-${options.layout}-${options.target}.joblib`);
      writeFileSync(file, await written(bundle, options, folder));
      cases.push({ name, kind: pipeline.kind, ...options, keras: undefined, file, rows: rowsFile, ...told });
    }
  }
  for (const path of kit) cases.push(await exportedKit(path, folder));
  return { isReal: DATA !== undefined, cases };
}

/** The networks of a detector as files of Keras. */
async function writeKeras({ model }: Pipeline, folder: string): Promise<void> {
  for (const { name, model: member } of (model as FittedEnsemble).members)
    for (const format of ["h5", "keras"] as const) {
      const { bytes } = await toKeras(Network.fromState(member.toState()), { format });
      writeFileSync(join(folder, `${name}.${format}`), bytes);
    }
}

/** A bundle of the conformance kit, with what it says of each of its rows; null for those that it refuses. */
async function exportedKit(path: string, folder: string): Promise<unknown> {
  const { pipeline } = await loadBundle(readFileSync(`${path}.safetensors`));
  const threat = pipeline.kind === "threat_detector" ? pipeline : asThreat(pipeline);
  const bundle = await loadBundle(await saveBundle(threat));
  const file = join(folder, `${basename(path)}-kit.joblib`);
  writeFileSync(file, await written(bundle, { layout: "backend" }, folder));
  const detector = detectorOf(bundle);
  const rows = JSON.parse(readFileSync(`${path}.inputs.json`, "utf8")) as InputRecord[];
  return { name: "kit", file, inputs: `${path}.inputs.json`, expected: rows.map((row) => probability(detector, row)) };
}

function probability(detector: Detector, row: InputRecord): number | null {
  try {
    return detector.detect([row])[0]!.probability;
  } catch (error) {
    if (error instanceof MlsecError) return null;
    throw error;
  }
}

/** The same preprocessing and tree as a threat detector, whose attack is any class but the first. */
function asThreat(pipeline: AttackPipeline): Pipeline {
  const { preprocessor, model, provenance, baseline } = pipeline;
  const classes = ["Normal", "Attack"];
  const { nodes } = model.tree;
  const first = nodes.value.filter((_, place) => place % model.classes.length === 0);
  const value = Float64Array.from({ length: 2 * first.length }, (_, place) =>
    place % 2 === 0 ? first[place / 2]! : Math.max(0, 1 - first[(place - 1) / 2]!),
  );
  const tree = FittedTree.fromState({ classes, features: preprocessor.features, nodes: { ...nodes, value } });
  const forest = new FittedForest(classes, preprocessor.features, [tree]).toState();
  const columns = Int32Array.from(preprocessor.features.keys());
  const { features, sources } = preprocessor;
  return {
    kind: "threat_detector",
    preprocessor,
    model: FittedEnsemble.fromState({
      features,
      sources,
      members: [{ name: "forest", fold: null, weight: 1, columns, forest }],
      calibration: null,
      familiarity: null,
      history: [],
    }),
    classes,
    attackClass: "Attack",
    normalClass: "Normal",
    threshold: { value: 0.5, chosenBy: "default" },
    baseline,
    provenance,
  };
}

async function written(bundle: Bundle, options: ToJoblibOptions, folder: string): Promise<Uint8Array> {
  const { bytes, module } = await toJoblib(bundle, options);
  if (module !== null) writeFileSync(join(folder, module.name), module.text);
  return bytes;
}

/** Every target for a tree, some for a forest, as they have objects of scikit-learn; the newest for others. */
function exportsOf(name: string, { kind }: Pipeline): ToJoblibOptions[] {
  const targets =
    name === "attack" || name === "forest" || name === "reference" ? SKLEARN_VERSIONS : (["1.9"] as const);
  const all = targets.map((target): ToJoblibOptions => ({ layout: "backend", target }));
  const hasTraining = kind === "attack_classifier" || name === "reference";
  return hasTraining ? [...all, { layout: "training", target: "1.9", keras: toKeras }] : all;
}

/** What mlsec says of rows. */
function sayOf(pipeline: Pipeline, table: Table) {
  const { classes, threshold } = pipeline;
  const matrix = pipeline.preprocessor.transform(table);
  const proba = pipeline.model.predictProba(matrix);
  const codes =
    pipeline.kind === "attack_classifier"
      ? pipeline.model.predict(matrix)
      : Int32Array.from(proba, (attack) => (attack > pipeline.threshold!.value ? 1 : 0));
  return {
    classes,
    threshold: threshold?.value ?? null,
    proba: [...proba],
    predicted: Array.from(codes, (code) => classes[code]),
    importances: pipeline.kind === "attack_classifier" ? [...pipeline.model.tree.featureImportances] : null,
  };
}

async function imported(file: string, rowsFile: string): Promise<unknown> {
  const { bundle, notes } = await importJoblib(readFileSync(file), { keras: readKeras });
  if (bundle === null) return { problem: JSON.stringify(notes) };
  const loaded = await loadBundle(bundle);
  const table = tableOf(JSON.parse(readFileSync(rowsFile, "utf8")) as Record<string, Cell[]>);
  const { pipeline } = loaded;
  const { codes, probabilities } = detectorOf(loaded).detectColumns(table);
  // An attack classifier's detector gives the probability of the class alone.
  const matrix = pipeline.preprocessor.transform(table);
  const proba = pipeline.kind === "attack_classifier" ? pipeline.model.predictProba(matrix) : probabilities;
  return {
    problem: null,
    proba: [...proba],
    predicted: Array.from(codes, (code) => pipeline.classes[code]),
    layout: pipeline.provenance.options["layout"],
  };
}

async function* models(): AsyncGenerator<readonly [name: string, pipeline: Pipeline, rows: Table]> {
  const flows =
    DATA === undefined
      ? await generateFlows({ rows: TRAINING_FLOWS, seed: 3, dirty: false })
      : await readCsvFile(join(DATA, "cicids2017", "improved-sample.csv"));
  const train = spread(flows, TRAINING_FLOWS);
  const excludeLabels = DATA === undefined ? [] : ["Heartbleed", "Infiltration - Portscan"];
  for (const [name, options] of [
    ["attack", {}],
    ["attack, balanced", { criterion: "entropy", classWeight: "balanced", minSamplesLeaf: 2 }],
  ] as const) {
    const { pipeline } = await trainAttackClassifier(train, { excludeLabels, ...options });
    yield [name, pipeline, spread(flows.take(pipeline.preprocessor.transformableRows(flows)), ROWS)];
  }
  const [some, test] = await connections();
  for (const [name, options] of threats) {
    const { pipeline } = await trainThreatDetector(some, options);
    yield [name, pipeline, spread(test, ROWS)];
  }
}

async function connections(): Promise<readonly [train: Table, test: Table]> {
  if (DATA === undefined)
    return [
      await generateConnections({ rows: TRAINING_ROWS, seed: 5 }),
      await generateConnections({ rows: 2000, seed: 6 }),
    ];
  const headers = [...nslKdd.features, nslKdd.label, nslKdd.difficulty];
  const train = await readCsvFile(join(DATA, "nsl-kdd", "Train_data.csv"));
  const test = await readCsvFile(join(DATA, "nsl-kdd", "KDDTest+.txt"), { headers, types: nslKdd.types });
  return [spread(train, TRAINING_ROWS), test];
}

/** So many rows, from all over the table. */
function spread(table: Table, rows: number): Table {
  return table.take(Int32Array.from({ length: rows }, (_, row) => Math.floor((row * table.rows) / rows)));
}

function columnsOf(table: Table): Record<string, Cell[]> {
  return Object.fromEntries(
    [...table].map(([name, column]) => [name, column.kind === "number" ? [...column.values] : table.texts(name)]),
  ) as Record<string, Cell[]>;
}
