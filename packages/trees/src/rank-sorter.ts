/** Up to this many rows insertion sort is fastest. */
const INSERTION_LIMIT = 32;
const SMALLEST_DIGIT_BITS = 6;
const LARGEST_DIGIT_BITS = 16;

/**
 * Sorts the rows of a node by rank. Every row brings its rank and its *kind* (a number for its class and weight); rows
 * of equal rank come out in no particular order.
 *
 * Rank and kind share one integer where 31 bits are enough, which is nearly always; otherwise one double.
 */
export class RankSorter {
  /** Ranks, filled by the caller, sorted by `sort`. */
  readonly ranks: Int32Array;
  /** The rows' kinds in the order of `ranks`, left by `sort`. */
  readonly kinds: Int32Array;
  private packed: Int32Array;
  private other: Int32Array;
  /** Per digit of a radix sort, where the rows of each of its values begin. */
  private starts: Int32Array = new Int32Array(2 << SMALLEST_DIGIT_BITS);
  private readonly kindBits: number;

  /** @param rows the most rows of a node. @param kindCount kinds go from 0 to `kindCount` − 1. */
  constructor(rows: number, kindCount: number) {
    this.ranks = new Int32Array(rows);
    this.kinds = new Int32Array(rows);
    this.packed = new Int32Array(rows);
    this.other = new Int32Array(rows);
    this.kindBits = bitsOf(kindCount - 1);
  }

  /**
   * @param low the smallest of the first n ranks.
   * @param range the largest of them minus the smallest, plus one.
   * @param kindsBefore the rows' kinds in the order of `ranks` before sorting; not changed.
   */
  sort(n: number, low: number, range: number, kindsBefore: Int32Array): void {
    const rankBits = bitsOf(range - 1);
    if (rankBits + this.kindBits > 31) this.wideSort(n, kindsBefore);
    else if (n <= INSERTION_LIMIT) this.insertionSort(n, low, kindsBefore);
    else this.radixSort(n, low, rankBits, kindsBefore);
  }

  private insertionSort(n: number, low: number, kindsBefore: Int32Array): void {
    const { ranks, kinds, packed, kindBits } = this;
    for (let i = 0; i < n; i++) {
      const key = ((ranks[i]! - low) << kindBits) | kindsBefore[i]!;
      let to = i;
      while (to > 0 && packed[to - 1]! > key) {
        packed[to] = packed[to - 1]!;
        to--;
      }
      packed[to] = key;
    }
    const mask = (1 << kindBits) - 1;
    for (let i = 0; i < n; i++) {
      const key = packed[i]!;
      ranks[i] = (key >>> kindBits) + low;
      kinds[i] = key & mask;
    }
  }

  /** Least significant digit of the rank first; digits so wide that counting them costs about as much as moving rows. */
  private radixSort(n: number, low: number, rankBits: number, kindsBefore: Int32Array): void {
    const widest = Math.min(LARGEST_DIGIT_BITS, Math.max(SMALLEST_DIGIT_BITS, 33 - Math.clz32(n)));
    const passes = Math.max(1, Math.ceil(rankBits / widest));
    const digitBits = Math.ceil(rankBits / passes);
    this.packAndCount(n, low, kindsBefore, passes, digitBits);
    for (let pass = 0; pass < passes - 1; pass++) this.sortDigit(n, pass, digitBits);
    this.sortLastDigit(n, low, passes - 1, digitBits);
  }

  /** Packs ranks with kinds, and finds where each value of each digit begins. */
  private packAndCount(n: number, low: number, kindsBefore: Int32Array, passes: number, digitBits: number): void {
    const { ranks, packed, kindBits } = this;
    const digits = 1 << digitBits;
    const mask = digits - 1;
    if (this.starts.length < passes * digits) this.starts = new Int32Array(passes * digits);
    const { starts } = this;
    starts.fill(0, 0, passes * digits);
    for (let i = 0; i < n; i++) {
      const rank = ranks[i]! - low;
      packed[i] = (rank << kindBits) | kindsBefore[i]!;
      starts[rank & mask]!++;
      if (passes > 1) starts[digits + ((rank >>> digitBits) & mask)]!++;
      for (let pass = 2; pass < passes; pass++) starts[pass * digits + ((rank >>> (pass * digitBits)) & mask)]!++;
    }
    for (let pass = 0; pass < passes; pass++) {
      let start = 0;
      for (let at = pass * digits; at < (pass + 1) * digits; at++) {
        const count = starts[at]!;
        starts[at] = start;
        start += count;
      }
    }
  }

  private sortDigit(n: number, pass: number, digitBits: number): void {
    const { starts, packed, other } = this;
    const shift = this.kindBits + pass * digitBits;
    const from = pass << digitBits;
    const mask = (1 << digitBits) - 1;
    for (let i = 0; i < n; i++) {
      const key = packed[i]!;
      other[starts[from + ((key >>> shift) & mask)]!++] = key;
    }
    this.packed = other;
    this.other = packed;
  }

  /** The last pass puts ranks and kinds back into their own arrays. */
  private sortLastDigit(n: number, low: number, pass: number, digitBits: number): void {
    const { starts, packed, ranks, kinds, kindBits } = this;
    const shift = kindBits + pass * digitBits;
    const from = pass << digitBits;
    const mask = (1 << digitBits) - 1;
    const kindMask = (1 << kindBits) - 1;
    for (let i = 0; i < n; i++) {
      const key = packed[i]!;
      const to = starts[from + ((key >>> shift) & mask)]!++;
      ranks[to] = (key >>> kindBits) + low;
      kinds[to] = key & kindMask;
    }
  }

  private wideSort(n: number, kindsBefore: Int32Array): void {
    const { ranks, kinds, kindBits } = this;
    const scale = (1 << kindBits) >>> 0;
    const keys = new Float64Array(n);
    for (let i = 0; i < n; i++) keys[i] = ranks[i]! * scale + kindsBefore[i]!;
    keys.sort();
    for (let i = 0; i < n; i++) {
      const rank = Math.floor(keys[i]! / scale);
      ranks[i] = rank;
      kinds[i] = keys[i]! - rank * scale;
    }
  }
}

/** Bits that it takes to write a whole number from 0 to `largest`. */
function bitsOf(largest: number): number {
  return 32 - Math.clz32(largest);
}
