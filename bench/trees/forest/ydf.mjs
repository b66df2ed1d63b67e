// ydf.mjs FILE FEATURES: from the text of a CSV to ydf-training's forest, with its defaults: it takes no others.
import startYdf from "ydf-training";
import { report } from "../../preprocess/csv/contenders/report.mjs";
import { labelledCsv } from "./labelled-csv.mjs";

const [path, features] = process.argv.slice(2);
const csv = labelledCsv(path, Number(features));
const ydf = await startYdf();
const started = performance.now();
new ydf.RandomForestLearner("label", "CLASSIFICATION").train(csv);
report(started);
process.exit();
