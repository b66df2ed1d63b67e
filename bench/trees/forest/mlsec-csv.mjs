// mlsec-csv.mjs FILE FEATURES: from the text of a CSV to a forest as ydf-training's: 300 trees of at most depth 16.
import { encodeLabels, featureMatrix, readCsv } from "@mlsec/preprocess";
import { RandomForestClassifier } from "@mlsec/trees";
import { report } from "../../preprocess/csv/contenders/report.mjs";
import { labelledCsv } from "./labelled-csv.mjs";

async function train(csv, nEstimators) {
  const table = await readCsv(csv);
  const names = table.names.filter((name) => name !== "label");
  const matrix = featureMatrix(
    names,
    names.map((name) => table.numbers(name)),
  );
  await RandomForestClassifier.fit(matrix, encodeLabels(table.texts("label")), { nEstimators, maxDepth: 16 });
}

const [path, features] = process.argv.slice(2);
const csv = labelledCsv(path, Number(features));
await train(csv, 4);
const started = performance.now();
await train(csv, 300);
report(started);
