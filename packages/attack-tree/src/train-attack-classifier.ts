import { type ClassificationReport, classificationReport, confusionMatrix } from "@mlsec/evaluate";
import { correlationFilter } from "@mlsec/feature-select";
import {
  cicIds2017,
  countClasses,
  DEFAULT_SEED,
  type FeatureMatrix,
  type FitOptions,
  featureMatrix,
  fingerprintTable,
  type Labels,
  listSome,
  MlsecError,
  type PredictionSketch,
  Preprocessor,
  resolveColumn,
  StageClock,
  sketchPredictions,
  type Table,
  type TrainedPipeline,
} from "@mlsec/preprocess";
import packageJson from "../package.json" with { type: "json" };
import { AttackTree, type AttackTreeOptions } from "./attack-tree.js";
import { type AttackCleaning, type CleaningOptions, cleanFlows, divide, withTestTable } from "./flows.js";
import type { AttackSearch, AttackSearchOptions } from "./search.js";

/** `dropColumns` is what `excludeFeatures` is to a tree: what it names is gone before features are compared. */
export interface AttackClassifierOptions extends Omit<AttackTreeOptions, "excludeFeatures">, CleaningOptions {
  /** Label column; default "Label", outer spaces apart. */
  readonly label?: string | undefined;
  /** Rows to measure on, with the same columns. Default: a stratified part of the training table. */
  readonly testTable?: Table | undefined;
  /** Share of the rows to measure on where there is no test table; default 0.2. */
  readonly testSize?: number | undefined;
  /** What computed the table's features, for the pipeline's provenance: see `Provenance.flowProfile`. Default: not known. */
  readonly flowProfile?: string | undefined;
  /** |r| above which the later of two features goes; default 0.85. */
  readonly correlationThreshold?: number | undefined;
  /**
   * Chooses depth, criterion, class weights, leaf sizes and pruning by cross-validation on the training rows, instead of
   * taking them from these options: true, or what to choose among. Default false.
   */
  readonly search?: boolean | ClassifierSearch | undefined;
}

/** What `search` chooses among; the rest is as for the tree itself. */
export type ClassifierSearch = Omit<AttackSearchOptions, keyof FitOptions | "costs" | "excludeFeatures" | "resample">;

export interface AttackReport extends ClassificationReport {
  readonly macroF1: number;
  /** Rows true, columns predicted, in the order of `classes`. */
  readonly confusionMatrix: readonly (readonly number[])[];
  readonly classes: readonly string[];
  readonly features: readonly string[];
  readonly removedFeatures: readonly {
    readonly feature: string;
    readonly reason: string;
    readonly because: string;
    readonly correlation: number;
  }[];
  /** Constant on the training rows; they have no correlation and stay. */
  readonly constantFeatures: readonly string[];
  /** Mean decrease of impurity by feature, greatest first; sums to 1. */
  readonly importances: readonly { readonly feature: string; readonly importance: number }[];
  readonly cleaning: AttackCleaning;
  /** The label column's name in the file. */
  readonly labelColumn: string;
  readonly split: string;
  readonly rows: { readonly train: number; readonly test: number };
  readonly tree: { readonly depth: number; readonly leaves: number };
  /** What a search took, and all that it tried, the best first; null where there was none. */
  readonly search: Pick<AttackSearch, "chosen" | "candidates"> | null;
  /** Seconds by step. */
  readonly seconds: Readonly<Record<string, number>>;
}

export interface TrainedAttackClassifier {
  readonly pipeline: TrainedPipeline<"attack_classifier", AttackTree>;
  readonly report: AttackReport;
  /** The rows that the report was measured on, and the class code that each was given. */
  readonly test: { readonly features: Table; readonly labels: Labels; readonly predicted: Int32Array };
}

/**
 * The whole attack pipeline in one call: drop identifiers, rows with missing or infinite cells and duplicates; split;
 * then, on training rows only, correlation filter, robust scaling and decision tree; measured on the other rows.
 *
 * @param table one row a flow: numeric features and a label column with names of the fourteen classes in any usual
 *   spelling.
 * @throws MlsecError `missing-column`, `unknown-class`, `wrong-type`, `normal-label` where no row is BENIGN,
 *   `class-too-small`, `single-class`, `no-rows`, `invalid-option`, `aborted`.
 */
export async function trainAttackClassifier(
  table: Table,
  options: AttackClassifierOptions = {},
): Promise<TrainedAttackClassifier> {
  const {
    label = cicIds2017.label,
    testTable,
    testSize = 0.2,
    correlationThreshold = 0.85,
    flowProfile = null,
    seed = DEFAULT_SEED,
    onProgress,
  } = options;
  if (!(testSize > 0 && testSize < 1))
    throw new MlsecError("invalid-option", `testSize must lie between 0 and 1, not ${testSize}.`, { got: testSize });
  const clock = new StageClock(["clean", "split", "correlation filter", "scale", "train tree", "evaluate"], onProgress);
  clock.start("clean");
  const labelColumn = resolveColumn(table.names, label);
  const clean = cleanFlows(table, labelColumn, options);
  requireNormal(clean.labels.classes);

  clock.start("split");
  const { train, test, split } =
    testTable === undefined
      ? divide(clean, testSize, seed)
      : withTestTable(clean, cleanFlows(testTable, resolveColumn(testTable.names, label), options));
  const trainCounts = countClasses(train.labels);
  if (trainCounts.filter((count) => count > 0).length < 2) {
    throw new MlsecError(
      "single-class",
      `All training rows are ${JSON.stringify(train.labels.classes[0])}; a classifier needs at least two classes.`,
    );
  }

  clock.start("correlation filter");
  const filter = correlationFilter(matrixOf(train.features), { threshold: correlationThreshold });

  clock.start("scale");
  const preprocessor = Preprocessor.fit(train.features, [
    { step: "keepColumns", columns: filter.kept },
    { step: "robustScale" },
  ]);

  clock.start("train tree");
  const trainMatrix = preprocessor.transform(train.features);
  const { model, used, found } = await fitModel(trainMatrix, train.labels, options);

  clock.start("evaluate");
  const testMatrix = preprocessor.transform(test.features);
  const predicted = model.predict(testMatrix);
  const scores = classificationReport(test.labels, predicted);
  const report: AttackReport = {
    ...scores,
    macroF1: scores.macro.f1,
    confusionMatrix: confusionMatrix(test.labels.codes, predicted, model.classes.length),
    classes: model.classes,
    features: filter.kept,
    removedFeatures: filter.removed.map(({ feature, because, correlation }) => ({
      feature,
      reason: `|r| with ${JSON.stringify(because)} is ${Math.abs(correlation).toFixed(4)}`,
      because,
      correlation,
    })),
    constantFeatures: filter.constant,
    importances: rankedImportances(model),
    cleaning: clean.cleaning,
    labelColumn,
    split,
    rows: { train: train.features.rows, test: test.features.rows },
    tree: { depth: model.tree.depth, leaves: model.tree.leaves },
    search: found,
    seconds: clock.finish(),
  };
  const pipeline: TrainedAttackClassifier["pipeline"] = {
    kind: "attack_classifier",
    preprocessor,
    model,
    classes: model.classes,
    attackClass: null,
    normalClass: cicIds2017.benign,
    threshold: null,
    baseline: null,
    provenance: {
      seed,
      split,
      metrics: [
        { measuredOn: split, rows: test.features.rows, values: { accuracy: report.accuracy, macroF1: report.macroF1 } },
      ],
      fingerprint: await fingerprintTable(train.features),
      // Rows of another file may be of another kind. A tree's confidence in its own training rows is not that in new ones.
      predictions:
        testTable === undefined
          ? expectedPredictions("test rows", model, testMatrix, predicted)
          : sketchPredictions("training rows", model.classes, model.predict(trainMatrix), null),
      flowProfile,
      libraries: { [packageJson.name]: packageJson.version },
      options: { correlationThreshold, ...used },
    },
  };
  return { pipeline, report, test: { ...test, predicted } };
}

/**
 * A verdict says whether it is an attack, which needs a class that is none: without one, a bundle does not load.
 *
 * @throws MlsecError `normal-label`.
 */
function requireNormal(classes: readonly string[]): void {
  if (classes.includes(cicIds2017.benign)) return;
  throw new MlsecError(
    "normal-label",
    `No training row is ${cicIds2017.benign}: after cleaning, the classes are ${listSome(classes)}. A classifier must know traffic that is no attack. Add such rows, or do not exclude them; for a tree of attacks alone, which no bundle can hold, use AttackTree.fit.`,
    { expected: cicIds2017.benign, got: classes },
  );
}

/** What the classifier says of rows: their classes, and how sure it is of them. */
function expectedPredictions(
  measuredOn: string,
  model: AttackTree,
  matrix: FeatureMatrix,
  codes: Int32Array,
): PredictionSketch {
  const shares = model.predictProba(matrix);
  const probabilities = Float64Array.from(codes, (code, row) => shares[row * model.classes.length + code]!);
  return sketchPredictions(measuredOn, model.classes, codes, probabilities);
}

/** The tree, the options that made it, as plain data, and what was tried for it. */
async function fitModel(
  matrix: FeatureMatrix,
  labels: Labels,
  options: AttackClassifierOptions,
): Promise<{
  model: AttackTree;
  used: Record<string, string | number>;
  found: AttackReport["search"];
}> {
  const { search = false, costs, resample, seed = DEFAULT_SEED, signal } = options;
  const fixed = { costs, resample, seed, signal };
  if (search !== false) {
    const among = search === true ? {} : search;
    const { tree, options: taken, ...found } = await AttackTree.search(matrix, labels, { ...among, ...fixed });
    return { model: tree, used: recorded(taken), found };
  }
  const { maxDepth, criterion, classWeight, minSamplesSplit, minSamplesLeaf, maxLeafNodes, ccpAlpha } = options;
  const own = { maxDepth, criterion, classWeight, minSamplesSplit, minSamplesLeaf, maxLeafNodes, ccpAlpha };
  return { model: await AttackTree.fit(matrix, labels, { ...own, ...fixed }), used: recorded(own), found: null };
}

/** A tree's options for the record: those that are simple values, and "given" for weights by class. */
function recorded({
  maxDepth = 10,
  criterion = "gini",
  classWeight,
  ...rest
}: AttackTreeOptions): Record<string, string | number> {
  const { minSamplesSplit, minSamplesLeaf, maxLeafNodes, ccpAlpha } = rest;
  const weights = typeof classWeight === "object" ? "given" : classWeight;
  const all = { maxDepth, criterion, classWeight: weights, minSamplesSplit, minSamplesLeaf, maxLeafNodes, ccpAlpha };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
  );
}

function matrixOf(table: Table): FeatureMatrix {
  return featureMatrix(
    table.names,
    table.names.map((name) => table.numbers(name)),
  );
}

function rankedImportances({ tree }: AttackTree): { feature: string; importance: number }[] {
  return tree.features
    .map((feature, index) => ({ feature, importance: tree.featureImportances[index]! }))
    .sort((a, b) => b.importance - a.importance);
}
