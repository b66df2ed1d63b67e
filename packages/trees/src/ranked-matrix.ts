import { Breather, type FeatureMatrix, type FitOptions, listSome, MlsecError } from "@mlsec/preprocess";
import { ColumnSorter, MISSING_KEY } from "./column-sorter.js";
import { checkRange } from "./input-checks.js";

/**
 * One feature as a tree sees it: the distinct float32 values and, for every row, the position of its value among them.
 * Growing a tree compares positions only; values come back where a threshold is written.
 */
export interface RankedColumn {
  /** Per row: the index of its value in `values`, or the length of `values` where it is missing (NaN). */
  readonly ranks: Int32Array;
  /** The distinct values, ascending. Negative zero is zero. */
  readonly values: Float32Array;
  readonly hasMissing: boolean;
}

/**
 * The ranked columns of a matrix. Ranking costs a sort per column; a `RankedMatrix` lets many fits share it, on all of
 * the columns or, through `select`, on some of them. Made by `rankColumns`; immutable.
 */
export class RankedMatrix {
  readonly rows: number;
  readonly features: readonly string[];
  readonly columns: readonly RankedColumn[];

  /** @internal */
  constructor(rows: number, features: readonly string[], columns: readonly RankedColumn[]) {
    this.rows = rows;
    this.features = features;
    this.columns = columns;
  }

  /** The named features in the order given, sharing their ranks. @throws MlsecError `missing-column`. */
  select(features: readonly string[]): RankedMatrix {
    const indexOf = new Map(this.features.map((name, index) => [name, index]));
    const missing = features.filter((name) => !indexOf.has(name));
    if (missing.length > 0) {
      throw new MlsecError("missing-column", `The matrix has no feature ${listSome(missing)}.`, { columns: missing });
    }
    return new RankedMatrix(
      this.rows,
      [...features],
      features.map((name) => this.columns[indexOf.get(name)!]!),
    );
  }

  /**
   * Some rows, each as often as it is listed. Some values may then occur in no row, which does no harm: trees look at
   * ranks that occur.
   */
  takeRows(rows: Int32Array): RankedMatrix {
    const columns = this.columns.map(({ ranks, values }): RankedColumn => {
      const taken = rows.map((row) => ranks[row]!);
      return { ranks: taken, values, hasMissing: taken.includes(values.length) };
    });
    return new RankedMatrix(rows.length, this.features, columns);
  }
}

/**
 * Ranks every column of a matrix, through `Math.fround`, for fits that share the work.
 *
 * @param options `signal` stops the ranking between columns; `onProgress` counts columns.
 * @throws MlsecError `not-finite` if a value is infinite or beyond float32's range; `aborted`.
 */
export async function rankColumns(
  matrix: FeatureMatrix,
  options: Pick<FitOptions, "signal" | "onProgress"> = {},
): Promise<RankedMatrix> {
  const breather = new Breather(options.signal);
  await checkRange(matrix, breather);
  const sorter = new ColumnSorter(Int32Array.from({ length: matrix.rows }, (_, row) => row));
  const columns: RankedColumn[] = [];
  for (const column of matrix.columns) {
    if (breather.due()) await breather.pause();
    sorter.sort(column);
    columns.push(rankedColumn(sorter, column));
    options.onProgress?.({ what: "ranking columns", done: columns.length, total: matrix.columns.length });
  }
  return new RankedMatrix(matrix.rows, [...matrix.features], columns);
}

function rankedColumn({ keys, order }: ColumnSorter, column: Float64Array): RankedColumn {
  const rows = order.length;
  const ranks = new Int32Array(rows);
  const distinct = new Float32Array(rows);
  let count = 0;
  let at = 0;
  for (; at < rows && keys[at] !== MISSING_KEY; at++) {
    if (at === 0 || keys[at] !== keys[at - 1]) distinct[count++] = column[order[at]!]! + 0;
    ranks[order[at]!] = count - 1;
  }
  const hasMissing = at < rows;
  for (; at < rows; at++) ranks[order[at]!] = count;
  return { ranks, values: distinct.slice(0, count), hasMissing };
}
