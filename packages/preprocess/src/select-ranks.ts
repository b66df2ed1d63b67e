import { HIGH_WORD, LOW_WORD } from "./float-words.js";

/** Up to this many values, sorting is as fast as counting. */
const FEW = 4096;

const BINS = 65_536;

/** How many numbers are present, whether any is infinite, and those of the wanted ranks. */
export interface Ranked {
  readonly count: number;
  readonly infinite: boolean;
  /** The value of each wanted rank (0 is the least), in the order asked for. */
  readonly values: Float64Array;
}

/**
 * Finds numbers by their rank without sorting: the values are counted by the first 16 bits of an order-preserving key,
 * then only the bins that hold a wanted rank are looked into, by the next 16 bits, and so on (most-significant-digit
 * radix selection). Linear time for any input; NaN is passed over.
 *
 * @param ranksOf the wanted ranks, each from 0 to count − 1, given the number of present values.
 */
export function selectRanks(values: Float64Array, ranksOf: (count: number) => readonly number[]): Ranked {
  if (values.length <= FEW) return ofSorted(sortedWithoutNaN(values), ranksOf);
  const counts = new Int32Array(BINS);
  const words = wordsOf(values);
  let count = 0;
  let infinite = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    count++;
    if (value - value !== 0) infinite = true;
    counts[digit(words, i, 0)]!++;
  }
  const ranks = ranksOf(count);
  const found = new Map<number, number>();
  descend(values, values.length, ranks, 0, counts, found);
  return { count, infinite, values: Float64Array.from(ranks, (rank) => found.get(rank)!) };
}

function sortedWithoutNaN(values: Float64Array): Float64Array {
  return values.filter((value) => !Number.isNaN(value)).sort();
}

function ofSorted(sorted: Float64Array, ranksOf: (count: number) => readonly number[]): Ranked {
  const count = sorted.length;
  const infinite = count > 0 && (sorted[0] === Number.NEGATIVE_INFINITY || sorted[count - 1] === Infinity);
  return { count, infinite, values: Float64Array.from(ranksOf(count), (rank) => sorted[rank]!) };
}

function wordsOf(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}

/**
 * The 16 bits at a level (0 is the highest) of the key of value i: its bits with the sign turned, all turned where it is
 * negative, so that keys are ordered as the numbers are.
 */
function digit(words: Uint32Array, i: number, level: number): number {
  const high = words[2 * i + HIGH_WORD]!;
  const sign = (high | 0) >> 31;
  if (level === 0) return ((high ^ (sign | 0x80000000)) >>> 16) & 0xffff;
  if (level === 1) return (high ^ sign) & 0xffff;
  const low = words[2 * i + LOW_WORD]! ^ sign;
  return (level === 2 ? low >>> 16 : low) & 0xffff;
}

/** Finds ranks among the first `length` values, whose counts by their digit at this level are known. */
function descend(
  values: Float64Array,
  length: number,
  ranks: readonly number[],
  level: number,
  counts: Int32Array,
  found: Map<number, number>,
  offset = 0,
): void {
  const bins = binsOf(
    [...new Set(ranks)].sort((a, b) => a - b),
    counts,
    offset,
  );
  const placeOf = new Int32Array(BINS).fill(-1);
  for (const [place, { bin }] of bins.entries()) placeOf[bin] = place;
  const members = bins.map(({ size }) => new Float64Array(size));
  const filled = new Int32Array(bins.length);
  const words = wordsOf(values);
  for (let i = 0; i < length; i++) {
    const place = placeOf[digit(words, i, level)]!;
    if (place < 0 || Number.isNaN(values[i])) continue;
    members[place]![filled[place]!++] = values[i]!;
  }
  for (const [place, bin] of bins.entries()) resolve(members[place]!, bin, level + 1, found);
}

/** Finds the ranks that lie in one bin. */
function resolve(members: Float64Array, { ranks, before }: Bin, level: number, found: Map<number, number>): void {
  if (members.length <= FEW || allSame(members)) {
    const sorted = members.length <= FEW ? members.sort() : members;
    for (const rank of ranks) found.set(rank, sorted[rank - before]!);
    return;
  }
  const counts = new Int32Array(BINS);
  const words = wordsOf(members);
  for (let i = 0; i < members.length; i++) counts[digit(words, i, level)]!++;
  descend(members, members.length, ranks, level, counts, found, before);
}

/** True where all values have the same bits but perhaps for the sign of zero, which orders nothing. */
function allSame(values: Float64Array): boolean {
  const first = values[0];
  for (let i = 1; i < values.length; i++) if (values[i] !== first) return false;
  return true;
}

/** A bin with the wanted ranks that fall into it, and the number of values before it. */
interface Bin {
  readonly bin: number;
  readonly size: number;
  readonly before: number;
  readonly ranks: number[];
}

function binsOf(ranks: readonly number[], counts: Int32Array, offset: number): Bin[] {
  const bins: Bin[] = [];
  let before = offset;
  let next = 0;
  for (let bin = 0; bin < BINS && next < ranks.length; bin++) {
    const size = counts[bin]!;
    const inside: number[] = [];
    for (; next < ranks.length && ranks[next]! < before + size; next++) inside.push(ranks[next]!);
    if (inside.length > 0) bins.push({ bin, size, before, ranks: inside });
    before += size;
  }
  return bins;
}
