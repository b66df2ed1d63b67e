import type { Column } from "@mlsec/preprocess";
import type { ValueCounts } from "./one-rule.js";

/** Rows to learn a rule from and rows to measure it on, of the first `classes` classes. */
export interface RuleRows {
  readonly learn: Int32Array;
  readonly held: Int32Array;
  /** The class of every row of the table. */
  readonly labels: Int32Array;
  readonly classes: number;
}

/** How often each class goes with each value of the column. */
export function valueCounts(column: Column, rows: RuleRows): ValueCounts {
  const { values, placeOf } =
    column.kind === "number" ? numbers(column.values, rows.learn) : texts(column.codes, rows.learn);
  const count = (of: Int32Array): Int32Array => {
    const counts = new Int32Array(values * rows.classes);
    for (const row of of) counts[placeOf(row) * rows.classes + rows.labels[row]!]!++;
    return counts;
  };
  const ordered = column.kind === "number";
  return { ordered, values, classes: rows.classes, learn: count(rows.learn), held: count(rows.held) };
}

interface Values {
  readonly values: number;
  readonly placeOf: (row: number) => number;
}

/** The different numbers, ascending, and one value more for missing cells. A number that was not learnt is its neighbour's. */
function numbers(cells: Float64Array, learn: Int32Array): Values {
  const sorted = Float64Array.from(learn, (row) => cells[row]!).sort();
  const distinct = sorted.filter((value, i) => !Number.isNaN(value) && value !== sorted[i - 1]);
  return {
    values: distinct.length + 1,
    placeOf: (row) => {
      const cell = cells[row]!;
      return Number.isNaN(cell) ? distinct.length : nearest(distinct, cell);
    },
  };
}

/** The learnt categories, a missing cell being one of them, and one value more for all others. */
function texts(codes: Int32Array, learn: Int32Array): Values {
  const values = new Map<number, number>();
  for (const row of learn) if (!values.has(codes[row]!)) values.set(codes[row]!, values.size);
  return { values: values.size + 1, placeOf: (row) => values.get(codes[row]!) ?? values.size };
}

/** The place of the nearest of ascending values; where there are none, 0. */
function nearest(ascending: Float64Array, wanted: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  const isBelowNearer = low === ascending.length || wanted - ascending[low - 1]! < ascending[low]! - wanted;
  return isBelowNearer ? Math.max(0, low - 1) : low;
}
