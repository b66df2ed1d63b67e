// A TypeScript application that touches every package, values and types. It is compiled, never run.
import { AttackTree, type AttackTreeOptions, trainAttackClassifier } from "@mlsec/attack-tree";
import {
  type Bundle,
  BundleError,
  type Detector,
  loadBundle,
  loadDetector,
  type Pipeline,
  saveBundle,
  type Verdict,
} from "@mlsec/bundle";
import { loadDetectorFile, ModelStore } from "@mlsec/bundle/node";
import {
  type binaryMetrics,
  type ClassificationReport,
  classificationReport,
  formatReport,
  rocAuc,
} from "@mlsec/evaluate";
import { type ReportContent, reportHtml } from "@mlsec/evaluate/report";
import { correlationFilter, type ImportanceEstimator, rfe } from "@mlsec/feature-select";
import {
  type CsvSource,
  encodeLabels,
  type FeatureMatrix,
  featureMatrix,
  type Labels,
  MlsecError,
  Preprocessor,
  type Progress,
  readCsv,
  type Scaler,
  StandardScaler,
  type StepSpec,
  stratifiedSplit,
  type Table,
  type TrainedPipeline,
} from "@mlsec/preprocess";
import { readCsvFile } from "@mlsec/preprocess/node";
import { log1p, Random } from "@mlsec/preprocess/numeric";
import { type NetworkEngine, type ThreatEnsemble, trainThreatDetector } from "@mlsec/threat-ensemble";
import { type ClassWeight, DecisionTreeClassifier, RandomForestClassifier } from "@mlsec/trees";

/** Compiles only where both types are the same, so that an export that decayed to `any` is found. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(proof: Same<A, B>): void {
  void proof;
}

export async function prepare(source: CsvSource): Promise<FeatureMatrix> {
  const table: Table = await readCsv(source);
  const steps: readonly StepSpec[] = [{ step: "keepColumns", columns: table.names }, { step: "robustScale" }];
  const matrix = Preprocessor.fit(table, steps).transform(table);
  const scaler: Scaler = StandardScaler.fit(matrix);
  return scaler.transform(matrix);
}

export async function grow(matrix: FeatureMatrix, names: readonly string[]): Promise<ClassificationReport> {
  const labels: Labels = encodeLabels(names);
  const [train] = stratifiedSplit(labels, [0.8, 0.2], 1);
  console.log(train?.length);
  const classWeight: ClassWeight = "balanced";
  const onProgress = ({ done, total }: Progress): number => done / total;
  const tree = await DecisionTreeClassifier.fit(matrix, labels, { maxDepth: 5, classWeight, onProgress });
  const forest = await RandomForestClassifier.fit(matrix, labels, { nEstimators: 10, seed: 3 });
  const importances: ImportanceEstimator = async (ranked, target, { seed }) =>
    RandomForestClassifier.fit(ranked, target, { seed });
  const { selected } = await rfe(matrix, labels, { nFeatures: 2, estimator: importances });
  const kept: readonly string[] = correlationFilter(matrix, { threshold: 0.9 }).kept;
  const report = classificationReport(labels, tree.predict(matrix));
  console.log(formatReport(report), selected, kept, rocAuc([0, 1], forest.predictProba(matrix)), log1p(1));
  same<ReturnType<typeof binaryMetrics>["auc"], number | null>(true);
  return report;
}

export async function attack(table: Table, options: AttackTreeOptions): Promise<Uint8Array> {
  const { pipeline } = await trainAttackClassifier(table, options);
  same<typeof pipeline, TrainedPipeline<"attack_classifier", AttackTree>>(true);
  const copy: AttackTree = AttackTree.fromJSON(pipeline.model.toJSON());
  console.log(copy.classes);
  // @ts-expect-error A bundle is saved from a pipeline, not from a bare model.
  await saveBundle(pipeline.model);
  return saveBundle(pipeline);
}

export async function report(table: Table): Promise<string> {
  const { test, report } = await trainAttackClassifier(table);
  const content: ReportContent = {
    title: "Attack classifier",
    classifier: test,
    importances: { measure: "mean decrease of impurity", features: report.importances },
  };
  return reportHtml(content);
}

export async function threat(table: Table, engine: NetworkEngine): Promise<Uint8Array> {
  const { pipeline } = await trainThreatDetector(table, { engine, features: "backend" });
  same<typeof pipeline.model, ThreatEnsemble>(true);
  return saveBundle(pipeline, { createdAt: "2026-01-01T00:00:00Z" });
}

export async function judge(bytes: Uint8Array): Promise<readonly Verdict[]> {
  const bundle: Bundle = await loadBundle(bytes);
  console.log(leavesOrMembers(bundle.pipeline));
  const detector: Detector = await loadDetector(bytes);
  return detector.detect([{ " Flow Duration": 3, Protocol: "tcp", Missing: null }]);
}

/** The kind tells the pipelines apart. */
function leavesOrMembers(pipeline: Pipeline): number {
  if (pipeline.kind === "attack_classifier") return pipeline.model.tree.leaves;
  return pipeline.model.history.length;
}

export async function files(path: string | URL): Promise<readonly Verdict[]> {
  const active: Detector | null = await new ModelStore("models").active("threat_detector");
  const detector = active ?? (await loadDetectorFile("attack_classifier.safetensors"));
  return detector.detect(await readCsvFile(path, { headers: "suffix" }));
}

export function explain(error: unknown): string {
  if (error instanceof BundleError) return `bundle: ${error.code}`;
  return error instanceof MlsecError ? `${error.code}: ${error.message} ${JSON.stringify(error.details)}` : "unknown";
}

export const matrix: FeatureMatrix = featureMatrix(["x"], [Float64Array.of(Random.seeded(1).normal())]);
