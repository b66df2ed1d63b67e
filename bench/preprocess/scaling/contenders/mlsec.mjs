// mlsec.mjs JOB FILE COLUMNS: does a job once on the columns of a file, after warming up on a small part of them.
import { readFileSync } from "node:fs";
import { dropDuplicates, featureMatrix, RobustScaler, StandardScaler, Table } from "@mlsec/preprocess";
import { report } from "../../csv/contenders/report.mjs";

const JOBS = {
  dedupe: ({ names, columns }) =>
    dropDuplicates(Table.of(names.map((name, index) => [name, { kind: "number", values: columns[index] }]))),
  robust: ({ names, columns }) => scaled(RobustScaler, featureMatrix(names, columns)),
  standard: ({ names, columns }) => scaled(StandardScaler, featureMatrix(names, columns)),
};

function scaled(scaler, matrix) {
  return scaler.fit(matrix).transform(matrix);
}

const [job, file, count] = process.argv.slice(2);
const bytes = readFileSync(file);
const rows = bytes.byteLength / 8 / Number(count);
const columns = Array.from(
  { length: Number(count) },
  (_, index) => new Float64Array(bytes.buffer, bytes.byteOffset + index * rows * 8, rows),
);
const names = columns.map((_, index) => `column ${index}`);
JOBS[job]({ names, columns: columns.map((values) => values.slice(0, 20_000)) });
const started = performance.now();
JOBS[job]({ names, columns });
report(started);
