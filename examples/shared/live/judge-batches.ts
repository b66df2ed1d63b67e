import { type Detector, detectBatches, type RowsBatch, type RowsSummary, type VerdictColumns } from "@mlsec/bundle";
import { inTwoStages, type StageVerdict, type Subject, type TrafficVerdict } from "./traffic-verdict.js";

/** Told of every stage's counts, which grow with the verdicts. */
export type OnStage = (detector: Detector, summary: RowsSummary) => void;

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
  onStage: OnStage,
): AsyncGenerator<TrafficVerdict[]> {
  const [first, second] = stages;
  const judged = detectBatches(first, batches, { invalidRows: "skip" });
  onStage(first, judged.summary);
  if (second === undefined) {
    for await (const { batch, verdicts } of judged)
      yield rowsOf(batch, (row) => ({
        subject: subjectOf(batch, row),
        verdict: stageVerdict(first, verdicts, row),
        stages: null,
      }));
    return;
  }
  const named = detectBatches(second, withTables(judged), { invalidRows: "skip" });
  onStage(second, named.summary);
  for await (const { batch: of, verdicts } of named)
    yield rowsOf(of, (row) => {
      const threat = stageVerdict(first, of.verdicts, row);
      const said = threat === null ? null : inTwoStages(threat, stageVerdict(second, verdicts, row));
      return { subject: subjectOf(of.batch, row), verdict: null, stages: null, ...said };
    });
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
