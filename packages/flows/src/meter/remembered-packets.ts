/**
 * The packets of TCP connections that were seen, by a fingerprint of 64 bits of what tells them apart. It holds the last
 * `limit` packets at most and half of them at least: when one generation is full, the one before it is forgotten.
 */
export class RememberedPackets {
  private current: Generation;
  private previous: Generation | undefined;
  /** Packets that were forgotten. */
  forgotten = 0;

  /** @param limit at least 2. */
  constructor(private readonly limit: number) {
    this.current = new Generation();
  }

  /** Remembers a packet. @returns whether it was seen before. */
  add(connection: number, isForward: boolean, sequence: number, acknowledgement: number, rest: number): boolean {
    const side = isForward ? connection * 2 : connection * 2 + 1;
    const low = finished(mixed(mixed(mixed(mixed(0x2545f491, side), sequence), acknowledgement), rest));
    const high = finished(mixed(mixed(mixed(mixed(0x6a09e667, rest), acknowledgement), sequence), side));
    if (this.previous?.has(low, high)) return true;
    if (!this.current.add(low, high)) return true;
    if (this.current.size * 2 >= this.limit) {
      this.forgotten += this.previous?.size ?? 0;
      this.previous = this.current;
      this.current = new Generation();
    }
    return false;
  }
}

/** A set of pairs of words, in one array of cells of two; (0, 0) is an empty cell. */
class Generation {
  size = 0;
  private cells: Int32Array = new Int32Array(2 << 12);
  private mask: number = (1 << 12) - 1;

  has(low: number, high: number): boolean {
    return this.cells[this.cellOf(low, high) * 2 + 1] !== 0;
  }

  /** @returns false where it was there. */
  add(low: number, high: number): boolean {
    const cell = this.cellOf(low, high);
    const mark = high | 1;
    if (this.cells[cell * 2 + 1] === mark) return false;
    this.cells[cell * 2] = low;
    this.cells[cell * 2 + 1] = mark;
    if (++this.size * 2 > this.mask) this.grow();
    return true;
  }

  private cellOf(low: number, high: number): number {
    const { cells, mask } = this;
    // The lowest bit marks that there is something.
    const mark = high | 1;
    for (let cell = low & mask; ; cell = (cell + 1) & mask) {
      const there = cells[cell * 2 + 1];
      if (there === 0 || (there === mark && cells[cell * 2] === low)) return cell;
    }
  }

  private grow(): void {
    const before = this.cells;
    this.cells = new Int32Array(before.length * 2);
    this.mask = this.cells.length / 2 - 1;
    for (let at = 0; at < before.length; at += 2) {
      if (before[at + 1] === 0) continue;
      const cell = this.cellOf(before[at]!, before[at + 1]!);
      this.cells[cell * 2] = before[at]!;
      this.cells[cell * 2 + 1] = before[at + 1]!;
    }
  }
}

/** One step of MurmurHash3 (Austin Appleby, public domain). */
function mixed(hash: number, word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  const h = hash ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** Its end. */
function finished(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
