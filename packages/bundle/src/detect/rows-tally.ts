import type { TransformReport } from "@mlsec/preprocess";

/** What became of the rows so far. */
export interface RowsSummary {
  rows: number;
  /** Rows that got no verdict, because not all that the model reads of them is there, finite, and what it should be. */
  skippedRows: number;
  /** Rows per class, for the classes that occur. */
  readonly classes: Record<string, number>;
  /** Rows with a category that training had not, or without one, per column. */
  readonly unseenCategories: Record<string, number>;
  /** Columns that the model does not read. */
  extraColumns: readonly string[];
}

/** Counts verdicts as they come. */
export class RowsTally {
  readonly summary: RowsSummary = { rows: 0, skippedRows: 0, classes: {}, unseenCategories: {}, extraColumns: [] };

  constructor(private readonly classes: readonly string[]) {}

  /** @param codes of the detector's classes; −1 for rows without a verdict. */
  add(codes: Int32Array, { unseen, missing }: TransformReport): void {
    const { summary } = this;
    const counts = new Int32Array(this.classes.length);
    for (const code of codes) {
      if (code < 0) summary.skippedRows++;
      else counts[code]!++;
    }
    summary.rows += codes.length;
    for (const [code, count] of counts.entries()) {
      const name = this.classes[code]!;
      if (count > 0) summary.classes[name] = (summary.classes[name] ?? 0) + count;
    }
    for (const [column, rows] of unseen) for (const count of rows.values()) this.addUnseen(column, count);
    for (const [column, count] of missing) this.addUnseen(column, count);
  }

  addExtra(columns: readonly string[]): void {
    this.summary.extraColumns = [...new Set([...this.summary.extraColumns, ...columns])];
  }

  private addUnseen(column: string, count: number): void {
    const { unseenCategories } = this.summary;
    unseenCategories[column] = (unseenCategories[column] ?? 0) + count;
  }
}
