// Trains on seeded flows, saves, loads, judges; leaves the bundle in the file of its first argument, for the browser builds,
// and prints what must be the same everywhere.
import { writeFileSync } from "node:fs";
import { trainAttackClassifier } from "@mlsec/attack-tree";
import { loadDetector, saveBundle } from "@mlsec/bundle";
import { reportHtml } from "@mlsec/evaluate/report";
import { Table } from "@mlsec/preprocess";
import { digest } from "./digest.mjs";
import { flows } from "./traffic.mjs";

const training = Table.fromRecords(flows(900, { seed: 7, labelled: true }));
const { pipeline, report } = await trainAttackClassifier(training, { seed: 7, criterion: "entropy" });
const bundle = await saveBundle(pipeline);
const detector = await loadDetector(bundle);
const verdicts = detector.detect(flows(300, { seed: 8, labelled: false }));
const probabilities = Float64Array.from(verdicts, ({ probability }) => probability);

// Its plots need optional peers, which are not installed here.
const missing = await reportHtml({ title: "Report" }).catch((error) => error);
if (missing.code !== "missing-peer") throw new Error(`A report without d3 should be a missing-peer, not ${missing}.`);

if (process.argv[2] !== undefined) writeFileSync(process.argv[2], bundle);
console.log(
  JSON.stringify({ bundle: digest(bundle), probabilities: digest(probabilities), accuracy: report.accuracy }),
);
