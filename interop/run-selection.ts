// The mlsec side of test_selection.py: eliminations, forests and correlations of matrices that lie in files.
import { readFileSync } from "node:fs";
import { pearsonCorrelation, rfe } from "../packages/feature-select/src/index.js";
import {
  type FeatureMatrix,
  featureMatrix,
  type Labels,
  takeLabels,
  takeRows,
} from "../packages/preprocess/src/index.js";
import { ForestThreads, RandomForestClassifier } from "../packages/trees/src/index.js";
import { forestWorker } from "../packages/trees/test/source-worker.js";

/** A file of float64: the columns one after the other, the class of every row last. */
interface Source {
  readonly path: string;
  readonly features: readonly string[];
  readonly classes: readonly string[];
}

interface Request {
  readonly sources: Readonly<Record<string, Source>>;
  readonly eliminations: readonly { source: string; seed: number; nEstimators: number; nFeatures: number }[];
  readonly forests: readonly {
    source: string;
    seed: number;
    nEstimators: number;
    balanced: boolean;
    train: number[];
    test: number[];
  }[];
  /** Sources whose columns are correlated. */
  readonly correlations: readonly string[];
}

const request = JSON.parse(readFileSync(0, "utf8")) as Request;
const data = new Map(Object.entries(request.sources).map(([name, source]) => [name, read(source)]));
const threads = new ForestThreads(2, { createWorker: forestWorker });
const eliminations: unknown[] = [];
for (const { source, seed, nEstimators, nFeatures } of request.eliminations) {
  const { matrix, labels } = data.get(source)!;
  const started = performance.now();
  const { selected } = await rfe(matrix, labels, { seed, nEstimators, nFeatures, forest: { threads } });
  eliminations.push({ selected, seconds: (performance.now() - started) / 1000 });
}
const accuracies: { unseen: number; outOfBag: number }[] = [];
for (const { source, seed, nEstimators, balanced, train, test } of request.forests) {
  const { matrix, labels } = data.get(source)!;
  const [learnt, asked] = [Int32Array.from(train), Int32Array.from(test)];
  const forest = await RandomForestClassifier.fit(takeRows(matrix, learnt), takeLabels(labels, learnt), {
    seed,
    nEstimators,
    threads,
    oobScore: true,
    classWeight: balanced ? "balancedSubsample" : undefined,
  });
  const predicted = forest.predict(takeRows(matrix, asked));
  const right = predicted.filter((code, row) => code === labels.codes[asked[row]!]).length;
  accuracies.push({ unseen: right / asked.length, outOfBag: forest.oobScore! });
}
await threads.close();
const correlations = request.correlations.map((name) => Array.from(pearsonCorrelation(data.get(name)!.matrix)));
console.log(JSON.stringify({ eliminations, accuracies, correlations }));

function read({ path, features, classes }: Source): { matrix: FeatureMatrix; labels: Labels } {
  const bytes = readFileSync(path);
  const rows = bytes.byteLength / 8 / (features.length + 1);
  const columns = Array.from(
    { length: features.length + 1 },
    (_, index) => new Float64Array(bytes.buffer, bytes.byteOffset + index * rows * 8, rows),
  );
  const codes = Int32Array.from(columns.pop()!);
  return { matrix: featureMatrix(features, columns), labels: { codes, classes } };
}
