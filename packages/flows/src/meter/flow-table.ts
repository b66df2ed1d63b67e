import { HASH } from "./count-fields.js";
import type { FlowKey } from "./flow-key.js";
import type { FlowSlab } from "./flow-slab.js";

const FIRST_BITS = 12;

/** Which flow has a key: a hash table with linear probing, at most half full. */
export class FlowTable {
  private cells: Int32Array = new Int32Array(1 << FIRST_BITS).fill(-1);
  private mask: number = (1 << FIRST_BITS) - 1;
  size = 0;

  constructor(private readonly slab: FlowSlab) {}

  /** The flow, −1 where there is none. */
  find(key: FlowKey): number {
    const { slab, cells, mask } = this;
    const { hash } = key;
    for (let cell = hash & mask; ; cell = (cell + 1) & mask) {
      const flow = cells[cell]!;
      if (flow === -1) return -1;
      const counts = slab.countsOf(flow);
      const base = slab.countBase(flow);
      if (counts[base + HASH] === hash && key.isOf(counts, base)) return flow;
    }
  }

  /** Adds a flow whose key, which is not there yet, and hash are in the slab. */
  add(flow: number): void {
    if (++this.size * 2 > this.cells.length) this.grow();
    this.put(flow);
  }

  /** Takes a flow out, and moves those up that stood behind it for want of its cell (Knuth, volume 3, algorithm R). */
  remove(flow: number): void {
    const { cells, mask } = this;
    let hole = this.hashOf(flow) & mask;
    while (cells[hole] !== flow) hole = (hole + 1) & mask;
    for (let cell = (hole + 1) & mask; cells[cell] !== -1; cell = (cell + 1) & mask) {
      const wanted = this.hashOf(cells[cell]!) & mask;
      if (((cell - wanted) & mask) < ((cell - hole) & mask)) continue;
      cells[hole] = cells[cell]!;
      hole = cell;
    }
    cells[hole] = -1;
    this.size--;
  }

  private put(flow: number): void {
    const { cells, mask } = this;
    let cell = this.hashOf(flow) & mask;
    while (cells[cell] !== -1) cell = (cell + 1) & mask;
    cells[cell] = flow;
  }

  private grow(): void {
    const before = this.cells;
    this.cells = new Int32Array(before.length * 2).fill(-1);
    this.mask = this.cells.length - 1;
    for (const flow of before) if (flow !== -1) this.put(flow);
  }

  private hashOf(flow: number): number {
    return this.slab.countsOf(flow)[this.slab.countBase(flow) + HASH]!;
  }
}
