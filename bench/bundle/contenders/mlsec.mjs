// mlsec.mjs JOB BUNDLE [INPUT OUTPUT]: load, row or csv.
import { readFileSync } from "node:fs";
import { detectRows, exampleTable, loadDetector } from "@mlsec/bundle";
import { loadDetectorFile, writeFileAtomic } from "@mlsec/bundle/node";
import { csvFile } from "@mlsec/preprocess/node";
import { report } from "../../preprocess/csv/contenders/report.mjs";

const [job, bundle, input, output] = process.argv.slice(2);
const LOADS = 300;
const ROWS = 30_000;

if (job === "csv") {
  const detector = await loadDetectorFile(bundle);
  await writeFileAtomic(output, detectRows(detector, csvFile(input)));
  report(0);
} else {
  const bytes = readFileSync(bundle);
  const { pipeline } = (await loadDetector(bytes)).bundle;
  const table = exampleTable(pipeline, 1000);
  const records = Array.from({ length: table.rows }, (_, row) => table.record(row));
  const times = job === "load" ? await loads(bytes, records) : detections(await loadDetector(bytes), records);
  // The first third is for warming up.
  const warm = times.slice(times.length / 3).sort((a, b) => a - b);
  report(0, { seconds: warm[warm.length >> 1] / 1000 });
}

async function loads(bytes, records) {
  const times = [];
  for (let load = 0; load < LOADS; load++) {
    const started = performance.now();
    const detector = await loadDetector(bytes);
    detector.detect(records[load]);
    times.push(performance.now() - started);
  }
  return times;
}

function detections(detector, records) {
  const times = [];
  for (let row = 0; row < ROWS; row++) {
    const record = records[row % records.length];
    const started = performance.now();
    detector.detect(record);
    times.push(performance.now() - started);
  }
  return times;
}
