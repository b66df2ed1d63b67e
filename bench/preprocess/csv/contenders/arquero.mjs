import { loadCSV } from "arquero";
import { report } from "./report.mjs";

const started = performance.now();
await loadCSV(process.argv[2]);
report(started);
