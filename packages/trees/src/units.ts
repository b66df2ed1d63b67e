/** Sums of units: integers where every row has a whole number of them, which is usual and far faster, otherwise doubles. */
export type Units = Int32Array | Float64Array;

/** Zeros for sums of units. */
export function unitsOf(whole: boolean, length: number): Units {
  return whole ? new Int32Array(length) : new Float64Array(length);
}
