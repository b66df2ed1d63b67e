/**
 * Small numbers for keys that are in use, so that counts can stand in arrays. A key whose last use is given back loses its
 * number, which another one may get: there are never more numbers than keys in use at one time.
 */
export class Numbering<Key> {
  private readonly ids = new Map<Key, number>();
  private readonly keys: Key[] = [];
  private readonly uses: number[] = [];
  private readonly free: number[] = [];

  /** The number of a key, in use so many times more. */
  take(key: Key, uses: number): number {
    const known = this.ids.get(key);
    if (known !== undefined) {
      this.uses[known]! += uses;
      return known;
    }
    const id = this.free.pop() ?? this.keys.length;
    this.ids.set(key, id);
    this.keys[id] = key;
    this.uses[id] = uses;
    return id;
  }

  giveBack(id: number): void {
    if (--this.uses[id]! > 0) return;
    this.ids.delete(this.keys[id]!);
    this.free.push(id);
  }
}
