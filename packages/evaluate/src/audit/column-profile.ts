import { type Column, sortedPresent } from "@mlsec/preprocess";
import { countCodes } from "./audited-data.js";

/** What the cells of one column are, in one table. */
export interface ColumnProfile {
  readonly rows: number;
  readonly missing: number;
  /** Different values that are present. */
  readonly distinct: number;
  /** The most frequent of them, the least or first of equals; null where all are missing. */
  readonly commonest: { readonly value: number | string; readonly rows: number } | null;
  /** Of numbers: those present, ascending, infinities at the ends. Of text: none. */
  readonly sorted: Float64Array;
  /** Of text: rows by code. Of numbers: none. */
  readonly counts: Int32Array;
}

export function profileOf(column: Column): ColumnProfile {
  return column.kind === "number" ? profileOfNumbers(column.values) : profileOfTexts(column.codes, column.dictionary);
}

function profileOfNumbers(values: Float64Array): ColumnProfile {
  const sorted = sortedPresent(values);
  let distinct = 0;
  let commonest = 0;
  let most = 0;
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    distinct++;
    if (end - start <= most) continue;
    most = end - start;
    commonest = sorted[start]!;
  }
  return {
    rows: values.length,
    missing: values.length - sorted.length,
    distinct,
    commonest: most === 0 ? null : { value: commonest, rows: most },
    sorted,
    counts: new Int32Array(0),
  };
}

function profileOfTexts(codes: Int32Array, dictionary: readonly string[]): ColumnProfile {
  const counts = countCodes(codes, dictionary.length);
  let distinct = 0;
  let present = 0;
  let commonest = 0;
  for (let code = 0; code < counts.length; code++) {
    present += counts[code]!;
    if (counts[code]! > 0) distinct++;
    if (counts[code]! > counts[commonest]!) commonest = code;
  }
  return {
    rows: codes.length,
    missing: codes.length - present,
    distinct,
    commonest: present === 0 ? null : { value: dictionary[commonest]!, rows: counts[commonest]! },
    sorted: new Float64Array(0),
    counts,
  };
}
