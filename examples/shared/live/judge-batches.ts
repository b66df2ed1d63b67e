import {
  type Detector,
  detectBatches,
  type JudgedBatch,
  type RowsBatch,
  type RowsSummary,
  type VerdictColumns,
} from "@mlsec/bundle";
import type { Table } from "@mlsec/preprocess";
import { inTwoStages, type StageVerdict, type Subject, type TrafficVerdict } from "./traffic-verdict.js";

/** Told of what stages do. */
export interface StageObserver {
  /** Told of every stage's counts, which grow with the verdicts. */
  readonly onStage: (detector: Detector, summary: RowsSummary) => void;
  /** Told of every batch that a stage has judged, in their order, before verdicts on it are given out. */
  readonly onJudged?: ((detector: Detector, table: Table, verdicts: VerdictColumns) => void) | undefined;
}

/**
 * Judges rows that have the columns of all stages: of one detector, or of a threat detector whose alarms an attack classifier
 * names. Rows that cannot be judged have no verdict.
 *
 * @param subjectOf whose a row of a batch is.
 */
export async function* judgeBatches<Batch extends RowsBatch>(
  stages: readonly [Detector] | readonly [threat: Detector, attack: Detector],
  batches: AsyncIterable<Batch>,
  subjectOf: (batch: Batch, row: number) => Subject,
  observer: StageObserver,
): AsyncGenerator<TrafficVerdict[]> {
  const [first, second] = stages;
  const judged = judgedBatches(first, batches, observer);
  if (second === undefined) {
    for await (const { batch, verdicts } of judged)
      yield rowsOf(batch, (row) => ({
        subject: subjectOf(batch, row),
        verdict: stageVerdict(first, verdicts, row),
        stages: null,
      }));
    return;
  }
  for await (const { batch: of, verdicts } of judgedBatches(second, withTables(judged), observer))
    yield rowsOf(of, (row) => {
      const threat = stageVerdict(first, of.verdicts, row);
      const said = threat === null ? null : inTwoStages(threat, stageVerdict(second, verdicts, row));
      return { subject: subjectOf(of.batch, row), verdict: null, stages: null, ...said };
    });
}

/** What one stage says of batches, as `detectBatches` gives it; rows that cannot be judged have the code −1. */
export function judgedBatches<Batch extends RowsBatch>(
  detector: Detector,
  batches: AsyncIterable<Batch>,
  { onStage, onJudged }: StageObserver,
): AsyncGenerator<JudgedBatch<Batch>> {
  const judged = detectBatches(detector, batches, { invalidRows: "skip" });
  onStage(detector, judged.summary);
  async function* told(): AsyncGenerator<JudgedBatch<Batch>> {
    for await (const each of judged) {
      onJudged?.(detector, each.batch.table, each.verdicts);
      yield each;
    }
  }
  return told();
}

/** What a detector says of a row of a batch; null where it could not be judged. */
export function stageVerdict(
  { classes, bundle }: Detector,
  { codes, probabilities }: VerdictColumns,
  row: number,
): StageVerdict | null {
  const name = classes[codes[row]!];
  if (name === undefined) return null;
  return { class: name, probability: probabilities[row]!, isAttack: name !== bundle.pipeline.normalClass };
}

function rowsOf({ table }: RowsBatch, verdictOf: (row: number) => TrafficVerdict): TrafficVerdict[] {
  return Array.from({ length: table.rows }, (_, row) => verdictOf(row));
}

async function* withTables<Judged extends { readonly batch: RowsBatch }>(
  judged: AsyncIterable<Judged>,
): AsyncGenerator<Judged & RowsBatch> {
  for await (const each of judged) yield { ...each, table: each.batch.table };
}
