import { type Labels, Table } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { auditDataset } from "../src/index.js";
import type { ClassifierEvaluation, DetectorEvaluation, ReportContent } from "../src/report/index.js";

export const CLASSES = ["BENIGN", "DDoS", "PortScan", "Bot"];

/** A detector's scores, coarse enough for ties, a little better than guessing. */
export function detector(rows: number, seed = 1): DetectorEvaluation & { readonly scores: Float64Array } {
  const random = Random.seeded(seed);
  const isPositive = Uint8Array.from({ length: rows }, () => (random.float() < 0.4 ? 1 : 0));
  const scores = Float64Array.from(isPositive, (own) => {
    const score = Math.min(1, Math.max(0, 0.5 + (own === 1 ? 0.2 : -0.2) + random.normal() * 0.2));
    return Math.round(score * 200) / 200;
  });
  const types = Array.from(isPositive, (own) =>
    own === 0 ? "normal" : ["neptune", "smurf", "back"][random.below(3)]!,
  );
  return {
    isPositive,
    scores,
    types,
    threshold: { value: 0.55, chosenBy: "given" },
    traffic: { flowsPerDay: 1_000_000, prevalence: 0.001 },
  };
}

/** A classifier that is right four times in five. */
export function classifier(
  rows: number,
  classes = CLASSES,
  seed = 2,
): ClassifierEvaluation & { readonly labels: Labels } {
  const random = Random.seeded(seed);
  const codes = Int32Array.from({ length: rows }, (_, row) => (row < 5 ? 3 : random.below(classes.length - 1)));
  const predicted = codes.map((code) => (random.float() < 0.8 ? code : random.below(classes.length)));
  const probabilities = new Float64Array(rows * classes.length);
  for (const [row, code] of predicted.entries()) {
    const parts = classes.map((_, own) => random.float() + (own === code ? 2 : 0));
    const sum = parts.reduce((a, b) => a + b, 0);
    for (const [own, part] of parts.entries()) probabilities[row * classes.length + own] = part / sum;
  }
  return { labels: { codes, classes }, predicted, probabilities };
}

/** A report with every part. */
export async function everything(): Promise<ReportContent> {
  const connections = Array.from({ length: 200 }, (_, row) => ({
    "Src IP": row % 4 === 0 ? "172.16.0.1" : `192.168.10.${row % 40}`,
    duration: (row * row) % 97,
    constant: 1,
    class: row % 4 === 0 ? "anomaly" : "normal",
  }));
  return {
    title: "Threat detector",
    subtitle: "Normal / Attack",
    detector: detector(2000),
    classifier: classifier(800),
    importances: {
      measure: "mean fall of the area under the ROC curve",
      features: [
        { feature: "count", importance: 0.01, sd: 0.001 },
        { feature: " Flow Duration", importance: 0.25, sd: 0.002 },
        { feature: "land", importance: 0 },
        { feature: "urgent", importance: -0.00001, sd: 0.00002 },
      ],
    },
    training: [
      {
        name: "LSTM, fold 2",
        epochs: [
          { epoch: 1, loss: 0.7, validationLoss: 0.6 },
          { epoch: 2, loss: 0.5, validationLoss: 0.4 },
          { epoch: 3, loss: null, validationLoss: 0.45 },
        ],
        bestEpoch: 2,
      },
    ],
    audit: await auditDataset(Table.fromRecords(connections), { label: "class" }),
    facts: [
      {
        title: "Model",
        facts: [
          { name: "kind", value: "threat_detector" },
          { name: "rows to train", value: 25192 },
          { name: "folds", value: null },
          { name: "calibrated", value: true },
          { name: "features", value: ["count", " Flow Duration"] },
        ],
      },
    ],
  };
}
