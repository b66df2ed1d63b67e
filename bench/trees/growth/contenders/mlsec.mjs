// mlsec.mjs FILE FEATURES SPLITTER: grows one tree of depth 10 on the labelled columns of a file, after warming up on a
// small part of them.
import { takeLabels, takeRows } from "@mlsec/preprocess";
import { DecisionTreeClassifier } from "@mlsec/trees";
import { report } from "../../../preprocess/csv/contenders/report.mjs";
import { readLabelled } from "../../scoring/contenders/labelled.mjs";

const [path, features, splitter] = process.argv.slice(2);
const { matrix, labels } = readLabelled(path, Number(features));
const options = { maxDepth: 10, splitter };
const some = Int32Array.from({ length: Math.min(matrix.rows, 20_000) }, (_, row) => row);

await DecisionTreeClassifier.fit(takeRows(matrix, some), takeLabels(labels, some), options);
const started = performance.now();
await DecisionTreeClassifier.fit(matrix, labels, options);
report(started);
