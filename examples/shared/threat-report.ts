import type { Traffic } from "@mlsec/evaluate";
import type { FactGroup, ReportContent, TrainingCurve } from "@mlsec/evaluate/report";
import type { MemberEpoch, MemberHistory, TrainedThreatDetector } from "@mlsec/threat-ensemble";
import { columnImportance } from "./column-importance.js";
import {
  auditOf,
  featureFacts,
  fileFacts,
  grouped,
  originFacts,
  type ReportedTraining,
  withBar,
} from "./report-parts.js";

const NAMES: Readonly<Record<string, string>> = { ann: "ANN", lstm: "LSTM", forest: "forest" };

/** Keeps the latest epoch that each network tells of, which knows those before it. */
export class EpochLog {
  private readonly latest = new Map<string, MemberEpoch>();

  readonly onEpoch = (epoch: MemberEpoch): void => {
    this.latest.set(keyOf(epoch), epoch);
  };

  /** The curves of the networks of a detector, in its order. */
  curves(history: readonly MemberHistory[]): TrainingCurve[] {
    return history.flatMap(({ member, fold, bestEpoch }) => {
      const told = this.latest.get(keyOf({ member, fold }));
      if (told === undefined) return [];
      const name = `${NAMES[member] ?? member}${fold === null ? "" : `, fold ${fold}`}`;
      return [{ name, epochs: told.history, bestEpoch }];
    });
  }
}

function keyOf({ member, fold }: Pick<MemberHistory, "member" | "fold">): string {
  return `${member} ${fold}`;
}

/** The report of a threat detector, with an audit of its data and the importance of its columns. */
export async function threatReport(
  trained: TrainedThreatDetector,
  training: ReportedTraining & { readonly log: EpochLog; readonly traffic: Traffic | undefined },
): Promise<ReportContent> {
  const { pipeline, report, test } = trained;
  const { seed, signal } = training;
  return {
    title: "Threat detector",
    subtitle: `${report.classes.join(" / ")}, trained on ${grouped(report.rows.train)} connections, measured on ${grouped(report.rows.test)} others (${report.split}).`,
    detector: {
      isPositive: test.labels.codes,
      scores: test.scores,
      threshold: { value: report.threshold, chosenBy: report.thresholdChosenBy },
      classes: [pipeline.normalClass, pipeline.attackClass ?? "Attack"],
      types: test.types,
      traffic: training.traffic,
    },
    importances: await withBar((onProgress) => columnImportance(trained, { seed, signal, onProgress })),
    training: training.log.curves(report.history),
    audit: await withBar((onProgress) => auditOf(training, report.labelColumn, onProgress)),
    facts: factsOf(trained, training),
  };
}

function factsOf({ pipeline, report }: TrainedThreatDetector, training: ReportedTraining): FactGroup[] {
  const members = Object.entries(report.members).map(
    ([name, { vote, accuracy }]) =>
      `${NAMES[name] ?? name}: ${(vote * 100).toFixed(0)} % of the vote, accuracy alone ${(accuracy * 100).toFixed(2)} %`,
  );
  return [
    {
      title: "Model",
      facts: [
        { name: "kind", value: pipeline.kind },
        { name: "classes", value: report.classes },
        { name: "members", value: members },
        { name: "threshold", value: report.threshold },
        { name: "chosen by", value: report.thresholdChosenBy },
        { name: "features", value: report.selectedFeatures },
        { name: "selected by", value: report.selectedBy },
      ],
    },
    {
      title: "Data",
      facts: [
        ...fileFacts(training),
        { name: "label column", value: report.labelColumn },
        { name: "normal label", value: `${report.normalLabel} (${report.normalLabelChosenBy})` },
        { name: "split", value: report.split },
        { name: "rows to train", value: report.rows.train },
        { name: "rows to validate", value: report.rows.validation },
        { name: "rows to test", value: report.rows.test },
        { name: "rows dropped", value: report.rows.dropped },
        { name: "columns left out", value: report.droppedColumns },
        {
          name: "test rows with unseen categories",
          value: Object.entries(report.unseenCategories).map(([name, rows]) => `${name}: ${rows}`),
        },
      ],
    },
    ...featureFacts(report.selectedFeatures, pipeline.provenance.flowProfile),
    ...originFacts(pipeline.provenance),
  ];
}
