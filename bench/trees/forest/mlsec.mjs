// mlsec.mjs FILE FEATURES THREADS: grows a forest of 100 full trees on the labelled columns of a file, after warming up.
import { readFileSync } from "node:fs";
import { featureMatrix } from "@mlsec/preprocess";
import { ForestThreads, RandomForestClassifier } from "@mlsec/trees";
import { report } from "../../preprocess/csv/contenders/report.mjs";

const [path, count, threadCount] = process.argv.slice(2);
const features = Number(count);
const { buffer, byteOffset, length } = readFileSync(path);
const values = new Float64Array(buffer.slice(byteOffset, byteOffset + length));
const rows = values.length / (features + 1);
const columns = Array.from({ length: features }, (_, index) => values.slice(index * rows, (index + 1) * rows));
const codes = Int32Array.from(values.subarray(features * rows));
const classes = Array.from({ length: 14 }, (_, index) => `class ${index}`);
const matrix = featureMatrix(
  columns.map((_, index) => `column ${index}`),
  columns,
);
const threads = new ForestThreads(Number(threadCount));
await RandomForestClassifier.fit(matrix, { codes, classes }, { nEstimators: 4, threads });
const started = performance.now();
await RandomForestClassifier.fit(matrix, { codes, classes }, { threads });
report(started);
await threads.close();
