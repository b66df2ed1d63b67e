// ml-random-forest.mjs FILE FEATURES THREADS TREES: grows a forest on the labelled columns of a file.
import { RandomForestClassifier } from "ml-random-forest";
import { report } from "../../preprocess/csv/contenders/report.mjs";
import { readLabelled } from "../scoring/contenders/labelled.mjs";

const [path, features, , trees] = process.argv.slice(2);
const { matrix, labels } = readLabelled(path, Number(features));
const rows = Array.from({ length: matrix.rows }, (_, row) => matrix.columns.map((column) => column[row]));
const started = performance.now();
new RandomForestClassifier({
  seed: 1,
  nEstimators: Number(trees),
  maxFeatures: Math.floor(Math.sqrt(matrix.columns.length)),
  replacement: true,
  useSampleBagging: true,
  noOOB: true,
  treeOptions: { minNumSamples: 1 },
}).train(rows, [...labels.codes]);
report(started);
