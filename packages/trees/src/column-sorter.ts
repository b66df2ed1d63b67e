const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const MASK = DIGITS - 1;

/** The key of a missing value: larger than any number's. */
export const MISSING_KEY = 0xffffffff;

/**
 * Sorts the rows of a column by its float32 values, missing ones last, by a least-significant-digit radix sort of the
 * values' bits. Rows of equal values keep their order. The buffers serve many columns.
 */
export class ColumnSorter {
  /** After `sort`: the keys in ascending order. Equal values have equal keys, and only they. */
  keys: Uint32Array;
  /** After `sort`: the rows in the order of `keys`. */
  order: Int32Array;
  private keysTo: Uint32Array;
  private orderTo: Int32Array;
  private readonly counts: Uint32Array = new Uint32Array(3 * DIGITS);
  private readonly float: Float32Array = new Float32Array(1);
  private readonly bits: Int32Array = new Int32Array(this.float.buffer);

  /** @param rows the rows to sort, of every column. */
  constructor(private readonly rows: Int32Array) {
    this.keys = new Uint32Array(rows.length);
    this.keysTo = new Uint32Array(rows.length);
    this.order = new Int32Array(rows.length);
    this.orderTo = new Int32Array(rows.length);
  }

  sort(column: Float64Array): void {
    this.fillKeys(column);
    for (let digit = 0; digit < 3; digit++) this.sortDigit(digit);
  }

  /** Float bits as unsigned integers in the same order: negative numbers are complemented, the others get the top bit. */
  private fillKeys(column: Float64Array): void {
    const { rows, keys, order, counts, float, bits } = this;
    counts.fill(0);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const value = column[row]!;
      // Adding zero turns −0 into 0, so that equal values have equal bits.
      float[0] = value + 0;
      const pattern = bits[0]!;
      const key = Number.isNaN(value) ? -1 : pattern < 0 ? ~pattern : pattern ^ -2147483648;
      keys[i] = key;
      order[i] = row;
      counts[key & MASK]!++;
      counts[DIGITS + ((key >>> DIGIT_BITS) & MASK)]!++;
      counts[2 * DIGITS + (key >>> (2 * DIGIT_BITS))]!++;
    }
  }

  private sortDigit(digit: number): void {
    const { keys, keysTo, order, orderTo } = this;
    const n = keys.length;
    const shift = digit * DIGIT_BITS;
    const starts = this.counts.subarray(digit * DIGITS, (digit + 1) * DIGITS);
    if (n === 0 || starts[(keys[0]! >>> shift) & MASK] === n) return;
    let start = 0;
    for (let value = 0; value < DIGITS; value++) {
      const count = starts[value]!;
      starts[value] = start;
      start += count;
    }
    for (let i = 0; i < n; i++) {
      const key = keys[i]!;
      const to = starts[(key >>> shift) & MASK]!++;
      keysTo[to] = key;
      orderTo[to] = order[i]!;
    }
    this.keys = keysTo;
    this.keysTo = keys;
    this.order = orderTo;
    this.orderTo = order;
  }
}
