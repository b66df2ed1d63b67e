// detector.mjs JOB CSV: trains the compact detector on the ten backend features, and times the training or single rows.
import { readCsvFile } from "@mlsec/preprocess/node";
import { explainConnection, trainThreatDetector } from "@mlsec/threat-ensemble";
import { report } from "../../preprocess/csv/contenders/report.mjs";

const [job, file] = process.argv.slice(2);
const table = await readCsvFile(file);
const { pipeline, report: trained } = await trainThreatDetector(table, { features: "backend" });
const { preprocessor, model } = pipeline;
const JOBS = {
  fit: () => trained.seconds["preprocess"] + trained.seconds["train networks"],
  score: () => median((record) => model.score(preprocessor.transformRecord(record)), 20_000),
  explain: () => median((record) => explainConnection(pipeline, record), 1000),
};
report(0, { seconds: JOBS[job]() });

/** Seconds of one connection, the first tenth of `rows` being for warming up. */
function median(work, rows) {
  const names = preprocessor.inputs.map(({ name }) => name);
  const times = [];
  for (let row = 0; row < rows; row++) {
    const record = Object.fromEntries(names.map((name) => [name, table.cell(name, row)]));
    const started = performance.now();
    work(record);
    times.push((performance.now() - started) / 1000);
  }
  return times.slice(rows / 10).sort((a, b) => a - b)[Math.floor(0.45 * rows)];
}
