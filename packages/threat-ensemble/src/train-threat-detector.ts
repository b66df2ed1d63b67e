import {
  type AlertsPerDay,
  alertsPerDay,
  type BinaryMetrics,
  binaryMetrics,
  chooseThreshold,
  type ThresholdRule,
  type Traffic,
} from "@mlsec/evaluate";
import {
  DEFAULT_SEED,
  type FitOptions,
  fingerprintTable,
  type Labels,
  MlsecError,
  nslKdd,
  type PredictionSketch,
  resolveColumn,
  StageClock,
  type State,
  sketchPredictions,
  type Table,
  type Threshold,
  type TrainedPipeline,
  toPlain,
  transformReport,
} from "@mlsec/preprocess";
import packageJson from "../package.json" with { type: "json" };
import { type AttackTypeRates, attackTypeRates } from "./attack-types.js";
import { CALIBRATIONS, type CalibrationMethod, type Voting } from "./combined-ensemble.js";
import { cleanRows, connections, divide, normalLabelOf, THREAT_CLASSES, testConnections } from "./connections.js";
import { detectorHandler, detectorIdentity, resumedDetector } from "./detector-checkpoint.js";
import type { NetworkEngine } from "./engine.js";
import { fitDetector } from "./fit-detector.js";
import type { FittedEnsemble, MemberHistory } from "./fitted-ensemble.js";
import { FOLD_BY, type FoldBy } from "./fold-rows.js";
import type { MemberName } from "./members/member.js";
import { type SelectionOptions, selectedBy } from "./select-features.js";
import { type MemberOptions, requireMembers, type TrainingWatch } from "./threat-ensemble.js";
import { networkEngine } from "./training/engine.js";

export interface ThreatDetectorOptions extends FitOptions, TrainingWatch, MemberOptions, SelectionOptions {
  /** What trains the networks. Default: the package's own `networkEngine()`. */
  readonly engine?: NetworkEngine | undefined;
  /** Label column; default "class", outer spaces apart. */
  readonly label?: string | undefined;
  /** The label value that means normal; all others are attacks. Default: found by `detectNormalLabel`. */
  readonly normalLabel?: string | undefined;
  /** Rows to measure on, with the same columns. Default: a fifth of the table. */
  readonly testTable?: Table | undefined;
  /**
   * With so many folds, at least 2, features, inputs and members are fitted on each fold's training rows, and all of them are
   * the detector; votes, calibration and threshold are chosen on every row's scores by the members that did not see it.
   * Default: none, and they are chosen on the validation rows.
   */
  readonly folds?: number | undefined;
  /**
   * What a fold leaves out; default "rows". By "attack-type", what is chosen on the rows that folds left out is chosen on
   * attacks of types that the members never saw: what to expect of new ones.
   */
  readonly foldBy?: FoldBy | undefined;
  /** How the kinds of members share the vote; default "equal". */
  readonly voting?: Voting | undefined;
  /** How their mean becomes a probability; default "none": it is one, of a kind. */
  readonly calibration?: CalibrationMethod | undefined;
  /** Scaling of the reference architecture's inputs; default "standard". */
  readonly scaler?: "standard" | "robust" | undefined;
  /**
   * Attack where the probability is greater; default 0.5. Or a rule by which `chooseThreshold` of `@mlsec/evaluate` chooses:
   * on the validation rows, which the networks have not learnt from but stop by; or on the rows that folds left out.
   */
  readonly threshold?: number | ThresholdRule | undefined;
  /** Where the detector is to work, for the report's alerts per day. */
  readonly traffic?: Traffic | undefined;
  /** What computed the table's features, for the pipeline's provenance: see `Provenance.flowProfile`. Default: not known. */
  readonly flowProfile?: string | undefined;
  /** Columns to leave out. Default: NSL-KDD's difficulty, which derives from the label. */
  readonly dropColumns?: readonly string[] | undefined;
}

export interface ThreatReport extends BinaryMetrics {
  readonly thresholdChosenBy: string;
  /**
   * What the threshold does on the validation rows, or on those that folds left out: what it promised, where it was chosen
   * on them.
   */
  readonly onValidation: {
    readonly recall: number;
    readonly falsePositiveRate: number;
    readonly auc: number | null;
    readonly attackTypes: Readonly<Record<string, AttackTypeRates>>;
  };
  /** How well each type of attack is found on the test rows, by its label in the file. */
  readonly attackTypes: Readonly<Record<string, AttackTypeRates>>;
  /** What the rates on the test rows mean for the traffic that was given. */
  readonly alertsPerDay?: AlertsPerDay | undefined;
  readonly classes: readonly string[];
  /** With folds, of any of them. */
  readonly selectedFeatures: readonly string[];
  /** How the features were selected. */
  readonly selectedBy: string;
  /** The label column's name in the file, the value taken for normal, and whether it was given or detected. */
  readonly labelColumn: string;
  readonly normalLabel: string;
  readonly normalLabelChosenBy: "given" | "detected";
  /** Each kind of member's share of the vote, and its metrics alone on the test rows. */
  readonly members: Readonly<
    Record<string, { readonly vote: number; readonly accuracy: number; readonly auc: number | null }>
  >;
  readonly history: readonly MemberHistory[];
  readonly split: string;
  /** With folds, all training rows are validation rows too. */
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
  readonly pipeline: TrainedPipeline<"threat_detector", FittedEnsemble>;
  readonly report: ThreatReport;
  /** The rows that the report's rates were measured on, for what needs them one by one, such as curves. */
  readonly test: {
    readonly features: Table;
    readonly labels: Labels;
    /** The label that each row came with. */
    readonly types: readonly string[];
    /** Each row's probability of an attack. */
    readonly scores: Float64Array;
  };
}

/**
 * The whole threat pipeline in one call: split 60/20/20 (or train 80/20 where test rows are given); then, on training rows
 * only, encode categories, select features by RFE with a random forest, make the networks' inputs, train ANN and LSTM with
 * early stopping on the validation rows; measured on the test rows at the threshold. A checkpoint brings back the selected
 * features and the networks; what is quick (split, encoders, inputs) is done again.
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
    folds = null,
    foldBy = "rows",
    voting = "equal",
    calibration = "none",
    engine = networkEngine(),
    seed = DEFAULT_SEED,
    onProgress,
  } = options;
  const by = selectedBy(options);
  const rule = thresholdRule(options.threshold);
  if (options.traffic !== undefined) alertsPerDay({ recall: 1, falsePositiveRate: 1 }, options.traffic);
  const members = requireMembers(options.members ?? ["ann", "lstm"]);
  requireVoting(voting, members);
  requireChoice("foldBy", foldBy, FOLD_BY);
  requireChoice("calibration", calibration, CALIBRATIONS);
  const clock = new StageClock(
    [
      ...["clean", "split", "fingerprint", "select features", "preprocess"],
      ...(members.some((name) => name !== "forest") ? ["train networks"] : []),
      ...(members.includes("forest") ? ["grow forest"] : []),
      "evaluate",
    ],
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
  const { train, validation, test, split } = divide(all, testOnly, { seed, folds });

  clock.start("fingerprint");
  const fingerprint = await fingerprintTable(train.features);
  const { features, nFeatures, rfeTrees } = options;
  const training = detectorIdentity(fingerprint, train.labels, { features, nFeatures, rfeTrees, folds, foldBy, seed });
  const fitted = await fitDetector(train, validation, {
    ...options,
    members,
    folds,
    foldBy,
    voting,
    calibration,
    architecture,
    scaler,
    engine,
    seed,
    onEpoch: options.onEpoch,
    checkpointEvery: options.checkpointEvery,
    onCheckpoint: detectorHandler(options.onCheckpoint, training),
    resume: options.resume === undefined ? [] : resumedDetector(options.resume, training),
    onStage: (stage) => clock.start(stage),
  });
  const { preprocessor, model, heldOut } = fitted;

  clock.start("evaluate");
  const threshold = chosenThreshold(rule, heldOut.isAttack, heldOut.scores, validation === null);
  const promised = binaryMetrics(heldOut.isAttack, heldOut.scores, threshold.value);
  const met = transformReport();
  const testMatrix = preprocessor.transform(test.features, met);
  const scores = model.predictProba(testMatrix);
  const metrics = binaryMetrics(test.labels.codes, scores, threshold.value);
  const ofMembers = [...model.memberProba(testMatrix)].map(([name, own]) => {
    const { accuracy, auc } = binaryMetrics(test.labels.codes, own, 0.5);
    return [name, { vote: fitted.votes.get(name)!, accuracy, auc }] as const;
  });

  const report: ThreatReport = {
    ...metrics,
    thresholdChosenBy: threshold.chosenBy,
    onValidation: {
      recall: promised.recall,
      falsePositiveRate: promised.falsePositiveRate,
      auc: promised.auc,
      attackTypes: attackTypeRates(heldOut.types, heldOut.isAttack, heldOut.scores, threshold.value),
    },
    attackTypes: attackTypeRates(test.types, test.labels.codes, scores, threshold.value),
    ...(options.traffic !== undefined && { alertsPerDay: alertsPerDay(metrics, options.traffic) }),
    classes: THREAT_CLASSES,
    selectedFeatures: [...new Set(fitted.selectedFeatures.flat())],
    selectedBy: by,
    labelColumn,
    normalLabel,
    normalLabelChosenBy: options.normalLabel === undefined ? "detected" : "given",
    members: Object.fromEntries(ofMembers),
    history: model.history,
    split,
    rows: {
      train: train.features.rows,
      validation: heldOut.scores.length,
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
    baseline: fitted.baseline,
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
      predictions: expectedPredictions(testOnly === null ? scores : heldOut.scores, threshold.value, {
        measuredOn:
          testOnly === null ? "test rows" : validation === null ? "rows that folds left out" : "validation rows",
        // All folds' members together score a row otherwise than those alone that had not seen it.
        isComparable: testOnly === null || validation !== null,
      }),
      flowProfile: options.flowProfile ?? null,
      libraries: { [packageJson.name]: packageJson.version },
      options: {
        // Plain data: names of layers and numbers.
        architecture: toPlain(architecture as State),
        scaler,
        engine: engine.name,
        selectedBy: by,
        normalLabel,
        votes: Object.fromEntries(fitted.votes),
        folds,
        foldBy,
        voting: toPlain(voting as State),
        calibration,
      },
    },
  };
  return { pipeline, report, test: { features: test.features, labels: test.labels, types: test.types, scores } };
}

/** What the detector says of rows that come from where its training rows do but did not train it: test rows of another file may not. */
function expectedPredictions(
  probabilities: Float64Array,
  threshold: number,
  { measuredOn, isComparable }: { readonly measuredOn: string; readonly isComparable: boolean },
): PredictionSketch {
  const codes = Int32Array.from(probabilities, (probability) => (probability > threshold ? 1 : 0));
  return sketchPredictions(measuredOn, THREAT_CLASSES, codes, isComparable ? probabilities : null);
}

/** @throws MlsecError `invalid-option`. */
function requireChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new MlsecError("invalid-option", `${name} must be ${choices.join(", ")}, not ${JSON.stringify(value)}.`, {
    got: value,
  });
}

/** @throws MlsecError `invalid-option` for votes that are not given, or not to every member. */
function requireVoting(voting: Voting, members: readonly MemberName[]): void {
  if (typeof voting === "string") {
    requireChoice("voting", voting, ["equal", "fitted"]);
    return;
  }
  const votes = members.map((name) => voting[name] ?? Number.NaN);
  if (votes.every((vote) => vote >= 0 && vote < Number.POSITIVE_INFINITY) && votes.some((vote) => vote > 0)) return;
  throw new MlsecError(
    "invalid-option",
    `voting must have a number from 0 up for each of ${members.join(", ")}, and one above 0.`,
    { got: voting },
  );
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
  leftOut: boolean,
): Threshold {
  if ("chosenBy" in given) return given;
  const { value, chosenBy } = chooseThreshold(isAttack, scores, given);
  return {
    value,
    chosenBy: `${chosenBy}, on ${scores.length} ${leftOut ? "rows that folds left out" : "validation rows"}`,
  };
}
