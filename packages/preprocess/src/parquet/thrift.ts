import { corrupt } from "./corrupt.js";
import { MAX_THRIFT_DEPTH } from "./limits.js";

/** A Thrift struct as its integers, booleans and structs by field id; what else it holds is checked and passed over. */
export interface ThriftStruct {
  readonly integers: ReadonlyMap<number, number>;
  readonly structs: ReadonlyMap<number, ThriftStruct>;
}

const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const I16 = 4;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const SET = 10;
const STRUCT = 12;

/**
 * Walks Thrift's compact protocol (thrift-compact-protocol.md of Apache Thrift) and believes no length: integers have at
 * most ten bytes, lists and binaries lie within the bytes, and nesting has an end.
 */
export class ThriftWalker {
  constructor(
    private readonly bytes: Uint8Array,
    /** The place of the next byte to be read. */
    public at = 0,
  ) {}

  /** The struct at `at`. @throws MlsecError `parquet-corrupt`. */
  struct(depth = 0): ThriftStruct {
    if (depth > MAX_THRIFT_DEPTH) throw corrupt(`its structures are nested deeper than ${MAX_THRIFT_DEPTH}`);
    const integers = new Map<number, number>();
    const structs = new Map<number, ThriftStruct>();
    let id = 0;
    for (;;) {
      const header = this.byte();
      const type = header & 15;
      if (type === 0) return { integers, structs };
      id = header >> 4 === 0 ? this.integer() : id + (header >> 4);
      if (type === STRUCT) structs.set(id, this.struct(depth + 1));
      else if (type === TRUE || type === FALSE) integers.set(id, type === TRUE ? 1 : 0);
      else if (type >= I16 && type <= I64) integers.set(id, this.integer());
      else this.skip(type, depth);
    }
  }

  private skip(type: number, depth: number): void {
    if (type === TRUE || type === FALSE || type === BYTE) this.forward(1);
    else if (type >= I16 && type <= I64) this.integer();
    else if (type === DOUBLE) this.forward(8);
    else if (type === BINARY) this.forward(this.length());
    else if (type === LIST || type === SET) this.skipList(depth + 1);
    else if (type === STRUCT) this.struct(depth + 1);
    else throw corrupt(`its metadata has an unknown type ${type} at byte ${this.at}`);
  }

  private skipList(depth: number): void {
    if (depth > MAX_THRIFT_DEPTH) throw corrupt(`its structures are nested deeper than ${MAX_THRIFT_DEPTH}`);
    const header = this.byte();
    const size = header >> 4 === 15 ? this.length() : header >> 4;
    // Every element takes at least one byte.
    if (size > this.bytes.length - this.at) throw corrupt(`a list of ${size} elements does not fit where it stands`);
    for (let i = 0; i < size; i++) this.skip(header & 15, depth);
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw corrupt("it ends in the middle of a structure");
    return byte;
  }

  private forward(bytes: number): void {
    this.at += bytes;
    if (this.at > this.bytes.length) throw corrupt("it ends in the middle of a structure");
  }

  private length(): number {
    const length = this.varint();
    if (length > this.bytes.length - this.at) throw corrupt(`${length} bytes do not fit where they stand`);
    return length;
  }

  /** A zigzag integer; beyond 2⁵³ it is only nearly right, which no limit here minds. */
  private integer(): number {
    const zigzag = this.varint();
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  /** The unsigned LEB128 integer at `at`. @throws MlsecError `parquet-corrupt` where it has no end. */
  varint(): number {
    let value = 0;
    let unit = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      if (byte < 128) return value;
      unit *= 128;
    }
    throw corrupt(`an integer before byte ${this.at} has no end`);
  }
}
