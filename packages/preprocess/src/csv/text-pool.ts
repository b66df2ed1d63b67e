const MAX_PROBES = 16;
/** Bytes of which a text is made in one call: more arguments than this can overflow the stack. */
const BYTES_PER_CALL = 4096;

/**
 * Gives every distinct sequence of bytes a number, in the order of first use, without making a text of those it knows.
 *
 * A hash table with open addressing and at most 16 probes. What finds no place in it (a file made to collide) goes to a
 * `Map`, whose hashes nobody can foresee.
 */
export class TextPool {
  /** The distinct sequences as binary strings: every code unit is one byte. */
  readonly entries: string[] = [];
  private hashes: Int32Array = new Int32Array(32);
  /** Number of an entry + 1; 0 is a free place. */
  private slots: Int32Array = new Int32Array(64);
  private readonly crowded = new Map<string, number>();

  /** @param hash any hash of the bytes; the same bytes must always come with the same. */
  intern(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const { slots, hashes } = this;
    const mask = slots.length - 1;
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (mixed ^ (mixed >>> 13)) & mask;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const id = slots[slot]! - 1;
      if (id < 0) return this.add(bytes, start, end, hash);
      if (hashes[id] === hash && this.equals(id, bytes, start, end)) return id;
      slot = (slot + 1) & mask;
    }
    return this.crowded.get(binaryString(bytes, start, end)) ?? this.add(bytes, start, end, hash);
  }

  private equals(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const entry = this.entries[id]!;
    if (entry.length !== end - start) return false;
    for (let i = 0; i < entry.length; i++) if (entry.charCodeAt(i) !== bytes[start + i]) return false;
    return true;
  }

  private add(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const id = this.entries.push(binaryString(bytes, start, end)) - 1;
    if (id === this.hashes.length) this.grow();
    this.hashes[id] = hash;
    this.place(id);
    return id;
  }

  private place(id: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    const hash = this.hashes[id]!;
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (mixed ^ (mixed >>> 13)) & mask;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      if (slots[slot] === 0) {
        slots[slot] = id + 1;
        return;
      }
      slot = (slot + 1) & mask;
    }
    this.crowded.set(this.entries[id]!, id);
  }

  private grow(): void {
    const hashes = new Int32Array(this.hashes.length * 2);
    hashes.set(this.hashes);
    this.hashes = hashes;
    this.slots = new Int32Array(hashes.length * 2);
    this.crowded.clear();
    for (let id = 0; id < this.entries.length - 1; id++) this.place(id);
  }
}

/** The bytes as a text of which every code unit is one byte. */
export function binaryString(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += BYTES_PER_CALL) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, Math.min(at + BYTES_PER_CALL, end)) as never);
  }
  return text;
}
