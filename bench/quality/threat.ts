import { join } from "node:path";
import type { Table } from "@mlsec/preprocess";
import { readCsvFile } from "@mlsec/preprocess/node";
import { type ThreatDetectorOptions, trainThreatDetector } from "@mlsec/threat-ensemble";
import { workerEngine } from "@mlsec/threat-ensemble/worker";
import { type QualityRow, rowsOf } from "./row.ts";
import type { QualityCase, QualityContext } from "./run.ts";

const TRAFFIC = { flowsPerDay: 1_000_000, prevalence: 0.001 };

/** Detectors to measure, and how they are trained. */
const DETECTORS: readonly (readonly [string, ThreatDetectorOptions])[] = [
  ["compact", {}],
  ["compact with forest", { members: ["ann", "lstm", "forest"], voting: "fitted" }],
  [
    "compact with forest, 5 folds, calibrated",
    { members: ["ann", "lstm", "forest"], folds: 5, voting: "fitted", calibration: "platt" },
  ],
  ["forest alone", { members: ["forest"] }],
  ["reference", { architecture: "reference" }],
];

/** Trains on a split of 60/20/20 of the file for every seed, features selected on the training rows. */
function splitCase([model, options]: (typeof DETECTORS)[number]): QualityCase {
  return {
    name: model.replaceAll(/[ ,]+/g, "-"),
    run: async ({ folder, seeds, say }: QualityContext): Promise<QualityRow[]> => {
      const table = await readCsvFile(join(folder, "nsl-kdd/Train_data.csv"));
      const measured = [];
      for (const seed of seeds) {
        measured.push(await measure(table, { ...options, seed }));
        say(`seed ${seed}: ${JSON.stringify(measured.at(-1))}`);
      }
      return rowsOf("Train_data.csv", model, seeds, measured);
    },
  };
}

async function measure(table: Table, options: ThreatDetectorOptions): Promise<Record<string, number>> {
  const { report } = await trainThreatDetector(table, {
    engine: workerEngine({ threads: options.architecture === "reference" ? 2 : 1 }),
    threads: 2,
    traffic: TRAFFIC,
    ...options,
  });
  const { accuracy, falsePositiveRate, recall, auc, alertsPerDay } = report;
  return {
    accuracy,
    "false-positive rate": falsePositiveRate,
    "detection rate": recall,
    AUC: auc ?? Number.NaN,
    "alerts a day": alertsPerDay!.alerts,
    "share real": alertsPerDay!.shareReal,
  };
}

export const threatCases: readonly QualityCase[] = DETECTORS.map(splitCase);
