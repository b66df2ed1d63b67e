/** Bytes that are written one after another, numbers little-endian unless something else is said. */
export class ByteSink {
  private buffer = new Uint8Array(4096);
  private view = new DataView(this.buffer.buffer);
  /** How many were written so far. */
  length = 0;

  uint8(value: number): void {
    this.room(1);
    this.view.setUint8(this.length, value);
    this.length++;
  }

  uint16(value: number): void {
    this.room(2);
    this.view.setUint16(this.length, value, true);
    this.length += 2;
  }

  /** A 32-bit integer, with or without a sign. */
  int32(value: number): void {
    this.room(4);
    this.view.setInt32(this.length, value, true);
    this.length += 4;
  }

  /** Big-endian, as pickles have floats. */
  float64(value: number): void {
    this.room(8);
    this.view.setFloat64(this.length, value, false);
    this.length += 8;
  }

  bytes(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** All that was written. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  private room(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.length + bytes));
    larger.set(this.buffer);
    this.buffer = larger;
    this.view = new DataView(larger.buffer);
  }
}
