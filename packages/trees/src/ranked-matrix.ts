import { Breather, type FeatureMatrix, type FitOptions, listSome, MlsecError } from "@mlsec/preprocess";
import { checkFinite } from "./input-checks.js";

/**
 * One feature as a tree sees it: the distinct float32 values and, for every row, the position of its value among them.
 * Growing a tree compares positions only; values come back where a threshold is written.
 */
export interface RankedColumn {
  /** Per row: the index of its value in `values`. */
  readonly ranks: Int32Array;
  /** The distinct values, ascending. Negative zero is zero. */
  readonly values: Float32Array;
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
}

/**
 * Ranks every column of a matrix, through `Math.fround`, for fits that share the work.
 *
 * @param options `signal` stops the ranking between columns; `onProgress` counts columns.
 * @throws MlsecError `not-finite` if a value is NaN, infinite or beyond float32's range; `aborted`.
 */
export async function rankColumns(
  matrix: FeatureMatrix,
  options: Pick<FitOptions, "signal" | "onProgress"> = {},
): Promise<RankedMatrix> {
  checkFinite(matrix);
  const breather = new Breather(options.signal);
  const sorter = new ColumnSorter(matrix.rows);
  const columns: RankedColumn[] = [];
  for (const column of matrix.columns) {
    if (breather.due()) await breather.pause();
    columns.push(sorter.rank(column));
    options.onProgress?.({ what: "ranking columns", done: columns.length, total: matrix.columns.length });
  }
  return new RankedMatrix(matrix.rows, [...matrix.features], columns);
}

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/** Ranks columns of one length by a least-significant-digit radix sort of their float32 bits, reusing its buffers. */
class ColumnSorter {
  private keys: Uint32Array;
  private keysTo: Uint32Array;
  private order: Int32Array;
  private orderTo: Int32Array;
  private readonly starts: Uint32Array = new Uint32Array(DIGITS);

  constructor(private readonly rows: number) {
    this.keys = new Uint32Array(rows);
    this.keysTo = new Uint32Array(rows);
    this.order = new Int32Array(rows);
    this.orderTo = new Int32Array(rows);
  }

  rank(column: Float64Array): RankedColumn {
    const values = new Float32Array(this.rows);
    // Adding zero turns −0 into 0, so that equal values have equal bits.
    for (let row = 0; row < this.rows; row++) values[row] = column[row]! + 0;
    this.fillKeys(new Int32Array(values.buffer));
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) this.sortDigit(shift);
    return this.denseRanks(values);
  }

  /** Float bits as unsigned integers in the same order: negative numbers are complemented, the others get the top bit. */
  private fillKeys(bits: Int32Array): void {
    for (let row = 0; row < this.rows; row++) {
      const pattern = bits[row]!;
      this.keys[row] = pattern < 0 ? ~pattern : pattern | 0x80000000;
      this.order[row] = row;
    }
  }

  private sortDigit(shift: number): void {
    const { keys, keysTo, order, orderTo, starts, rows } = this;
    starts.fill(0);
    for (let i = 0; i < rows; i++) starts[(keys[i]! >>> shift) & (DIGITS - 1)]!++;
    if (rows > 0 && starts[(keys[0]! >>> shift) & (DIGITS - 1)] === rows) return;
    let start = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const count = starts[digit]!;
      starts[digit] = start;
      start += count;
    }
    for (let i = 0; i < rows; i++) {
      const key = keys[i]!;
      const to = starts[(key >>> shift) & (DIGITS - 1)]!++;
      keysTo[to] = key;
      orderTo[to] = order[i]!;
    }
    this.keys = keysTo;
    this.keysTo = keys;
    this.order = orderTo;
    this.orderTo = order;
  }

  private denseRanks(values: Float32Array): RankedColumn {
    const { keys, order, rows } = this;
    const ranks = new Int32Array(rows);
    const distinct = new Float32Array(rows);
    let rank = -1;
    for (let i = 0; i < rows; i++) {
      if (i === 0 || keys[i] !== keys[i - 1]) {
        distinct[++rank] = values[order[i]!]!;
      }
      ranks[order[i]!] = rank;
    }
    return { ranks, values: distinct.slice(0, rank + 1) };
  }
}
