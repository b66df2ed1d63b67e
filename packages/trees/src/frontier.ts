/** A binary heap of what may come next: the largest priority first, the one pushed first among equals. */
export class Frontier<Item> {
  private readonly heap: { readonly item: Item; readonly priority: number; readonly turn: number }[] = [];
  private turns = 0;

  push(item: Item, priority: number): void {
    const { heap } = this;
    heap.push({ item, priority, turn: this.turns++ });
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.before(at, parent)) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  pop(): Item | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first?.item;
    heap[0] = last;
    for (let at = 0; ; ) {
      let next = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && this.before(child, next)) next = child;
      if (next === at) return first.item;
      this.swap(at, next);
      at = next;
    }
  }

  private before(a: number, b: number): boolean {
    const x = this.heap[a]!;
    const y = this.heap[b]!;
    return x.priority > y.priority || (x.priority === y.priority && x.turn < y.turn);
  }

  private swap(a: number, b: number): void {
    const item = this.heap[a]!;
    this.heap[a] = this.heap[b]!;
    this.heap[b] = item;
  }
}
