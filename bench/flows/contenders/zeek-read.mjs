// zeek-read.mjs FILE: reads a conn.log into records, which are counted.
import { readZeekConn } from "@mlsec/flows";
import { csvFile } from "@mlsec/preprocess/node";
import { report } from "../../preprocess/csv/contenders/report.mjs";

const [path] = process.argv.slice(2);
const started = performance.now();
let records = 0;
for await (const batch of readZeekConn(csvFile(path))) records += batch.length;
report(started, { records });
