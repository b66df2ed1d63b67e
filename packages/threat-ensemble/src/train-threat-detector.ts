import {
  type AlertsPerDay,
  alertsPerDay,
  type BinaryMetrics,
  binaryMetrics,
  chooseThreshold,
  type ThresholdRule,
  type Traffic,
} from "@mlsec/evaluate";
import { rfe } from "@mlsec/feature-select";
import {
  type Cell,
  DEFAULT_SEED,
  describeMissing,
  type FitOptions,
  fingerprintTable,
  type InputColumn,
  MlsecError,
  nslKdd,
  Preprocessor,
  resolveColumn,
  StageClock,
  type StepSpec,
  type Table,
  type Threshold,
  type TrainedPipeline,
  transformReport,
} from "@mlsec/preprocess";
import packageJson from "../package.json" with { type: "json" };
import type { Architecture } from "./architecture.js";
import {
  type Connections,
  cleanRows,
  connections,
  divide,
  normalLabelOf,
  THREAT_CLASSES,
  testConnections,
} from "./connections.js";
import { detectorHandler, detectorIdentity, resumedDetector } from "./detector-checkpoint.js";
import type { NetworkEngine } from "./engine.js";
import type { MemberHistory } from "./fitted-ensemble.js";
import { ThreatEnsemble, type TrainingWatch } from "./threat-ensemble.js";
import { networkEngine } from "./training/engine.js";
import { typicalNormal } from "./typical-normal.js";

/** The ten features that existing threat backends expect. */
export const BACKEND_FEATURES: readonly string[] = [
  "flag",
  "src_bytes",
  "dst_bytes",
  "count",
  "diff_srv_rate",
  "dst_host_srv_count",
  "dst_host_same_srv_rate",
  "dst_host_diff_srv_rate",
  "dst_host_same_src_port_rate",
  "dst_host_srv_diff_host_rate",
];

export interface ThreatDetectorOptions extends FitOptions, TrainingWatch {
  /** What trains the networks. Default: the package's own `networkEngine()`. */
  readonly engine?: NetworkEngine | undefined;
  /** Label column; default "class", outer spaces apart. */
  readonly label?: string | undefined;
  /** The label value that means normal; all others are attacks. Default: found by `detectNormalLabel`. */
  readonly normalLabel?: string | undefined;
  /** Rows to measure on, with the same columns. Default: a fifth of the table. */
  readonly testTable?: Table | undefined;
  /** How many features RFE keeps; default 10. */
  readonly nFeatures?: number | undefined;
  /** These features, in this order, instead of RFE; "backend" for `BACKEND_FEATURES`. */
  readonly features?: readonly string[] | "backend" | undefined;
  /** Trees of the forest that RFE ranks by; default 100. */
  readonly rfeTrees?: number | undefined;
  /** Threads that RFE grows its forests on; the features are the same. Default 1. See `RandomForestOptions` of `@mlsec/trees`. */
  readonly threads?: number | undefined;
  /** Default "compact". */
  readonly architecture?: Architecture | undefined;
  /** Scaling of the numeric columns; default "standard". */
  readonly scaler?: "standard" | "robust" | undefined;
  /** Most epochs of each network; default the architecture's. */
  readonly epochs?: number | undefined;
  /**
   * Attack where the mean probability is greater; default 0.5. Or a rule by which `chooseThreshold` of `@mlsec/evaluate`
   * chooses on the validation rows, which the networks have not learnt from but stop by.
   */
  readonly threshold?: number | ThresholdRule | undefined;
  /** Where the detector is to work, for the report's alerts per day. */
  readonly traffic?: Traffic | undefined;
  /** Columns to leave out. Default: NSL-KDD's difficulty, which derives from the label. */
  readonly dropColumns?: readonly string[] | undefined;
}

export interface ThreatReport extends BinaryMetrics {
  readonly thresholdChosenBy: string;
  /** What the threshold does on the validation rows: what it promised, where it was chosen on them. */
  readonly onValidation: { readonly recall: number; readonly falsePositiveRate: number };
  /** What the rates on the test rows mean for the traffic that was given. */
  readonly alertsPerDay?: AlertsPerDay | undefined;
  readonly classes: readonly string[];
  readonly selectedFeatures: readonly string[];
  /** How the features were selected. */
  readonly selectedBy: string;
  /** The label column's name in the file, the value taken for normal, and whether it was given or detected. */
  readonly labelColumn: string;
  readonly normalLabel: string;
  readonly normalLabelChosenBy: "given" | "detected";
  /** Metrics of each network alone on the test rows. */
  readonly members: Readonly<Record<string, { readonly accuracy: number; readonly auc: number | null }>>;
  readonly history: readonly MemberHistory[];
  readonly split: string;
  readonly rows: {
    readonly train: number;
    readonly validation: number;
    readonly test: number;
    readonly dropped: number;
  };
  readonly droppedColumns: readonly string[];
  /** Test rows with a category that training had not, per column. */
  readonly unseenCategories: Readonly<Record<string, number>>;
  /** Seconds by step. */
  readonly seconds: Readonly<Record<string, number>>;
}

export interface TrainedThreatDetector {
  readonly pipeline: TrainedPipeline<"threat_detector", ThreatEnsemble>;
  readonly report: ThreatReport;
}

/**
 * The whole threat pipeline in one call: split 60/20/20 (or train 80/20 where test rows are given); then, on training rows
 * only, encode categories, select features by RFE with a random forest, transform and scale, train ANN and LSTM with
 * early stopping on the validation rows; measured on the test rows at the threshold. A checkpoint brings back the selected
 * features and the networks; what is quick (split, encoders, scaling) is done again.
 *
 * @param table one row a connection: features, text or numbers, and a label column.
 * @throws MlsecError `missing-column`, `missing-feature`, `normal-label`, `single-class`, `class-too-small`, `no-rows`,
 *   `invalid-option`, `diverged`, `aborted`; of a checkpoint to resume from `invalid-state` or `checkpoint-mismatch`.
 */
export async function trainThreatDetector(
  table: Table,
  options: ThreatDetectorOptions = {},
): Promise<TrainedThreatDetector> {
  const {
    label = nslKdd.label,
    architecture = "compact",
    scaler = "standard",
    engine = networkEngine(),
    seed = DEFAULT_SEED,
    signal,
    onProgress,
  } = options;
  const rule = thresholdRule(options.threshold);
  if (options.traffic !== undefined) alertsPerDay({ recall: 1, falsePositiveRate: 1 }, options.traffic);
  const clock = new StageClock(
    ["clean", "split", "fingerprint", "select features", "preprocess", "train networks", "evaluate"],
    onProgress,
  );

  clock.start("clean");
  const labelColumn = resolveColumn(table.names, label);
  const droppedColumns = (options.dropColumns ?? [nslKdd.difficulty]).filter((name) => table.has(name));
  const clean = cleanRows(table.drop(droppedColumns));
  const normalLabel = normalLabelOf(clean.table, labelColumn, options.normalLabel);
  const all = connections(clean.table, labelColumn, normalLabel);
  const testOnly =
    options.testTable === undefined ? null : testConnections(options.testTable, label, droppedColumns, normalLabel);

  clock.start("split");
  const { train, validation, test, split } = divide(all, testOnly, seed);

  clock.start("fingerprint");
  const fingerprint = fingerprintTable(train.features);
  const { features, nFeatures, rfeTrees } = options;
  const training = detectorIdentity(fingerprint, train.labels, { features, nFeatures, rfeTrees, seed });
  const resumed = options.resume === undefined ? null : resumedDetector(options.resume, training);

  clock.start("select features");
  const selection = await selectFeatures(train, options, seed, resumed?.selectedFeatures);

  clock.start("preprocess");
  const preprocessor = Preprocessor.fit(
    train.features,
    stepsFor(architecture, scaler, selection.features, train.features),
  );
  const trainMatrix = preprocessor.transform(train.features);

  clock.start("train networks");
  const validationMatrix = preprocessor.transform(validation.features);
  const model = await ThreatEnsemble.fit(trainMatrix, train.labels, {
    engine,
    validation: { matrix: validationMatrix, labels: validation.labels },
    architecture,
    sources: preprocessor.sources,
    epochs: options.epochs,
    seed,
    signal,
    onProgress,
    onEpoch: options.onEpoch,
    checkpointEvery: options.checkpointEvery,
    onCheckpoint: detectorHandler(options.onCheckpoint, training, selection.features),
    resume: resumed?.ensemble,
  });

  clock.start("evaluate");
  const validationScores = model.predictProba(validationMatrix);
  const threshold = chosenThreshold(rule, validation.labels.codes, validationScores);
  const promised = binaryMetrics(validation.labels.codes, validationScores, threshold.value);
  const met = transformReport();
  const testMatrix = preprocessor.transform(test.features, met);
  const metrics = binaryMetrics(test.labels.codes, model.predictProba(testMatrix), threshold.value);
  const members = [...model.memberProba(testMatrix)].map(([name, scores]) => {
    const { accuracy, auc } = binaryMetrics(test.labels.codes, scores, 0.5);
    return [name, { accuracy, auc }] as const;
  });

  const report: ThreatReport = {
    ...metrics,
    thresholdChosenBy: threshold.chosenBy,
    onValidation: { recall: promised.recall, falsePositiveRate: promised.falsePositiveRate },
    ...(options.traffic !== undefined && { alertsPerDay: alertsPerDay(metrics, options.traffic) }),
    classes: THREAT_CLASSES,
    selectedFeatures: selection.features,
    selectedBy: selection.by,
    labelColumn,
    normalLabel,
    normalLabelChosenBy: options.normalLabel === undefined ? "detected" : "given",
    members: Object.fromEntries(members),
    history: model.history,
    split,
    rows: {
      train: train.features.rows,
      validation: validation.features.rows,
      test: test.features.rows,
      dropped: clean.dropped + (testOnly?.dropped ?? 0),
    },
    droppedColumns,
    unseenCategories: Object.fromEntries(
      [...met.unseen].map(([name, counts]) => [name, [...counts.values()].reduce((a, b) => a + b, 0)]),
    ),
    seconds: clock.finish(),
  };
  const { accuracy, precision, recall, f1, falsePositiveRate, auc } = metrics;
  const pipeline: TrainedThreatDetector["pipeline"] = {
    kind: "threat_detector",
    preprocessor,
    model,
    classes: THREAT_CLASSES,
    attackClass: THREAT_CLASSES[1],
    normalClass: THREAT_CLASSES[0],
    threshold,
    baseline: cellsOf(train.features, typicalNormal(trainMatrix, train.labels), preprocessor.inputs),
    provenance: {
      seed,
      split,
      metrics: [
        {
          measuredOn: split,
          rows: test.features.rows,
          values: { accuracy, precision, recall, f1, falsePositiveRate, auc },
        },
      ],
      fingerprint,
      libraries: { [packageJson.name]: packageJson.version },
      options: { architecture, scaler, engine: engine.name, selectedBy: selection.by, normalLabel },
    },
  };
  return { pipeline, report };
}

/** The threshold that was asked for, checked as far as it can be before there are scores. */
function thresholdRule(given: number | ThresholdRule | undefined): Threshold | ThresholdRule {
  if (given === undefined) return { value: 0.5, chosenBy: "default" };
  if (typeof given === "object") {
    if (given.rule === "fixed") return thresholdRule(given.value);
    chooseThreshold([0, 1], [0, 1], given);
    return given;
  }
  if (!(given >= 0 && given < 1))
    throw new MlsecError("invalid-option", `The threshold must be at least 0 and below 1, not ${given}.`, {
      got: given,
    });
  return { value: given, chosenBy: "given" };
}

function chosenThreshold(
  given: Threshold | ThresholdRule,
  isAttack: ArrayLike<number>,
  scores: ArrayLike<number>,
): Threshold {
  if ("chosenBy" in given) return given;
  const { value, chosenBy } = chooseThreshold(isAttack, scores, given);
  return { value, chosenBy: `${chosenBy}, on ${scores.length} validation rows` };
}

async function selectFeatures(
  { features, labels }: Connections,
  { features: given, nFeatures = 10, rfeTrees = 100, threads, signal, onProgress }: ThreatDetectorOptions,
  seed: number,
  /** By the same selection, earlier. */
  selected: readonly string[] | undefined,
): Promise<{ features: readonly string[]; by: string }> {
  if (given !== undefined) {
    const names = given === "backend" ? BACKEND_FEATURES : given;
    requireAll(features, names);
    return { features: names, by: given === "backend" ? "backend list" : "given list" };
  }
  const by = `RFE, random forest of ${rfeTrees} trees`;
  if (selected !== undefined) {
    requireAll(features, selected);
    return { features: selected, by };
  }
  const encoded = Preprocessor.fit(features, [{ step: "ordinalEncode" }]).transform(features);
  const selection = await rfe(encoded, labels, {
    nFeatures,
    forest: { nEstimators: rfeTrees, threads },
    seed,
    signal,
    onProgress,
  });
  return { features: selection.selected, by };
}

function requireAll(features: Table, names: readonly string[]): void {
  if (names.length === 0) throw new MlsecError("invalid-option", "The list of features is empty.");
  const missing = names.filter((name) => !features.has(name));
  if (missing.length === 0) return;
  const lines = missing.map((name) => describeMissing(name, features.names));
  throw new MlsecError("missing-feature", `Features that were asked for are missing: ${lines.join("; ")}.`, {
    missing,
  });
}

/** The cells of a row in the order of a preprocessor's inputs. */
function cellsOf(table: Table, row: number, inputs: readonly InputColumn[]): Cell[] {
  return inputs.map(({ name }) => table.cell(name, row));
}

/** A count or a size rather than a rate or a flag: non-negative, and above 100 somewhere. Networks see its logarithm. */
function isHeavyTailed(values: Float64Array): boolean {
  return values.every((value) => value >= 0) && values.some((value) => value > 100);
}

function stepsFor(
  architecture: Architecture,
  scaler: "standard" | "robust",
  selected: readonly string[],
  train: Table,
): StepSpec[] {
  const scale: StepSpec = { step: scaler === "standard" ? "standardScale" : "robustScale" };
  if (architecture === "reference")
    return [{ step: "keepColumns", columns: selected }, { step: "ordinalEncode" }, scale];
  const counts = selected.filter((name) => {
    const column = train.column(name);
    return column.kind === "number" && isHeavyTailed(column.values);
  });
  return [
    { step: "keepColumns", columns: selected },
    { step: "log1p", columns: counts },
    scale,
    { step: "clip", min: -5, max: 5 },
    { step: "oneHotEncode", minCount: 10 },
  ];
}
