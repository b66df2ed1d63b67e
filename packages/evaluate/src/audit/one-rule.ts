/** How often each class goes with each value of a column, on rows to learn from and on rows to measure on. */
export interface ValueCounts {
  /** Whether values have an order, so that rules are intervals; the last value, for missing cells, is outside it. */
  readonly ordered: boolean;
  readonly values: number;
  readonly classes: number;
  /** `learn[value × classes + class]`; `held` the same. */
  readonly learn: Int32Array;
  readonly held: Int32Array;
}

/** Least rows of its class in an interval of a rule: Holte's choice; smaller intervals follow noise. */
const LEAST_ROWS = 6;

/**
 * The balanced accuracy with which the best rule on one column tells `one` class from the `other`, on the held rows: 1R
 * (Holte, "Very simple classification rules perform well on most commonly used datasets", 1993), where classes count
 * alike however many rows they have. Every category, or every interval of numbers, means the class it has more of; an
 * interval grows until its class has six rows and the next value's class is the other one.
 */
export function ruleAccuracy(
  { ordered, values, classes, learn, held }: ValueCounts,
  one: number,
  other: number,
): number {
  const learnOne = totalOf(learn, one, classes);
  const learnOther = totalOf(learn, other, classes);
  const rightRows = { one: 0, other: 0 };
  let grown = { one: 0, other: 0, heldOne: 0, heldOther: 0 };
  // By shares of the classes; what neither has means the other.
  const meansOne = (rows: { one: number; other: number }): boolean => rows.one * learnOther > rows.other * learnOne;
  const isFull = (): boolean => (meansOne(grown) ? grown.one : grown.other) >= LEAST_ROWS;
  const close = (): void => {
    if (meansOne(grown)) rightRows.one += grown.heldOne;
    else rightRows.other += grown.heldOther;
    grown = { one: 0, other: 0, heldOne: 0, heldOther: 0 };
  };
  for (let value = 0; value < values; value++) {
    const at = value * classes;
    const next = { one: learn[at + one]!, other: learn[at + other]! };
    const isApart = !ordered || value === values - 1;
    const turns = next.one + next.other > 0 && meansOne(next) !== meansOne(grown);
    if (isApart || (turns && isFull())) close();
    grown.one += next.one;
    grown.other += next.other;
    grown.heldOne += held[at + one]!;
    grown.heldOther += held[at + other]!;
  }
  close();
  return (rightRows.one / totalOf(held, one, classes) + rightRows.other / totalOf(held, other, classes)) / 2;
}

/** How many rows a class has over all values. */
function totalOf(counts: Int32Array, label: number, classes: number): number {
  let sum = 0;
  for (let at = label; at < counts.length; at += classes) sum += counts[at]!;
  return sum;
}
