// mlsec.mjs FILE FEATURES SPLITTER: grows one tree of depth 10 on the labelled columns of a file, after warming up on a
// small part of them.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { featureMatrix } from "@mlsec/preprocess";
import { DecisionTreeClassifier } from "@mlsec/trees";
import { report } from "../../../preprocess/csv/contenders/report.mjs";

const [path, count, splitter] = process.argv.slice(2);
const features = Number(count);
const file = openSync(path);
const rows = fstatSync(file).size / 8 / (features + 1);
const columns = Array.from({ length: features + 1 }, (_, index) => {
  const column = new Float64Array(rows);
  readSync(file, column, 0, rows * 8, index * rows * 8);
  return column;
});
closeSync(file);
const codes = Int32Array.from(columns.pop());
const names = columns.map((_, index) => `column ${index}`);
const classes = Array.from({ length: 14 }, (_, index) => `class ${index}`);
const options = { maxDepth: 10, splitter };

await DecisionTreeClassifier.fit(
  featureMatrix(
    names,
    columns.map((column) => column.slice(0, 20_000)),
  ),
  { codes: codes.slice(0, 20_000), classes },
  options,
);
const started = performance.now();
await DecisionTreeClassifier.fit(featureMatrix(names, columns), { codes, classes }, options);
report(started);
