import type { Breather, FeatureMatrix } from "@mlsec/preprocess";
import { ColumnSorter } from "./column-sorter.js";
import { RankedMatrix } from "./ranked-matrix.js";

/** Takes the row's number out of a list's entry. */
export const ROW: number = 0x7fffffff;
/** The bit of an entry whose value is another than that of the entry before it. */
export const NEW_VALUE: number = -0x80000000;

/** The rows of a fit in the order of every feature's values. */
export interface SortedColumns {
  /** Per feature: entries of `ROW` and `NEW_VALUE` bits, ascending by value, missing values last. */
  readonly lists: readonly Int32Array[];
  /** Per feature: whether there are missing values. */
  readonly hasMissing: readonly boolean[];
  /** The float32 value of a feature in a row; NaN where it is missing. */
  readonly valueAt: (feature: number, row: number) => number;
}

/** Where lists and values of a matrix come from. */
interface ColumnSource extends Pick<SortedColumns, "valueAt"> {
  readonly listOf: (feature: number) => Int32Array;
}

/** Sorts the given rows of every column. */
export async function sortedColumns(
  matrix: FeatureMatrix | RankedMatrix,
  rows: Int32Array,
  breather: Breather,
): Promise<SortedColumns> {
  const { listOf, valueAt } = matrix instanceof RankedMatrix ? byRank(matrix, rows) : byValue(matrix, rows);
  const lists: Int32Array[] = [];
  for (let feature = 0; feature < matrix.features.length; feature++) {
    if (breather.due()) await breather.pause();
    lists.push(listOf(feature));
  }
  const hasMissing = lists.map((list, feature) => Number.isNaN(valueAt(feature, list[list.length - 1]! & ROW)));
  return { lists, hasMissing, valueAt };
}

function byValue({ columns }: FeatureMatrix, rows: Int32Array): ColumnSource {
  const sorter = new ColumnSorter(rows);
  return {
    listOf: (feature) => {
      sorter.sort(columns[feature]!);
      return listOfSorted(sorter);
    },
    valueAt: (feature, row) => Math.fround(columns[feature]![row]!),
  };
}

function byRank({ columns }: RankedMatrix, rows: Int32Array): ColumnSource {
  return {
    listOf: (feature) => {
      const { ranks, values } = columns[feature]!;
      return listOfRanks(ranks, values.length + 1, rows);
    },
    valueAt: (feature, row) => {
      const { ranks, values } = columns[feature]!;
      return values[ranks[row]!] ?? Number.NaN;
    },
  };
}

function listOfSorted({ keys, order }: ColumnSorter): Int32Array {
  const list = new Int32Array(order.length);
  for (let i = 0; i < list.length; i++) {
    list[i] = i === 0 || keys[i] !== keys[i - 1] ? order[i]! | NEW_VALUE : order[i]!;
  }
  return list;
}

/** A counting sort: ranks are dense. */
function listOfRanks(ranks: Int32Array, rankCount: number, rows: Int32Array): Int32Array {
  const starts = new Int32Array(rankCount + 1);
  for (let i = 0; i < rows.length; i++) starts[ranks[rows[i]!]! + 1]!++;
  for (let rank = 0; rank < rankCount; rank++) starts[rank + 1]! += starts[rank]!;
  const list = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) list[starts[ranks[rows[i]!]!]!++] = rows[i]!;
  let before = -1;
  for (let i = 0; i < list.length; i++) {
    const rank = ranks[list[i]!]!;
    if (rank !== before) list[i]! |= NEW_VALUE;
    before = rank;
  }
  return list;
}
