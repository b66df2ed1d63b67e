// mlsec-open.mjs FILE FLOWS: meters a capture whose flows are all open at once, and sees that none of them had to make room.
import { meterFlows } from "@mlsec/flows";
import { csvFile } from "@mlsec/preprocess/node";
import { report } from "../../preprocess/csv/contenders/report.mjs";

const [path, flows] = process.argv.slice(2);
const started = performance.now();
let counts;
let complete = 0;
const onCounts = (told) => {
  counts = told;
};
for await (const { values } of meterFlows(csvFile(path), { profile: "cic-fixed", sweep: true, onCounts }))
  if (values[2] + values[3] === 3) complete++;
if (complete !== Number(flows) || counts.evicted > 0) throw new Error(`${complete} flows, ${counts.evicted} evicted.`);
report(started);
