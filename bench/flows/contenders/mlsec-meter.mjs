// mlsec-meter.mjs FILE PACKETS PROFILE: meters a capture with all features, and counts the packets of all flows.
import { meterFlows } from "@mlsec/flows";
import { csvFile } from "@mlsec/preprocess/node";
import { report } from "../../preprocess/csv/contenders/report.mjs";

const [path, packets, profile] = process.argv.slice(2);
const started = performance.now();
let metered = 0;
for await (const { values } of meterFlows(csvFile(path), { profile, sweep: true })) metered += values[2] + values[3];
// The profile of 2017 has no flows of one packet.
if (metered > Number(packets) || metered < 0.9 * Number(packets)) throw new Error(`${metered} packets were metered.`);
report(started);
