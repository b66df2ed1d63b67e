// rfe.mjs FILE FEATURES: keeps 10 features of the labelled columns of a file, by RFE with forests on two threads.
import { rfe } from "@mlsec/feature-select";
import { ForestThreads } from "@mlsec/trees";
import { report } from "../../preprocess/csv/contenders/report.mjs";
import { readLabelled } from "../scoring/contenders/labelled.mjs";

const [path, features] = process.argv.slice(2);
const { matrix, labels } = readLabelled(path, Number(features));
const threads = new ForestThreads(2);
await rfe(matrix, labels, { nFeatures: Number(features) - 1, nEstimators: 4, forest: { threads } });
const started = performance.now();
await rfe(matrix, labels, { nFeatures: 10, forest: { threads } });
report(started);
await threads.close();
