import { readCsvFile } from "@mlsec/preprocess/node";
import { report } from "./report.mjs";

const started = performance.now();
await readCsvFile(process.argv[2]);
report(started);
