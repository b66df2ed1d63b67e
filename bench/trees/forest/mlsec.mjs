// mlsec.mjs FILE FEATURES THREADS [TREES]: grows a forest on the labelled columns of a file, after warming up.
import { ForestThreads, RandomForestClassifier } from "@mlsec/trees";
import { report } from "../../preprocess/csv/contenders/report.mjs";
import { readLabelled } from "../scoring/contenders/labelled.mjs";

const [path, features, threadCount, trees = "100"] = process.argv.slice(2);
const { matrix, labels } = readLabelled(path, Number(features));
const threads = new ForestThreads(Number(threadCount));
await RandomForestClassifier.fit(matrix, labels, { nEstimators: 4, threads });
const started = performance.now();
await RandomForestClassifier.fit(matrix, labels, { nEstimators: Number(trees), threads });
report(started);
await threads.close();
