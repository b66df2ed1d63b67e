// ml-cart.mjs FILE FEATURES: grows one tree of depth 10 on the labelled columns of a file, after warming up on a part of them.
import { DecisionTreeClassifier } from "ml-cart";
import { Matrix } from "ml-matrix";
import { report } from "../../../preprocess/csv/contenders/report.mjs";
import { readLabelled } from "../../scoring/contenders/labelled.mjs";

const [path, features] = process.argv.slice(2);
const { matrix, labels } = readLabelled(path, Number(features));
const rows = Array.from({ length: matrix.rows }, (_, row) => matrix.columns.map((column) => column[row]));
const codes = [...labels.codes];
const options = { gainFunction: "gini", maxDepth: 10, minNumSamples: 1 };

new DecisionTreeClassifier(options).train(new Matrix(rows.slice(0, 200)), codes.slice(0, 200));
const all = new Matrix(rows);
const started = performance.now();
new DecisionTreeClassifier(options).train(all, codes);
report(started);
