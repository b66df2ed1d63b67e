import { type Units, unitsOf } from "./units.js";

/**
 * The rows that one tree learns from. Rows of one class and one number of units are of one *kind*; there are few kinds,
 * so that rank and kind of a row fit into one integer when rows are sorted.
 */
export interface TrainingRows {
  /** Indices of the rows with weight, ascending at first; growing a tree reorders them in place, node by node. */
  readonly rows: Int32Array;
  /** Kind per row of the matrix. */
  readonly kinds: Uint8Array | Uint16Array | Int32Array;
  /** Class index per kind. */
  readonly kindClass: Int32Array;
  /** Units per kind: multiplicity or sample weight, before the class's factor. */
  readonly kindUnits: Units;
  /** Units of all rows, by class. */
  readonly classUnits: Float64Array;
  /** Whether all units are whole numbers, and few enough for integers. */
  readonly whole: boolean;
}

const SMALL_UNITS = 64;

/** All rows whose weight (units × the class's factor) is not zero. */
export function trainingRows(codes: Int32Array, units: Float64Array, factors: Float64Array): TrainingRows {
  const classes = factors.length;
  const rows = new Int32Array(codes.length);
  const kinds = new Int32Array(codes.length);
  const classUnits = new Float64Array(classes);
  const indexOf = new Map<number, number>();
  // The usual units, small whole numbers, are looked up here instead: a map takes ten times as long.
  const indexOfSmall = new Int32Array(SMALL_UNITS).fill(-1);
  indexOfSmall[0] = 0;
  const isCounted = factors.map((factor) => Number(factor !== 0));
  let count = 0;
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    const unit = units[row]! * isCounted[code]!;
    let index = indexOfSmall[unit] ?? indexOf.get(unit) ?? -1;
    if (index < 0) {
      index = indexOf.size;
      indexOf.set(unit, index);
      if (unit < SMALL_UNITS) indexOfSmall[unit] = index;
    }
    kinds[row] = index * classes + code;
    classUnits[code]! += unit;
    // Without a branch: whether a bootstrap sample has a row is anybody's guess.
    rows[count] = row;
    count += Number(unit > 0);
  }
  const values = [...indexOf.keys()];
  const kindCount = values.length * classes;
  // Sums beyond 2^31 would not fit an integer.
  const whole = values.every(Number.isInteger) && classUnits.every((sum) => sum < 2147483648);
  // In as few bytes as will do: these are looked up in every order.
  const small = kindCount <= 256 ? new Uint8Array(kinds) : kindCount <= 65536 ? new Uint16Array(kinds) : kinds;
  const kindUnits = unitsOf(whole, kindCount);
  for (let kind = 0; kind < kindCount; kind++) kindUnits[kind] = values[Math.floor(kind / classes)]!;
  return {
    rows: rows.subarray(0, count),
    kinds: small,
    kindClass: Int32Array.from({ length: kindCount }, (_, kind) => kind % classes),
    kindUnits,
    classUnits,
    whole,
  };
}
