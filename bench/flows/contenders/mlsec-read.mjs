// mlsec-read.mjs FILE: reads a capture's packets to their last header, as batches.
import { readPacketBatches } from "@mlsec/flows";
import { csvFile } from "@mlsec/preprocess/node";
import { report } from "../../preprocess/csv/contenders/report.mjs";

const started = performance.now();
let packets = 0;
for await (const batch of readPacketBatches(csvFile(process.argv[2]))) packets += batch.count;
if (packets !== Number(process.argv[3])) throw new Error(`${packets} packets were read.`);
report(started);
