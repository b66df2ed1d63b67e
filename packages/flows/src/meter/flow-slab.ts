import { COUNTS, NEXT } from "./count-fields.js";
import { NUMBERS } from "./number-fields.js";

/** Flows of a piece of memory, as a power of two: pieces are taken as flows need them, and none is ever copied. */
const PIECE_BITS = 10;
const PIECE_FLOWS: number = 1 << PIECE_BITS;

/** What is known of all open flows, in typed arrays: 624 bytes a flow. A flow is a number, its place. */
export class FlowSlab {
  private readonly numberPieces: Float64Array[] = [];
  private readonly countPieces: Int32Array[] = [];
  private free = -1;
  /** Places that were ever in use. */
  used = 0;

  /** @param numbers how many numbers a flow has; none where only keys are kept. */
  constructor(private readonly numbers: number = NUMBERS) {}

  /** The piece of memory that holds a flow's numbers. */
  numbersOf(flow: number): Float64Array {
    return this.numberPieces[flow >>> PIECE_BITS]!;
  }

  /** Where a flow's numbers begin in it. */
  numberBase(flow: number): number {
    return (flow & (PIECE_FLOWS - 1)) * this.numbers;
  }

  countsOf(flow: number): Int32Array {
    return this.countPieces[flow >>> PIECE_BITS]!;
  }

  countBase(flow: number): number {
    return (flow & (PIECE_FLOWS - 1)) * COUNTS;
  }

  /** A place for a flow, with nothing but zeros in it. */
  take(): number {
    if (this.free === -1) {
      if ((this.used & (PIECE_FLOWS - 1)) === 0) {
        this.numberPieces.push(new Float64Array(PIECE_FLOWS * this.numbers));
        this.countPieces.push(new Int32Array(PIECE_FLOWS * COUNTS));
      }
      return this.used++;
    }
    const flow = this.free;
    const counts = this.countsOf(flow);
    const base = this.countBase(flow);
    this.free = counts[base + NEXT]!;
    const numbers = this.numbersOf(flow);
    const numberBase = this.numberBase(flow);
    numbers.fill(0, numberBase, numberBase + this.numbers);
    counts.fill(0, base, base + COUNTS);
    return flow;
  }

  give(flow: number): void {
    this.countsOf(flow)[this.countBase(flow) + NEXT] = this.free;
    this.free = flow;
  }
}
