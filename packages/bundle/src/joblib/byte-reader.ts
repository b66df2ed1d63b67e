import { invalidPickle, type JoblibError } from "./joblib-error.js";

const NEWLINE = 0x0a;
const TWO_TO_32 = 0x1_0000_0000;

/** Reads numbers and runs of bytes one after another; never beyond the end. */
export class ByteReader {
  private readonly view: DataView;
  /** Place of the next byte. */
  at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  uint8(): number {
    return this.view.getUint8(this.advance(1));
  }

  uint16(): number {
    return this.view.getUint16(this.advance(2), true);
  }

  int32(): number {
    return this.view.getInt32(this.advance(4), true);
  }

  uint32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  /** Big-endian, as the one opcode that has a float64 writes it. */
  float64(): number {
    return this.view.getFloat64(this.advance(8), false);
  }

  /** A length in 8 bytes. Those beyond 2^53 are beyond any file. */
  length64(): number {
    const at = this.advance(8);
    return this.view.getUint32(at + 4, true) * TWO_TO_32 + this.view.getUint32(at, true);
  }

  /** The next bytes, not copied. @throws JoblibError `invalid-pickle` where the file ends before. */
  take(length: number): Uint8Array {
    const at = this.advance(length);
    return this.bytes.subarray(at, at + length);
  }

  /** The bytes up to the next line feed, without it. @throws JoblibError `invalid-pickle`. */
  line(): Uint8Array {
    const end = this.bytes.indexOf(NEWLINE, this.at);
    if (end === -1) throw this.endsEarly(this.remaining + 1);
    const line = this.bytes.subarray(this.at, end);
    this.at = end + 1;
    return line;
  }

  private advance(length: number): number {
    if (length > this.remaining) throw this.endsEarly(length);
    const at = this.at;
    this.at += length;
    return at;
  }

  private endsEarly(wanted: number): JoblibError {
    return invalidPickle(this.at, `${wanted} bytes are wanted where ${this.remaining} are left`);
  }
}
