import type { TrainedAttackClassifier } from "@mlsec/attack-tree";
import type { FactGroup, ReportContent } from "@mlsec/evaluate/report";
import {
  auditOf,
  featureFacts,
  fileFacts,
  grouped,
  originFacts,
  type ReportedTraining,
  withBar,
} from "./report-parts.js";

/** The report of an attack classifier, with an audit of its data. */
export async function attackReport(
  trained: TrainedAttackClassifier,
  training: ReportedTraining,
): Promise<ReportContent> {
  const { pipeline, report, test } = trained;
  return {
    title: "Attack classifier",
    subtitle: `${report.classes.length} classes, trained on ${grouped(report.rows.train)} flows, measured on ${grouped(report.rows.test)} others (${report.split}).`,
    classifier: {
      labels: test.labels,
      predicted: test.predicted,
      probabilities: pipeline.model.predictProba(pipeline.preprocessor.transform(test.features)),
    },
    importances: { measure: "mean decrease of impurity; all of them sum to 1", features: report.importances },
    audit: await withBar((onProgress) => auditOf(training, report.labelColumn, onProgress)),
    facts: factsOf(trained, training),
  };
}

function factsOf({ pipeline, report }: TrainedAttackClassifier, training: ReportedTraining): FactGroup[] {
  const { cleaning } = report;
  return [
    {
      title: "Model",
      facts: [
        { name: "kind", value: pipeline.kind },
        { name: "classes", value: report.classes },
        { name: "depth of the tree", value: report.tree.depth },
        { name: "leaves", value: report.tree.leaves },
        { name: "features", value: report.features },
        {
          name: "correlated features left out",
          value: report.removedFeatures.map(({ feature, because }) => `${feature} (as ${because})`),
        },
      ],
    },
    {
      title: "Data",
      facts: [
        ...fileFacts(training),
        { name: "label column", value: report.labelColumn },
        { name: "split", value: report.split },
        { name: "rows read", value: cleaning.rowsRead },
        { name: "excluded by label", value: cleaning.excludedRows },
        {
          name: "labels that are none of the fourteen",
          value: Object.entries(cleaning.otherLabels).map(([label, rows]) => `${label}: ${grouped(rows)}`),
        },
        { name: "with missing cells", value: cleaning.missingRows },
        { name: "with infinite cells", value: cleaning.infiniteRows },
        { name: "duplicates", value: cleaning.duplicateRows },
        { name: "rows to train", value: report.rows.train },
        { name: "rows to test", value: report.rows.test },
        { name: "columns left out", value: cleaning.droppedColumns },
      ],
    },
    ...featureFacts(report.features, pipeline.provenance.flowProfile),
    ...originFacts(pipeline.provenance),
  ];
}
