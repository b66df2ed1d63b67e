// The mlsec side of test_onnx.py: writes models as ONNX with rows and our verdicts on them, and runs them in the JavaScript runtimes.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as onnxruntimeWeb from "onnxruntime-web";
import { type AttackPipeline, type Bundle, profileJson, type ThreatPipeline } from "../packages/bundle/src/index.js";
import { toOnnx } from "../packages/bundle/src/onnx/index.js";
import {
  difference,
  numberOf,
  ourVerdicts,
  type Runtime,
  runtimeVerdicts,
  textOf,
} from "../packages/bundle/test/onnx/compare.js";
import { type InputRecord, MlsecError, toCsv } from "../packages/preprocess/src/index.js";
import { type Subject, subjects, treeOfMissingNumbers } from "./onnx-models.js";
import { oddRows, rowsOf, rowsOnThresholds } from "./onnx-rows.js";

interface Request {
  /** Where the models and rows are to be written. */
  readonly folder: string;
  readonly data: string | null;
}

/** What `scripts/interop.mjs` installs beside the workspace, being large. */
const ofPeers = createRequire(new URL(".peers/", import.meta.url));
const RUNTIMES: Readonly<Record<string, Runtime>> = {
  "onnxruntime-node": ofPeers("onnxruntime-node") as Runtime,
  "onnxruntime-web": onnxruntimeWeb as unknown as Runtime,
};
const ROWS = 2000;
const MADE_ROWS = 4000;
/** How far probabilities may be apart; a network's label may be another where its score is no further from the threshold. */
const [OF_TREES, OF_NETWORKS] = [1e-6, 1e-5];
/** How far means of networks may be apart, for what a calibration makes of that. */
const OF_MEANS = 1e-6;

const { folder, data } = JSON.parse(readFileSync(0, "utf8")) as Request;
const models: unknown[] = [];
for await (const subject of subjects(data ?? undefined)) models.push(await answer(subject, models.length));
console.log(JSON.stringify({ models, missing: await missingNumbers() }));

async function answer(subject: Subject, number: number): Promise<object> {
  const { bundle, bytes, hasNetworks, name, table } = subject;
  const { pipeline } = bundle;
  const start = performance.now();
  const model = await toOnnx(bundle);
  const milliseconds = performance.now() - start;
  const real = rowsOf(bundle, table, ROWS);
  const made = rowsOnThresholds(bundle, real, MADE_ROWS);
  const odd = oddRows(bundle, real[0]!);
  const rows: InputRecord[] = [...real, ...made, ...odd];
  const ours = ourVerdicts(bundle, rows);
  const threshold = pipeline.threshold?.value ?? null;
  const fromThreshold = (row: number): number =>
    threshold === null ? Number.POSITIVE_INFINITY : Math.abs(ours.probabilities[2 * row + 1]! - threshold);
  const limits = hasNetworks ? networkLimits(bundle, rows) : rows.map(() => OF_TREES);
  const limit = (row: number): number => limits[row]!;
  const isFree = (row: number): boolean => hasNetworks && fromThreshold(row) <= limit(row);
  const differences: Record<string, object> = {};
  for (const [runtime, loaded] of Object.entries(RUNTIMES))
    differences[runtime] = difference(ours, await runtimeVerdicts(loaded, model, bundle, rows), { limit, isFree });
  const file = join(folder, String(number));
  writeFileSync(`${file}.onnx`, model);
  const columns = pipeline.preprocessor.inputs.map(({ name, type }) => {
    const cells = rows.map((row) => row[name] ?? null);
    return type === "text" ? { name, texts: cells.map(textOf) } : { name, numbers: base64(cells.map(numberOf)) };
  });
  const free = rows.map((_, row) => isFree(row));
  writeFileSync(
    `${file}.json`,
    JSON.stringify({
      columns,
      labels: ours.labels,
      probabilities: base64(ours.probabilities),
      limits: base64(limits),
      free,
    }),
  );
  if (number === 0) writeFileSync(join(folder, "flows.csv"), toCsv(table));
  return {
    name,
    file,
    hasNetworks,
    bundleBytes: bytes.length,
    modelBytes: model.length,
    milliseconds,
    rows: {
      real: real.length,
      "on thresholds of trees": made.length,
      odd: odd.length,
      "with the threshold as their score": rows.filter((_, row) => fromThreshold(row) === 0).length,
    },
    differences,
    classes: pipeline.classes,
    kind: pipeline.kind,
    threshold,
    profile: profileJson(pipeline),
    digest: bundle.digest,
  };
}

/**
 * How far probabilities of networks may be apart on each row: by as much as the calibration, which may be steep, makes of means
 * that are a little apart, besides.
 */
function networkLimits({ pipeline }: Bundle, rows: readonly InputRecord[]): number[] {
  const { model } = pipeline as ThreatPipeline;
  return rows.map((row) => {
    try {
      const mean = model.mean(pipeline.preprocessor.transformRecord(row));
      const [low, middle, high] = [mean - OF_MEANS, mean, mean + OF_MEANS].map((m) => model.calibrated(m));
      return model.calibration === null ? OF_NETWORKS : OF_NETWORKS + Math.max(middle! - low!, high! - middle!);
    } catch (error) {
      if (!(error instanceof MlsecError)) throw error;
      return OF_NETWORKS;
    }
  });
}

/** A tree, rows of its features of which some are missing, and its class shares of them. */
async function missingNumbers(): Promise<object> {
  const { pipeline, matrix } = await treeOfMissingNumbers();
  const file = join(folder, "missing.onnx");
  writeFileSync(file, await toOnnx(pipeline));
  const { model } = pipeline as AttackPipeline;
  return { file, columns: matrix.columns.map(base64), shares: base64(model.predictProba(matrix)) };
}

function base64(values: ArrayLike<number>): string {
  return Buffer.from(Float64Array.from(values).buffer).toString("base64");
}
