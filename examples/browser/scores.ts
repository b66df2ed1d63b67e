import type { Detector } from "@mlsec/bundle";
import { Breather, type Cell, MlsecError, type Progress, type Table } from "@mlsec/preprocess";
import type { Traffic } from "./capture.js";
import { scoresDigest } from "./digest.js";

/** The scores of a whole CSV or capture: plain data, so that they can come from a worker. */
export interface Scores {
  /** Index into the model's classes per row; −1 for rows that were skipped. */
  readonly codes: Int32Array;
  /** Of an attack, for a threat detector; of the predicted class, for an attack classifier. NaN where skipped. */
  readonly probabilities: Float64Array;
  /** Rows with missing or infinite numbers, which have no prediction. */
  readonly skippedRows: number;
  readonly unseen: readonly UnseenCategory[];
  /** What the model read in the first rows. */
  readonly firstRows: readonly (readonly Cell[])[];
  /** See `scoresDigest`. */
  readonly digest: string | null;
  /** Of a capture: whose the rows are, and what is to be known of them. Null of a CSV. */
  readonly metered: Omit<Traffic, "table"> | null;
}

/** A category that training had not seen, or a missing one (null). */
export interface UnseenCategory {
  readonly column: string;
  readonly category: string | null;
  readonly rows: number;
}

const FIRST_ROWS = 10;

/** Rows scored in one go: few enough that a page is not held for longer than about 100 ms. */
const SLICE_ROWS = 256;

/**
 * Scores every row of a table; rows with missing or infinite numbers are skipped. Gives other work a turn between slices,
 * which do not change the scores.
 *
 * @throws MlsecError `missing-feature` (with the nearest names), `wrong-type`, `not-finite`.
 */
export async function scoreTable(
  detector: Detector,
  table: Table,
  onProgress: (progress: Progress) => void,
): Promise<Scores> {
  const codes = new Int32Array(table.rows);
  const probabilities = new Float64Array(table.rows);
  const unseen = new UnseenCategories();
  const breather = new Breather();
  for (let from = 0; from < table.rows; from += SLICE_ROWS) {
    const to = Math.min(from + SLICE_ROWS, table.rows);
    const judged = judge(detector, table, from, to);
    codes.set(judged.codes, from);
    probabilities.set(judged.probabilities, from);
    for (const [column, counts] of judged.report.unseen) {
      for (const [category, rows] of counts) unseen.add(column, category, rows);
    }
    for (const [column, rows] of judged.report.missing) unseen.add(column, null, rows);
    onProgress({ what: "Scoring rows", done: to, total: table.rows });
    if (breather.due()) await breather.pause();
  }
  return {
    codes,
    probabilities,
    skippedRows: codes.reduce((count, code) => (code === -1 ? count + 1 : count), 0),
    unseen: unseen.list(),
    firstRows: Array.from({ length: Math.min(FIRST_ROWS, table.rows) }, (_, row) =>
      detector.inputs.map(({ name }) => table.cell(name, row)),
    ),
    digest: await scoresDigest(probabilities, codes),
    metered: null,
  };
}

function judge(detector: Detector, table: Table, from: number, to: number): ReturnType<Detector["detectColumns"]> {
  const slice = Int32Array.from({ length: to - from }, (_, index) => from + index);
  try {
    return detector.detectColumns(table.take(slice), { invalidRows: "skip" });
  } catch (error) {
    // An error of a later slice counts its rows from the slice's first; the whole table's counts them as the file does.
    if (error instanceof MlsecError && from > 0) detector.detectColumns(table, { invalidRows: "skip" });
    throw error;
  }
}

class UnseenCategories {
  private readonly byColumn = new Map<string, Map<string | null, number>>();

  add(column: string, category: string | null, rows: number): void {
    const counts = this.byColumn.get(column) ?? new Map<string | null, number>();
    this.byColumn.set(column, counts.set(category, (counts.get(category) ?? 0) + rows));
  }

  /** The most frequent first. */
  list(): UnseenCategory[] {
    return [...this.byColumn]
      .flatMap(([column, counts]) => [...counts].map(([category, rows]) => ({ column, category, rows })))
      .sort((a, b) => b.rows - a.rows);
  }
}
