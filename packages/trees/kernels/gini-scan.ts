/**
 * Looks at one feature of one node: its rows are tallied by rank, or their keys (rank, then kind) are brought together and
 * tallied or sorted, and then walked along from one promising threshold to the next. `src/gini-scan.ts` does the same in
 * TypeScript.
 *
 * Addresses are in bytes. Ranks, rows, kinds, keys, counts and tallies are 32-bit integers, all else is float64 and whole.
 *
 * Common parameters: `kindBits` bits of a key hold the kind. `kindClass` has, per kind, 4 times its class, `kindUnits` its
 * units, and `kindCounts` the same as integers. `left` and `total` have the units on the left and in the node, by class. `sums` are the left's weight, the sum
 * of its squares, and the sum of its products with `total`; `allSquares` is the sum of the squares of `total`.
 */

/** Up to this many rows insertion sort is fastest. */
const INSERTION_LIMIT = 32;
const SMALLEST_DIGIT_BITS = 6;
const LARGEST_DIGIT_BITS = 12;

/** Makes the keys of n rows from a column's ranks and the rows' kinds. Writes the lowest and the highest rank to `extremes`. */
export function gather(
  ranks: usize,
  rows: usize,
  kinds: usize,
  n: i32,
  kindBits: i32,
  keys: usize,
  extremes: usize,
): void {
  let low: u32 = 0xffffffff;
  let high: u32 = 0;
  const end = (<usize>n) << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const rank = load<u32>(ranks + ((<usize>load<u32>(rows + i)) << 2));
    store<u32>(keys + i, (rank << kindBits) | load<u32>(kinds + i));
    low = min(low, rank);
    high = max(high, rank);
  }
  store<u32>(extremes, low);
  store<u32>(extremes, high, 4);
}

/**
 * Sorts n keys by `rankBits` bits above their lowest `kindBits`.
 *
 * @param other room for as many keys. @param starts room for 2^12 integers for each digit of 12 bits.
 * @returns where the sorted keys are: `keys` or `other`.
 */
export function sort(keys: usize, other: usize, starts: usize, n: i32, kindBits: i32, rankBits: i32): usize {
  if (n <= INSERTION_LIMIT) {
    insertionSort(keys, n);
    return keys;
  }
  const widest = min(LARGEST_DIGIT_BITS, max(SMALLEST_DIGIT_BITS, 33 - clz(n)));
  const passes = max(1, (rankBits + widest - 1) / widest);
  const digitBits = (rankBits + passes - 1) / passes;
  countDigits(keys, starts, n, kindBits, passes, digitBits);
  const mask: u32 = (1 << digitBits) - 1;
  const end = (<usize>n) << 2;
  for (let pass = 0; pass < passes; pass++) {
    const shift = kindBits + pass * digitBits;
    const from = starts + ((<usize>pass) << (digitBits + 2));
    for (let i: usize = 0; i < end; i += 4) {
      const key = load<u32>(keys + i);
      const start = from + (<usize>((key >> shift) & mask) << 2);
      const to = load<u32>(start);
      store<u32>(start, to + 4);
      store<u32>(other + to, key);
    }
    const sorted = other;
    other = keys;
    keys = sorted;
  }
  return keys;
}

function insertionSort(keys: usize, n: i32): void {
  const end = keys + ((<usize>n) << 2);
  for (let i = keys; i < end; i += 4) {
    const key = load<u32>(i);
    let to = i;
    while (to > keys) {
      const before = load<u32>(to - 4);
      if (before <= key) break;
      store<u32>(to, before);
      to -= 4;
    }
    store<u32>(to, key);
  }
}

/** Where, in bytes, the keys of each value of each digit begin. */
function countDigits(keys: usize, starts: usize, n: i32, kindBits: i32, passes: i32, digitBits: i32): void {
  const digits = 1 << digitBits;
  const mask: u32 = digits - 1;
  memory.fill(starts, 0, (<usize>passes) << (digitBits + 2));
  const end = (<usize>n) << 2;
  for (let pass = 0; pass < passes; pass++) {
    const shift = kindBits + pass * digitBits;
    const from = starts + ((<usize>pass) << (digitBits + 2));
    for (let i: usize = 0; i < end; i += 4) {
      const count = from + (<usize>((load<u32>(keys + i) >> shift) & mask) << 2);
      store<u32>(count, load<u32>(count) + 4);
    }
    let start: u32 = 0;
    for (let digit = 0; digit < digits; digit++) {
      const at = from + ((<usize>digit) << 2);
      const count = load<u32>(at);
      store<u32>(at, start);
      start += count;
    }
  }
}

/**
 * Moves sorted rows to the left, from number `from` on, until a threshold beats the bar. A threshold that does not is
 * refuted by multiplying instead of dividing.
 *
 * @returns how many rows are left of that threshold; n where there is none.
 */
export function scan(
  keys: usize,
  from: i32,
  n: i32,
  kindBits: i32,
  kindClass: usize,
  kindUnits: usize,
  left: usize,
  total: usize,
  sums: usize,
  weight: f64,
  allSquares: f64,
  bar: f64,
): i32 {
  const kindMask: u32 = (1 << kindBits) - 1;
  let leftWeight = load<f64>(sums);
  let squares = load<f64>(sums, 8);
  let mixed = load<f64>(sums, 16);
  let key = load<u32>(keys + ((<usize>from) << 2));
  let i = from;
  for (;;) {
    const kind = <usize>(key & kindMask);
    const c = (<usize>load<u32>(kindClass + (kind << 2))) << 1;
    const units = load<f64>(kindUnits + (kind << 3));
    const l = load<f64>(left + c);
    store<f64>(left + c, l + units);
    leftWeight += units;
    squares += units * (2 * l + units);
    mixed += units * load<f64>(total + c);
    if (++i >= n) break;
    const next = load<u32>(keys + ((<usize>i) << 2));
    const same = next >> kindBits == key >> kindBits;
    key = next;
    if (same) continue;
    const rightWeight = weight - leftWeight;
    const rightSquares = allSquares - 2 * mixed + squares;
    if (squares * rightWeight + rightSquares * leftWeight > bar * leftWeight * rightWeight) break;
  }
  store<f64>(sums, leftWeight);
  store<f64>(sums, squares, 8);
  store<f64>(sums, mixed, 16);
  return i;
}

/**
 * Adds up the keys of n rows by rank (from `low` on) and class. Every other row is added in a second lane, because an
 * addition to the cell of the row before, which is common, would have to wait for that one.
 */
export function tally(
  keys: usize,
  n: i32,
  kindBits: i32,
  low: u32,
  classes: i32,
  kindClass: usize,
  kindCounts: usize,
  lane: usize,
  secondLane: usize,
): void {
  const kindMask: u32 = (1 << kindBits) - 1;
  const end = keys + ((<usize>n) << 2);
  const width = (<usize>classes) << 2;
  for (let i = keys; i < end; i += 4) {
    const key = load<u32>(i);
    add(lane + <usize>((key >> kindBits) - low) * width, key & kindMask, kindClass, kindCounts);
    const other = lane;
    lane = secondLane;
    secondLane = other;
  }
}

/**
 * Adds up n rows by rank (from 0 on) and class, in two lanes, without making keys. Writes the lowest and the highest rank
 * to `extremes`.
 *
 * @param distinct how many ranks there are.
 */
export function tallyRows(
  ranks: usize,
  rows: usize,
  kinds: usize,
  n: i32,
  distinct: i32,
  classes: i32,
  kindClass: usize,
  kindCounts: usize,
  lane: usize,
  secondLane: usize,
  extremes: usize,
): void {
  const width = (<usize>classes) << 2;
  const end = (<usize>n) << 2;
  let i: usize = 0;
  for (const last = end - 4; i < last; i += 8) {
    const rank = load<u32>(ranks + ((<usize>load<u32>(rows + i)) << 2));
    const second = load<u32>(ranks + ((<usize>load<u32>(rows + i, 4)) << 2));
    add(lane + <usize>rank * width, load<u32>(kinds + i), kindClass, kindCounts);
    add(secondLane + <usize>second * width, load<u32>(kinds + i, 4), kindClass, kindCounts);
  }
  if (i < end) {
    const rank = load<u32>(ranks + ((<usize>load<u32>(rows + i)) << 2));
    add(lane + <usize>rank * width, load<u32>(kinds + i), kindClass, kindCounts);
  }
  const apart = secondLane - lane;
  let low = lane;
  while (!hasCounts(low, apart)) low += 16;
  while (load<i32>(low) == 0 && load<i32>(low + apart) == 0) low += 4;
  let high = lane + ((((<usize>distinct) * width - 4) >> 4) << 4);
  while (!hasCounts(high, apart)) high -= 16;
  high += 12;
  while (load<i32>(high) == 0 && load<i32>(high + apart) == 0) high -= 4;
  store<u32>(extremes, <u32>((low - lane) / width));
  store<u32>(extremes, <u32>((high - lane) / width), 4);
}

// @ts-ignore: decorator
@inline
function add(cells: usize, kind: u32, kindClass: usize, kindCounts: usize): void {
  const cell = cells + <usize>load<u32>(kindClass + ((<usize>kind) << 2));
  store<i32>(cell, load<i32>(cell) + load<i32>(kindCounts + ((<usize>kind) << 2)));
}

/** Whether one of four cells is not 0 in one of both lanes. */
// @ts-ignore: decorator
@inline
function hasCounts(cells: usize, apart: usize): bool {
  return v128.any_true(v128.or(v128.load(cells), v128.load(cells + apart)));
}

/**
 * Moves the units of rank number `from` and of those after it to the left, and clears them, until a threshold beats the
 * bar. The last rank moved is written to `before`.
 *
 * @returns the rank to the right of that threshold; `range` where there is none.
 */
export function scanTally(
  lane: usize,
  secondLane: usize,
  from: i32,
  range: i32,
  classes: i32,
  left: usize,
  total: usize,
  sums: usize,
  weight: f64,
  allSquares: f64,
  bar: f64,
  before: usize,
): i32 {
  const width = (<usize>classes) << 2;
  const apart = secondLane - lane;
  let leftWeight = load<f64>(sums);
  let squares = load<f64>(sums, 8);
  let mixed = load<f64>(sums, 16);
  let last = from;
  let rank = from;
  for (; rank < range; rank++) {
    const base = lane + <usize>rank * width;
    let fresh = rank > from;
    let beaten = false;
    for (let c: usize = 0; c < width; c += 4) {
      const units = <f64>(load<i32>(base + c) + load<i32>(base + c + apart));
      if (units == 0) continue;
      if (fresh) {
        fresh = false;
        const rightWeight = weight - leftWeight;
        const rightSquares = allSquares - 2 * mixed + squares;
        beaten = squares * rightWeight + rightSquares * leftWeight > bar * leftWeight * rightWeight;
        if (beaten) break;
      }
      store<i32>(base + c, 0);
      store<i32>(base + c + apart, 0);
      const place = left + (c << 1);
      const l = load<f64>(place);
      store<f64>(place, l + units);
      leftWeight += units;
      squares += units * (2 * l + units);
      mixed += units * load<f64>(total + (c << 1));
      last = rank;
    }
    if (beaten) break;
  }
  store<f64>(sums, leftWeight);
  store<f64>(sums, squares, 8);
  store<f64>(sums, mixed, 16);
  store<i32>(before, last);
  return rank;
}

/**
 * Moves the rows of rank `lower` and less to the front, and their kinds with them, both sides in order.
 *
 * @param spareRows room for n rows. @param spareKinds and for their kinds.
 * @returns how many they are.
 */
export function divide(
  ranks: usize,
  rows: usize,
  kinds: usize,
  n: i32,
  lower: u32,
  spareRows: usize,
  spareKinds: usize,
): i32 {
  const end = (<usize>n) << 2;
  let front: usize = 0;
  let back: usize = 0;
  for (let i: usize = 0; i < end; i += 4) {
    const row = load<u32>(rows + i);
    const kind = load<u32>(kinds + i);
    const goesLeft = (<usize>(load<u32>(ranks + ((<usize>row) << 2)) <= lower)) << 2;
    store<u32>(rows + front, row);
    store<u32>(kinds + front, kind);
    store<u32>(spareRows + back, row);
    store<u32>(spareKinds + back, kind);
    front += goesLeft;
    back += 4 - goesLeft;
  }
  memory.copy(rows + front, spareRows, back);
  memory.copy(kinds + front, spareKinds, back);
  return <i32>(front >> 2);
}
