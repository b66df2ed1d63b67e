/**
 * The bytes of a stream that are not used up yet. Chunks come in at the end, a reader takes from `start`; what a record needs
 * lies in one piece, and is copied only where a chunk ended within it.
 */
export class ByteWindow {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Place of `bytes[0]` in the stream. */
  private base = 0;
  private own: Uint8Array = new Uint8Array(0);

  /** Bytes that are there. */
  get available(): number {
    return this.end - this.start;
  }

  /** Place of `start` in the stream. */
  get offset(): number {
    return this.base + this.start;
  }

  /** Takes a chunk, which must stay as it is until `settle`. */
  add(chunk: Uint8Array): void {
    const left = this.available;
    if (left === 0) {
      this.base = this.offset;
      this.bytes = chunk;
      this.start = 0;
      this.end = chunk.length;
      return;
    }
    if (this.end + chunk.length > this.own.length) this.makeRoom(left, left + chunk.length);
    this.own.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Copies what is left of the last chunk, which its source may now overwrite. */
  settle(): void {
    if (this.bytes === this.own) return;
    const left = this.bytes.subarray(this.start, this.end);
    this.base = this.offset;
    if (this.own.length < left.length) this.own = new Uint8Array(left.length * 2);
    this.own.set(left);
    this.bytes = this.own;
    this.start = 0;
    this.end = left.length;
  }

  /** Moves what is left to the front, in a larger piece of memory where less than half of this one would be free. */
  private makeRoom(left: number, needed: number): void {
    this.base = this.offset;
    if (this.own.length >= needed * 2) {
      this.own.copyWithin(0, this.start, this.end);
    } else {
      const larger = new Uint8Array(needed * 2);
      larger.set(this.own.subarray(this.start, this.end));
      this.own = larger;
      this.bytes = larger;
    }
    this.start = 0;
    this.end = left;
  }
}
