import { type Breather, compileKernel } from "@mlsec/preprocess";
import { type GiniScan, giniScanOn } from "./gini-scan.js";
import { GINI_SCAN_KERNEL } from "./kernels/gini-scan.js";
import type { RankedMatrix } from "./ranked-matrix.js";
import type { TrainingRows } from "./training-rows.js";
import type { Units } from "./units.js";

/** More kinds than a bootstrap sample without weights has: classes times multiplicities. */
const MAX_KINDS = 4096;
/** A key is an integer without its sign bit. */
const KEY_BITS = 31;
/** Where ranks and classes make at most this many cells per row, the rows are tallied; otherwise they are sorted. */
const TALLY_CELLS_PER_ROW = 4;
/** Addresses are integers, too. */
const MAX_BYTES = 0x7fff0000;
const PAGE_BYTES = 65_536;
const START_BYTES = 4 * (3 << 12);

/** Undefined before it was asked for, null where it cannot be compiled. */
let compiled: WebAssembly.Module | null | undefined;

/** The compiled kernel, or null. */
export function giniKernel(): WebAssembly.Module | null {
  if (compiled === undefined) compiled = compileKernel(GINI_SCAN_KERNEL) ?? null;
  return compiled;
}

/**
 * Finds the good thresholds of a node for Gini without class weights: its sums of squares are whole numbers, so that a
 * kernel can look at a feature with multiplications alone. The columns are copied once, for all trees of a fit.
 */
export class GiniScanner {
  /** The tree's rows, a node's in one range, and the kind of each. */
  private readonly rows: Int32Array;
  private readonly kinds: Int32Array;
  /** How many ranks every feature has. */
  private readonly distinct: Int32Array;
  /** Bits of a key that hold the row's kind; its rank is above. */
  private kindBits = 0;
  private weight = 0;
  private allSquares = 0;
  /** The walk: over a tally, or over keys sorted at this address; how far it is, and how far it goes. */
  private tallied = false;
  private sorted = 0;
  /** Up to so many ranks of the node are tallied. */
  private mostTallied = 0;
  /** Where in both lanes the tally of the lowest rank is. */
  private lowest = 0;
  private position = 0;
  private end = 0;

  private readonly ints: Int32Array;
  private readonly doubles: Float64Array;

  private constructor(
    private readonly scanning: GiniScan,
    private readonly at: Addresses,
    matrix: RankedMatrix,
    private readonly rankBits: number,
    private readonly classes: number,
    buffer: ArrayBuffer,
  ) {
    this.ints = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.rows = new Int32Array(buffer, at.rows, matrix.rows);
    this.kinds = new Int32Array(buffer, at.kinds, matrix.rows);
    this.distinct = Int32Array.from(matrix.columns, ({ values }) => values.length);
  }

  /** Null where values are missing, or there is not so much memory. */
  static async open(
    matrix: RankedMatrix,
    classes: number,
    breather: Breather,
    kernel: WebAssembly.Module | null = giniKernel(),
  ): Promise<GiniScanner | null> {
    const scanner = GiniScanner.withRoomFor(matrix, classes, kernel);
    if (scanner === null) return null;
    const { ints, at } = scanner;
    for (const [index, { ranks }] of matrix.columns.entries()) {
      if (breather.due()) await breather.pause();
      ints.set(ranks, (at.ranks + index * at.stride) / 4);
    }
    return scanner;
  }

  private static withRoomFor(
    matrix: RankedMatrix,
    classes: number,
    kernel: WebAssembly.Module | null,
  ): GiniScanner | null {
    const at = addressesFor(matrix, classes);
    if (at.end > MAX_BYTES || matrix.columns.some(({ hasMissing }) => hasMissing)) return null;
    const rankBits = bitsOf(Math.max(...matrix.columns.map(({ values }) => values.length)));
    try {
      if (kernel === null) {
        const buffer = new ArrayBuffer(at.end);
        return new GiniScanner(giniScanOn(buffer), at, matrix, rankBits, classes, buffer);
      }
      const { exports } = new WebAssembly.Instance(kernel);
      const { memory, ...scanning } = exports as unknown as GiniScan & { memory: WebAssembly.Memory };
      memory.grow(Math.ceil((at.end - memory.buffer.byteLength) / PAGE_BYTES));
      return new GiniScanner(scanning, at, matrix, rankBits, classes, memory.buffer);
    } catch {
      return null;
    }
  }

  /** Turns to a tree. False where a rank and a kind together are too much for a key. */
  startTree({ rows, kinds: kindOf, kindClass, kindUnits }: TrainingRows): boolean {
    const kinds = kindClass.length;
    this.kindBits = bitsOf(kinds - 1);
    if (kinds > MAX_KINDS || this.rankBits + this.kindBits > KEY_BITS) return false;
    this.rows.set(rows);
    for (let i = 0; i < rows.length; i++) this.kinds[i] = kindOf[rows[i]!]!;
    for (let kind = 0; kind < kinds; kind++) {
      this.ints[this.at.kindClass / 4 + kind] = 4 * kindClass[kind]!;
      this.ints[this.at.kindCounts / 4 + kind] = kindUnits[kind]!;
      this.doubles[this.at.kindUnits / 8 + kind] = kindUnits[kind]!;
    }
    return true;
  }

  /** Turns to a node. Its weight. */
  startNode(total: Units): number {
    this.weight = 0;
    this.allSquares = 0;
    for (let c = 0; c < total.length; c++) {
      this.weight += total[c]!;
      this.allSquares += total[c]! * total[c]!;
      this.doubles[this.at.total / 8 + c] = total[c]!;
    }
    return this.weight;
  }

  /**
   * Brings the ranks of the node's rows together: n of them, from position `start` on.
   *
   * @param counting whether `rowsLeft` will be asked for.
   */
  gather(feature: number, start: number, n: number, counting: boolean): void {
    const { at, scanning, classes } = this;
    const { ranks, rows, kinds } = this.addressesOf(feature, start);
    const distinct = this.distinct[feature]!;
    this.mostTallied = counting ? 0 : Math.floor((TALLY_CELLS_PER_ROW * n) / classes);
    this.tallied = distinct <= this.mostTallied;
    if (this.tallied) {
      const { kindClass, kindCounts, lane, secondLane, extremes } = at;
      scanning.tallyRows(ranks, rows, kinds, n, distinct, classes, kindClass, kindCounts, lane, secondLane, extremes);
    } else {
      scanning.gather(ranks, rows, kinds, n, this.kindBits, at.keys, at.extremes);
    }
  }

  /** The lowest rank gathered. */
  get low(): number {
    return this.ints[this.at.extremes / 4]!;
  }

  /** The highest rank gathered. */
  get high(): number {
    return this.ints[this.at.extremes / 4 + 1]!;
  }

  /** Gives up the ranks gathered: there will be no walk over them. */
  drop(): void {
    if (!this.tallied) return;
    const { at, classes, low, high, ints } = this;
    for (const lane of [at.lane, at.secondLane])
      ints.fill(0, lane / 4 + low * classes, lane / 4 + (high + 1) * classes);
  }

  /** Begins a walk over the thresholds between the n ranks gathered. */
  walk(n: number): void {
    const { at, scanning, classes, kindBits, low, high } = this;
    this.doubles.fill(0, at.left / 8, at.left / 8 + classes);
    this.doubles.fill(0, at.sums / 8, at.sums / 8 + 3);
    this.position = 0;
    const range = high - low + 1;
    if (this.tallied) {
      this.lowest = 4 * low * classes;
    } else if (range <= this.mostTallied) {
      scanning.tally(at.keys, n, kindBits, low, classes, at.kindClass, at.kindCounts, at.lane, at.secondLane);
      this.tallied = true;
      this.lowest = 0;
    } else {
      // Above their highest difference all ranks agree.
      this.sorted = scanning.sort(at.keys, at.otherKeys, at.starts, n, kindBits, bitsOf(low ^ high));
    }
    this.end = this.tallied ? range : n;
  }

  /** Goes on to the next threshold that scores more than `bar`, to rounding. False at the end. */
  next(bar: number): boolean {
    const { at, scanning, position, end, weight, allSquares } = this;
    this.position = this.tallied
      ? scanning.scanTally(
          at.lane + this.lowest,
          at.secondLane + this.lowest,
          position,
          end,
          this.classes,
          at.left,
          at.total,
          at.sums,
          weight,
          allSquares,
          bar,
          at.before,
        )
      : scanning.scan(
          this.sorted,
          position,
          end,
          this.kindBits,
          at.kindClass,
          at.kindUnits,
          at.left,
          at.total,
          at.sums,
          weight,
          allSquares,
          bar,
        );
    return this.position < end;
  }

  /** The largest rank on the left of the threshold at hand. */
  get lower(): number {
    if (this.tallied) return this.low + this.ints[this.at.before / 4]!;
    return this.ints[this.sorted / 4 + this.position - 1]! >>> this.kindBits;
  }

  /** The smallest rank on its right. */
  get upper(): number {
    if (this.tallied) return this.low + this.position;
    return this.ints[this.sorted / 4 + this.position]! >>> this.kindBits;
  }

  /** Rows on its left; only where that was asked for. */
  get rowsLeft(): number {
    return this.position;
  }

  /** The score of the threshold at hand. */
  score(): number {
    const at = this.at.sums / 8;
    const leftWeight = this.doubles[at]!;
    const squares = this.doubles[at + 1]!;
    const rightSquares = this.allSquares - 2 * this.doubles[at + 2]! + squares;
    return squares / leftWeight + rightSquares / (this.weight - leftWeight);
  }

  /** Fills in the units on the left of the threshold at hand, by class. */
  takeLeft(units: Units): void {
    const left = this.at.left / 8;
    for (let c = 0; c < units.length; c++) units[c] = this.doubles[left + c]!;
  }

  /** Moves rows of rank `lower` and less to the left, keeping both sides in order. How many they are. */
  divide(feature: number, start: number, n: number, lower: number): number {
    const { ranks, rows, kinds } = this.addressesOf(feature, start);
    return this.scanning.divide(ranks, rows, kinds, n, lower, this.at.keys, this.at.otherKeys);
  }

  private addressesOf(feature: number, start: number): { ranks: number; rows: number; kinds: number } {
    const { at } = this;
    return { ranks: at.ranks + feature * at.stride, rows: at.rows + 4 * start, kinds: at.kinds + 4 * start };
  }
}

type Addresses = ReturnType<typeof addressesFor>;

/** Where things are in memory, in bytes. */
function addressesFor({ rows, columns }: RankedMatrix, classes: number) {
  let end = 1024;
  const take = (bytes: number): number => {
    const address = end;
    end += Math.ceil(bytes / 64) * 64;
    return address;
  };
  const stride = Math.ceil((4 * rows) / 64) * 64;
  const at = {
    stride,
    ranks: take(stride * columns.length),
    rows: take(stride),
    kinds: take(stride),
    keys: take(stride),
    otherKeys: take(stride),
    starts: take(START_BYTES),
    lane: take(4 * TALLY_CELLS_PER_ROW * rows),
    secondLane: take(4 * TALLY_CELLS_PER_ROW * rows),
    kindClass: take(4 * MAX_KINDS),
    kindUnits: take(8 * MAX_KINDS),
    kindCounts: take(4 * MAX_KINDS),
    left: take(8 * classes),
    total: take(8 * classes),
    sums: take(24),
    extremes: take(8),
    before: take(4),
  };
  return { ...at, end: Math.ceil(end / PAGE_BYTES) * PAGE_BYTES };
}

/** Bits that it takes to write a whole number from 0 to `largest`. */
function bitsOf(largest: number): number {
  return 32 - Math.clz32(largest);
}
