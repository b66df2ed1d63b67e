/** Where the first block begins. Address 0 means "none" to the kernels, which read zeros there; they keep nothing of their own. */
const FIRST = 1024;
/** Blocks begin at cache lines. */
const ALIGNMENT = 64;

/** Deals out the addresses, in bytes, of the blocks of float32 numbers that a computation needs, before it has memory. */
export class Layout {
  private end = FIRST;

  /** The address of a block of `count` numbers, zeros at first. */
  take(count: number): number {
    const address = this.end;
    this.end += Math.ceil((4 * count) / ALIGNMENT) * ALIGNMENT;
    return address;
  }

  /** Bytes of memory that hold all blocks. */
  get bytes(): number {
    return this.end;
  }
}

/** Rows and columns in memory come in fours, as many as a vector holds; the rest is zeros. */
export function padded(count: number): number {
  return (count + 3) & ~3;
}
