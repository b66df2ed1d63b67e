import type { Detector, VerdictColumns } from "@mlsec/bundle";
import type { Cell, Table } from "@mlsec/preprocess";

/** A category that training had not seen, or a missing one (null). */
export interface UnseenCategory {
  readonly column: string;
  readonly category: string | null;
  readonly rows: number;
}

/** Rows shown of all, and of every class. */
export const SHOWN_ROWS = 10;

/** Notes what is shown of rows besides their verdicts: categories that training had not, and what the model read in some. */
export class RowObserver {
  private readonly unseenRows = new Map<string, Map<string | null, number>>();
  private readonly cells = new Map<number, readonly Cell[]>();
  private readonly kept = new Map<number, number>();
  private rows = 0;

  /** Told of every batch that a stage has judged. */
  add({ inputs }: Detector, table: Table, { codes, report }: VerdictColumns): void {
    for (const [column, counts] of report.unseen)
      for (const [category, rows] of counts) this.addUnseen(column, category, rows);
    for (const [column, rows] of report.missing) this.addUnseen(column, null, rows);
    for (const [row, code] of codes.entries()) {
      const at = this.rows++;
      const kept = this.kept.get(code) ?? 0;
      if (at >= SHOWN_ROWS && kept >= SHOWN_ROWS) continue;
      this.kept.set(code, kept + 1);
      this.cells.set(
        at,
        inputs.map(({ name }) => table.cell(name, row)),
      );
    }
  }

  /** What the model read in a row, of all that came: of one of the first, or of the first of their class. */
  cellsOf(row: number): readonly Cell[] | null {
    return this.cells.get(row) ?? null;
  }

  /** The most frequent first. */
  unseen(): UnseenCategory[] {
    return [...this.unseenRows]
      .flatMap(([column, counts]) => [...counts].map(([category, rows]) => ({ column, category, rows })))
      .sort((a, b) => b.rows - a.rows);
  }

  private addUnseen(column: string, category: string | null, rows: number): void {
    const counts = this.unseenRows.get(column) ?? new Map<string | null, number>();
    this.unseenRows.set(column, counts.set(category, (counts.get(category) ?? 0) + rows));
  }
}
