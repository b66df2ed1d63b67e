import type { Table } from "@mlsec/preprocess";
import type { DetectColumnsOptions, Detector, VerdictColumns } from "./detector.js";
import { type RowsSummary, RowsTally } from "./rows-tally.js";

/** Rows with the features that a model reads, and whatever else their maker knows of them. */
export interface RowsBatch {
  readonly table: Table;
}

/** A batch, and the verdicts on its rows. */
export interface JudgedBatch<Batch extends RowsBatch> {
  readonly batch: Batch;
  readonly verdicts: VerdictColumns;
}

/** Verdicts on batches as they come, and what became of the rows so far. */
export class DetectedBatches<Batch extends RowsBatch> implements AsyncIterable<JudgedBatch<Batch>> {
  /** Grows with the batches that were given out. */
  readonly summary: RowsSummary;
  private readonly tally: RowsTally;

  /** @internal `detectBatches` makes one. */
  constructor(
    private readonly detector: Detector,
    private readonly batches: Iterable<Batch> | AsyncIterable<Batch>,
    private readonly options: DetectColumnsOptions,
  ) {
    this.tally = new RowsTally(detector.classes);
    this.summary = this.tally.summary;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<JudgedBatch<Batch>> {
    for await (const batch of this.batches) {
      const verdicts = this.detector.detectColumns(batch.table, this.options);
      this.tally.add(verdicts.codes, verdicts.report);
      this.tally.addExtra(verdicts.extraColumns);
      yield { batch, verdicts };
    }
  }
}

/**
 * Judges rows as they come, in batches of what makes them: `meterFlowBatches` and `kddFeatures` of `@mlsec/flows` give batches
 * with the flow or connection of every row beside its features; `readCsvBatches` gives tables, to be wrapped. The next batch is
 * asked for when the verdicts on the last one have been taken, so that a live source is judged as it speaks.
 *
 * @param options as for `detectColumns`: under `invalidRows: "skip"` rows that cannot be judged have the code −1.
 * @throws in its iteration: MlsecError as `detectColumns`, whose rows count within their batch; what the batches throw.
 */
export function detectBatches<Batch extends RowsBatch>(
  detector: Detector,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  options: DetectColumnsOptions = {},
): DetectedBatches<Batch> {
  return new DetectedBatches(detector, batches, options);
}
