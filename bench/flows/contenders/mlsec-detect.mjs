// mlsec-detect.mjs FILE PACKETS PROFILE: from a capture to a verdict on every flow: metered with all features, judged by an attack classifier.
import { trainAttackClassifier } from "@mlsec/attack-tree";
import { detectBatches, loadDetector, saveBundle } from "@mlsec/bundle";
import { meterFlowBatches } from "@mlsec/flows";
import { concatTables, Table, textColumn } from "@mlsec/preprocess";
import { csvFile } from "@mlsec/preprocess/node";
import { report } from "../../preprocess/csv/contenders/report.mjs";

const [path, packets, profile] = process.argv.slice(2);
const TRAINING_FLOWS = 4000;
const detector = await trained();
const started = performance.now();
let metered = 0;
const judged = detectBatches(detector, meterFlowBatches(csvFile(path), { profile, sweep: true }), {
  invalidRows: "skip",
});
for await (const { batch } of judged) for (const { values } of batch.records) metered += values[2] + values[3];
// The profile of 2017 has no flows of one packet.
if (metered > Number(packets) || metered < 0.9 * Number(packets)) throw new Error(`${metered} packets were metered.`);
const { rows, classes } = judged.summary;
if (Object.keys(classes).length < 2) throw new Error(`All of ${rows} flows have one class.`);
report(started);

/** A classifier of what the flows' ports and lengths are: labels that a tree of real depth learns from the other features. */
async function trained() {
  const tables = [];
  let flows = 0;
  for await (const { table } of meterFlowBatches(csvFile(path), { profile })) {
    tables.push(table);
    flows += table.rows;
    if (flows >= TRAINING_FLOWS) break;
  }
  const rowsOf = tables.map((table) => {
    const [, , , , port] = table.names;
    const labels = Array.from(
      table.numbers(port),
      (to) => ({ 443: "BENIGN", 22: "SSH-Patator", 80: "DoS Hulk" })[to] ?? "DDoS",
    );
    // Rates of flows without a duration are infinite or NaN.
    const features = table.names.slice(7).filter((name) => !/ts\/s|tes\/s/.test(name));
    return [...features.map((name) => [name, table.column(name)]), ["Label", textColumn(labels)]];
  });
  const { pipeline } = await trainAttackClassifier(concatTables(rowsOf.map((columns) => Table.of(columns))), {
    maxDepth: 12,
  });
  return loadDetector(await saveBundle(pipeline));
}
