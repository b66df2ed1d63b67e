// kernels/gini-scan.ts in TypeScript, for places without WebAssembly: see there for what the functions do. Addresses are
// in bytes.

const INSERTION_LIMIT = 32;
const SMALLEST_DIGIT_BITS = 6;
const LARGEST_DIGIT_BITS = 12;

/** What the kernel exports. */
export interface GiniScan {
  gather(ranks: number, rows: number, kinds: number, n: number, kindBits: number, keys: number, extremes: number): void;
  sort(keys: number, other: number, starts: number, n: number, kindBits: number, rankBits: number): number;
  scan(
    keys: number,
    from: number,
    n: number,
    kindBits: number,
    kindClass: number,
    kindUnits: number,
    left: number,
    total: number,
    sums: number,
    weight: number,
    allSquares: number,
    bar: number,
  ): number;
  tally(
    keys: number,
    n: number,
    kindBits: number,
    low: number,
    classes: number,
    kindClass: number,
    kindCounts: number,
    lane: number,
    secondLane: number,
  ): void;
  tallyRows(
    ranks: number,
    rows: number,
    kinds: number,
    n: number,
    distinct: number,
    classes: number,
    kindClass: number,
    kindCounts: number,
    lane: number,
    secondLane: number,
    extremes: number,
  ): void;
  scanTally(
    lane: number,
    secondLane: number,
    from: number,
    range: number,
    classes: number,
    left: number,
    total: number,
    sums: number,
    weight: number,
    allSquares: number,
    bar: number,
    before: number,
  ): number;
  divide(
    ranks: number,
    rows: number,
    kinds: number,
    n: number,
    lower: number,
    spareRows: number,
    spareKinds: number,
  ): number;
}

/** The same on a buffer. */
export function giniScanOn(buffer: ArrayBuffer): GiniScan {
  const ints = new Int32Array(buffer);
  const doubles = new Float64Array(buffer);

  function insertionSort(first: number, n: number): void {
    for (let i = first; i < first + n; i++) {
      const key = ints[i]!;
      let to = i;
      for (; to > first && ints[to - 1]! > key; to--) ints[to] = ints[to - 1]!;
      ints[to] = key;
    }
  }

  function countDigit(first: number, n: number, shift: number, starts: number, digits: number): void {
    ints.fill(0, starts, starts + digits);
    for (let i = first; i < first + n; i++) ints[starts + ((ints[i]! >>> shift) & (digits - 1))]!++;
    for (let digit = starts, start = 0; digit < starts + digits; digit++) {
      const count = ints[digit]!;
      ints[digit] = start;
      start += count;
    }
  }

  function add(lane: number, rank: number, classes: number, kind: number, kindClass: number, kindCounts: number): void {
    ints[(lane >> 2) + rank * classes + (ints[(kindClass >> 2) + kind]! >> 2)]! += ints[(kindCounts >> 2) + kind]!;
  }

  return {
    gather(ranks, rows, kinds, n, kindBits, keys, extremes) {
      let low = ints[(ranks >> 2) + ints[rows >> 2]!]!;
      let high = low;
      for (let i = 0; i < n; i++) {
        const rank = ints[(ranks >> 2) + ints[(rows >> 2) + i]!]!;
        ints[(keys >> 2) + i] = (rank << kindBits) | ints[(kinds >> 2) + i]!;
        if (rank < low) low = rank;
        else if (rank > high) high = rank;
      }
      ints[extremes >> 2] = low;
      ints[(extremes >> 2) + 1] = high;
    },

    sort(keys, other, starts, n, kindBits, rankBits) {
      if (n <= INSERTION_LIMIT) {
        insertionSort(keys >> 2, n);
        return keys;
      }
      const widest = Math.min(LARGEST_DIGIT_BITS, Math.max(SMALLEST_DIGIT_BITS, 33 - Math.clz32(n)));
      const passes = Math.max(1, Math.ceil(rankBits / widest));
      const digitBits = Math.ceil(rankBits / passes);
      let from = keys;
      let to = other;
      for (let pass = 0; pass < passes; pass++) {
        const shift = kindBits + pass * digitBits;
        const mask = (1 << digitBits) - 1;
        countDigit(from >> 2, n, shift, starts >> 2, mask + 1);
        for (let i = from >> 2; i < (from >> 2) + n; i++) {
          const key = ints[i]!;
          ints[(to >> 2) + ints[(starts >> 2) + ((key >>> shift) & mask)]!++] = key;
        }
        [from, to] = [to, from];
      }
      return from;
    },

    scan(keys, from, n, kindBits, kindClass, kindUnits, left, total, sums, weight, allSquares, bar) {
      const kindMask = (1 << kindBits) - 1;
      let leftWeight = doubles[sums >> 3]!;
      let squares = doubles[(sums >> 3) + 1]!;
      let mixed = doubles[(sums >> 3) + 2]!;
      let key = ints[(keys >> 2) + from]!;
      let i = from;
      for (;;) {
        const kind = key & kindMask;
        const c = ints[(kindClass >> 2) + kind]! >> 2;
        const units = doubles[(kindUnits >> 3) + kind]!;
        const l = doubles[(left >> 3) + c]!;
        doubles[(left >> 3) + c] = l + units;
        leftWeight += units;
        squares += units * (2 * l + units);
        mixed += units * doubles[(total >> 3) + c]!;
        if (++i >= n) break;
        const next = ints[(keys >> 2) + i]!;
        const same = next >>> kindBits === key >>> kindBits;
        key = next;
        if (same) continue;
        const rightWeight = weight - leftWeight;
        const rightSquares = allSquares - 2 * mixed + squares;
        if (squares * rightWeight + rightSquares * leftWeight > bar * leftWeight * rightWeight) break;
      }
      doubles[sums >> 3] = leftWeight;
      doubles[(sums >> 3) + 1] = squares;
      doubles[(sums >> 3) + 2] = mixed;
      return i;
    },

    tally(keys, n, kindBits, low, classes, kindClass, kindCounts, lane, secondLane) {
      const kindMask = (1 << kindBits) - 1;
      for (let i = 0; i < n; i++) {
        const key = ints[(keys >> 2) + i]!;
        add(i % 2 === 0 ? lane : secondLane, (key >>> kindBits) - low, classes, key & kindMask, kindClass, kindCounts);
      }
    },

    tallyRows(ranks, rows, kinds, n, distinct, classes, kindClass, kindCounts, lane, secondLane, extremes) {
      for (let i = 0; i < n; i++) {
        const rank = ints[(ranks >> 2) + ints[(rows >> 2) + i]!]!;
        add(i % 2 === 0 ? lane : secondLane, rank, classes, ints[(kinds >> 2) + i]!, kindClass, kindCounts);
      }
      const isEmpty = (cell: number): boolean => ints[(lane >> 2) + cell] === 0 && ints[(secondLane >> 2) + cell] === 0;
      let low = 0;
      let high = distinct * classes - 1;
      while (isEmpty(low)) low++;
      while (isEmpty(high)) high--;
      ints[extremes >> 2] = Math.floor(low / classes);
      ints[(extremes >> 2) + 1] = Math.floor(high / classes);
    },

    scanTally(lane, secondLane, from, range, classes, left, total, sums, weight, allSquares, bar, before) {
      let leftWeight = doubles[sums >> 3]!;
      let squares = doubles[(sums >> 3) + 1]!;
      let mixed = doubles[(sums >> 3) + 2]!;
      let last = from;
      let rank = from;
      walk: for (; rank < range; rank++) {
        let fresh = rank > from;
        for (let c = 0; c < classes; c++) {
          const cell = (lane >> 2) + rank * classes + c;
          const secondCell = (secondLane >> 2) + rank * classes + c;
          const units = ints[cell]! + ints[secondCell]!;
          if (units === 0) continue;
          if (fresh) {
            fresh = false;
            const rightWeight = weight - leftWeight;
            const rightSquares = allSquares - 2 * mixed + squares;
            if (squares * rightWeight + rightSquares * leftWeight > bar * leftWeight * rightWeight) break walk;
          }
          ints[cell] = 0;
          ints[secondCell] = 0;
          const l = doubles[(left >> 3) + c]!;
          doubles[(left >> 3) + c] = l + units;
          leftWeight += units;
          squares += units * (2 * l + units);
          mixed += units * doubles[(total >> 3) + c]!;
          last = rank;
        }
      }
      doubles[sums >> 3] = leftWeight;
      doubles[(sums >> 3) + 1] = squares;
      doubles[(sums >> 3) + 2] = mixed;
      ints[before >> 2] = last;
      return rank;
    },

    divide(ranks, rows, kinds, n, lower, spareRows, spareKinds) {
      let front = 0;
      let back = 0;
      for (let i = 0; i < n; i++) {
        const row = ints[(rows >> 2) + i]!;
        const kind = ints[(kinds >> 2) + i]!;
        if (ints[(ranks >> 2) + row]! > lower) {
          ints[(spareRows >> 2) + back] = row;
          ints[(spareKinds >> 2) + back++] = kind;
        } else {
          ints[(rows >> 2) + front] = row;
          ints[(kinds >> 2) + front++] = kind;
        }
      }
      ints.copyWithin((rows >> 2) + front, spareRows >> 2, (spareRows >> 2) + back);
      ints.copyWithin((kinds >> 2) + front, spareKinds >> 2, (spareKinds >> 2) + back);
      return front;
    },
  };
}
