import { readCsvBatches } from "@mlsec/preprocess";
import { csvFile } from "@mlsec/preprocess/node";
import { report } from "./report.mjs";

const started = performance.now();
for await (const table of readCsvBatches(csvFile(process.argv[2]))) {
  if (table.rows === 0) throw new Error("An empty batch was given out.");
}
report(started);
