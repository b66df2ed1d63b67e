// zeek-kdd.mjs FILE JOB: the features of a conn.log's records: "features" of records in memory, "log" from the file to the features.
import { kddFeatures, readZeekConn } from "@mlsec/flows";
import { csvFile } from "@mlsec/preprocess/node";
import { report } from "../../preprocess/csv/contenders/report.mjs";

const [path, job] = process.argv.slice(2);
let source = readZeekConn(csvFile(path));
if (job === "features") {
  const batches = [];
  for await (const batch of source) batches.push(batch);
  source = batches;
}
const started = performance.now();
let rows = 0;
for await (const { table } of kddFeatures(source)) rows += table.rows;
report(started, { records: rows });
