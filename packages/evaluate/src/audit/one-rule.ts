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
export function ruleAccuracy(counts: ValueCounts, one: number, other: number): number {
  const { values, ordered } = counts;
  const pair = new Pair(counts, one, other);
  for (let value = 0; value < values; value++) {
    const isApart = !ordered || value === values - 1;
    if (isApart || pair.endsBefore(value)) pair.close();
    pair.add(value);
  }
  pair.close();
  return pair.balancedAccuracy();
}

/** Grows one case of the rule after the other, and counts what they get right. */
class Pair {
  private readonly totals: { learnOne: number; learnOther: number; heldOne: number; heldOther: number };
  private learnOne = 0;
  private learnOther = 0;
  private heldOne = 0;
  private heldOther = 0;
  private rightOne = 0;
  private rightOther = 0;

  constructor(
    private readonly counts: ValueCounts,
    private readonly one: number,
    private readonly other: number,
  ) {
    const total = (of: Int32Array, label: number): number => {
      let sum = 0;
      for (let at = label; at < of.length; at += counts.classes) sum += of[at]!;
      return sum;
    };
    const { learn, held } = counts;
    this.totals = {
      learnOne: total(learn, one),
      learnOther: total(learn, other),
      heldOne: total(held, one),
      heldOther: total(held, other),
    };
  }

  endsBefore(value: number): boolean {
    const at = value * this.counts.classes;
    const nextOne = this.counts.learn[at + this.one]!;
    const nextOther = this.counts.learn[at + this.other]!;
    if (nextOne + nextOther === 0) return false;
    const isOne = this.meansOne(this.learnOne, this.learnOther);
    return (isOne ? this.learnOne : this.learnOther) >= LEAST_ROWS && this.meansOne(nextOne, nextOther) !== isOne;
  }

  add(value: number): void {
    const at = value * this.counts.classes;
    this.learnOne += this.counts.learn[at + this.one]!;
    this.learnOther += this.counts.learn[at + this.other]!;
    this.heldOne += this.counts.held[at + this.one]!;
    this.heldOther += this.counts.held[at + this.other]!;
  }

  close(): void {
    if (this.meansOne(this.learnOne, this.learnOther)) this.rightOne += this.heldOne;
    else this.rightOther += this.heldOther;
    this.learnOne = 0;
    this.learnOther = 0;
    this.heldOne = 0;
    this.heldOther = 0;
  }

  balancedAccuracy(): number {
    return (this.rightOne / this.totals.heldOne + this.rightOther / this.totals.heldOther) / 2;
  }

  /** By shares of the classes; what neither has means the other. */
  private meansOne(ofOne: number, ofOther: number): boolean {
    return ofOne * this.totals.learnOther > ofOther * this.totals.learnOne;
  }
}
